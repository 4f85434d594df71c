/** The worked example of `generations.ts`, and what must hold of every history of a key. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change } from './history.ts';
import { stateAt } from './history.ts';
import {
  endOf,
  generationsOf,
  keep,
  type KeyRecord,
  leftAfter,
  seenAt,
  since,
} from './generations.ts';
import { survivors } from './survivors.ts';

const record = (main: number, sub: number, tombstone = false): KeyRecord => ({
  main,
  sub,
  tombstone,
});
const example = [
  record(2, 0),
  record(4, 0),
  record(4, 1, true),
  record(6, 0),
  record(7, 0),
  record(9, 0, true),
];
const text = (records: readonly KeyRecord[]): string =>
  records.map(({ main, sub, tombstone }) => `${main}.${sub}${tombstone ? 't' : ''}`).join(' ');

describe('the worked example', () => {
  test('generations', () => {
    const generations = generationsOf(example);
    expect(generations.map(({ created, records }) => [created, text(records)])).toEqual([
      [2, '2.0 4.0 4.1t'],
      [6, '6.0 7.0 9.0t'],
      [0, ''],
    ]);
  });

  test('what is seen', () => {
    const seen = Array.from({ length: 11 }, (_, revision) => {
      const found = seenAt(example, endOf(revision));
      return found && `${text([found.record])} v${found.version} c${found.created}`;
    });
    const [none, a, b, c] = [undefined, '2.0 v1 c2', '6.0 v1 c6', '7.0 v2 c6'];
    expect(seen).toEqual([none, none, a, a, none, none, b, c, c, none, none]);
    expect(seenAt(example, { main: 4, sub: 0 })?.version).toBe(2);
  });

  test('what a compaction leaves', () => {
    const left = [3, 4, 5, 7, 9, 10].map((revision) => text(leftAfter(example, revision)));
    expect(left).toEqual([
      '2.0 4.0 4.1t 6.0 7.0 9.0t',
      '4.1t 6.0 7.0 9.0t',
      '6.0 7.0 9.0t',
      '7.0 9.0t',
      '9.0t',
      '',
    ]);
    expect([3, 4, 5, 8, 9].map((revision) => keep(example, revision)?.main)).toEqual([
      2,
      undefined,
      undefined,
      7,
      undefined,
    ]);
  });

  test('what was made since', () => {
    expect(text(since(example, 3))).toBe('4.1t 6.0 7.0 9.0t');
    expect(text(since(example, 9))).toBe('9.0t');
  });
});

/** Steps to the next record: into the same revision, the next one, or further; a put or a delete. */
const histories = fc
  .array(fc.tuple(fc.nat(2), fc.boolean()), { minLength: 1, maxLength: 12 })
  .map((steps) => {
    const records: KeyRecord[] = [];
    for (const [gap, wantsTombstone] of steps) {
      const last = records.at(-1) ?? record(1, 0, true);
      const sub = gap === 0 && records.length > 0 ? last.sub + 1 : 0;
      const main = sub > 0 ? last.main : last.main + Math.max(gap, 1);
      records.push(record(main, sub, wantsTombstone && !last.tombstone));
    }
    return records;
  });

const revisionsOf = (records: readonly KeyRecord[]): number[] =>
  Array.from({ length: records.at(-1)!.main + 2 }, (_, revision) => revision);

describe('every history', () => {
  test('is seen as the list of changes has it, and left as compaction has it', () => {
    fc.assert(
      fc.property(histories, (records) => {
        const changes = records.map(
          ({ main, tombstone }): Change =>
            tombstone
              ? { type: 'delete', revision: main, key: 'k' }
              : { type: 'put', revision: main, key: 'k', value: '', lease: 0n },
        );
        for (const revision of revisionsOf(records)) {
          const kv = stateAt(changes, revision).at(0);
          const seen = seenAt(records, endOf(revision));
          expect([seen?.record.main, seen?.created, seen?.version]).toEqual([
            kv?.modRevision,
            kv?.createRevision,
            kv?.version,
          ]);
          const left = leftAfter(records, revision);
          const stored = survivors(changes, revision);
          expect(left.map(({ main, tombstone }) => [main, tombstone])).toEqual(
            stored.map(({ main, kv }) => [main, kv === undefined]),
          );
        }
      }),
    );
  });

  test('R82 to R86 is read the same from what a compaction leaves, and compacted twice is compacted', () => {
    fc.assert(
      fc.property(histories, (records) => {
        for (const revision of revisionsOf(records)) {
          const left = leftAfter(records, revision);
          expect(keep(left, revision)).toBe(keep(records, revision));
          for (const later of revisionsOf(records).filter((main) => main >= revision)) {
            const [before, after] = [records, left].map((list) => seenAt(list, endOf(later)));
            expect(after?.record).toBe(before?.record);
            expect(leftAfter(left, later)).toEqual(leftAfter(records, later));
          }
        }
      }),
    );
  });

  test('R85 has every record in one generation, and a tombstone at the end of each but the last', () => {
    fc.assert(
      fc.property(histories, (records) => {
        const generations = generationsOf(records);
        expect(generations.flatMap(({ records }) => records)).toEqual(records);
        const open = generations.pop()!;
        expect(open.records.some(({ tombstone }) => tombstone)).toBe(false);
        for (const { created, records } of generations) {
          expect(records.map(({ tombstone }) => tombstone).lastIndexOf(false)).toBe(
            records.length - 2,
          );
          expect([records.at(-1)!.tombstone, records[0]!.main]).toEqual([true, created]);
        }
      }),
    );
  });
});
