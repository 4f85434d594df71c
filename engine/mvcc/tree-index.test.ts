/** The tree index against a model: a Map of lists of records, read by scanning and sorting. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AFTER_ALL_KEYS } from '../base/bytes.ts';
import { IndexRestore } from './index-restore.ts';
import { KeyTable } from './key-table.ts';
import { KeyIndex } from './key-index.ts';
import { TreeIndex } from './tree-index.ts';

const half = (): number => 0.5;
/** Prefixes of one another, and the bytes at either end. */
const keys = fc.constantFrom('\0', 'a', 'a\0', 'aa', 'ab', 'b', 'b\xff', '\xff', '\xff\xff');

interface Step {
  readonly key: string;
  readonly remove: boolean;
}
const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({ key: keys, remove: fc.boolean() }), {
  maxLength: 30,
});

class Model {
  /** By ordinal; undefined key: the step changed nothing. */
  readonly records: { readonly key: string; readonly tombstone: boolean }[] = [];

  existing(at: number): Map<string, number> {
    const alive = new Map<string, number>();
    for (const [ordinal, { key, tombstone }] of this.records.slice(0, at + 1).entries()) {
      if (tombstone) alive.delete(key);
      else alive.set(key, ordinal);
    }
    return alive;
  }

  range(low: string, high: string, at: number): [string, number][] {
    const inside = [...this.existing(at)].filter(([key]) => key >= low && key < high);
    return inside.sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function play(index: TreeIndex, model: Model, played: readonly Step[]): void {
  for (const { key, remove } of played) {
    const ordinal = model.records.length;
    if (remove && !model.existing(ordinal).has(key)) continue;
    model.records.push({ key, tombstone: remove });
    if (remove) index.tombstone(key, ordinal);
    else index.put(key, ordinal, ordinal + 2);
  }
}

function agree(index: TreeIndex, model: Model, low: string, high: string): void {
  for (let at = -1; at <= model.records.length; at++) {
    const wanted = model.range(low, high, at);
    const { keys: found, revisions } = index.range(low, high, at);
    expect(found.map((key, i) => [key, revisions[i]])).toEqual(wanted);
    expect(index.countRevisions(low, high, at)).toBe(low < high ? wanted.length : 0);
    const reversed: string[] = [];
    index.visit(low, high, at, true, (key) => reversed.push(key) > 0);
    expect(reversed).toEqual(wanted.map(([key]) => key).reverse());
    expect(index.revisions(low, high, at, 2)).toEqual(wanted.slice(0, 2).map(([, o]) => o));
  }
  expect(index.liveCount).toBe(model.existing(model.records.length).size);
}

describe('against the model', () => {
  test('ranges, counts and reverse order at every ordinal', () => {
    fc.assert(
      fc.property(steps, keys, keys, (played, low, high) => {
        const index = new TreeIndex(half);
        const model = new Model();
        play(index, model, played);
        agree(index, model, low, high);
        agree(index, model, low, AFTER_ALL_KEYS);
      }),
      { numRuns: 60 },
    );
  });

  test('retract, newest first, leads back through every earlier state', () => {
    fc.assert(
      fc.property(steps, (played) => {
        const index = new TreeIndex(half);
        const model = new Model();
        play(index, model, played);
        while (model.records.length > 0) {
          const { key } = model.records.pop()!;
          index.retract(index.keyIndex(key)!, model.records.length - 1);
          expect(index.liveCount).toBe(model.existing(model.records.length).size);
        }
        expect(index.size).toBe(0);
      }),
    );
  });

  test('saved as of any ordinal and loaded, with the rest added, it is the same index', () => {
    fc.assert(
      fc.property(steps, fc.nat(30), (played, bound) => {
        const index = new TreeIndex(half);
        const model = new Model();
        play(index, model, played);
        const count = Math.min(bound, model.records.length);
        const copy = new TreeIndex(half);
        const restore = new IndexRestore(copy);
        for (const chunk of new IndexRestore(index).save(count)) restore.load(Buffer.from(chunk));
        for (let ordinal = count; ordinal < model.records.length; ordinal++) {
          const { key, tombstone } = model.records[ordinal]!;
          const found = copy.keyIndex(key);
          const create = found?.isDeleted === false ? found.created : ordinal + 2;
          const version = found?.isDeleted === false ? found.version + 1 : 1;
          restore.add({
            firstOrdinal: ordinal,
            count: 1,
            keys: [key],
            mains: [ordinal + 2],
            tombstones: [tombstone],
            creates: [tombstone ? 0 : create],
            versions: [tombstone ? 0 : version],
          });
        }
        restore.finish();
        expect(copy.equal(index)).toBe(true);
        agree(copy, model, '\0', AFTER_ALL_KEYS);
      }),
    );
  });
});

describe('key table', () => {
  test('finds what a Map finds, while it grows and shrinks, whatever the seed', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), fc.boolean()), {
          maxLength: 400,
        }),
        fc.nat(300),
        (seed, operations, reserved) => {
          const table = new KeyTable(seed);
          table.reserve(reserved);
          const map = new Map<string, KeyIndex>();
          for (const [key, remove] of operations) {
            const known = map.get(key);
            expect(table.get(key)).toBe(known);
            if (known !== undefined && remove) {
              table.remove(known);
              map.delete(key);
            } else if (known === undefined) {
              const index = new KeyIndex(key, map.size, 2, 1);
              table.insert(index);
              map.set(key, index);
            }
          }
          expect(table.count).toBe(map.size);
          for (const [key, index] of map) expect(table.get(key)).toBe(index);
        },
      ),
    );
  });
});
