/**
 * The key index against its own worked example, and against a model that keeps every record in a list
 * and answers by scanning it.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyIndex } from './key-index.ts';
import { compact, keep } from './key-index-compact.ts';

/** The header's example: put 1, 4, delete 6, put 8, 9, delete 11. Main revision = 10 × ordinal. */
function example(): KeyIndex {
  const index = new KeyIndex('a', 1, 10, 1);
  index.put(4, 40);
  index.tombstone(6);
  index.put(8, 80);
  index.put(9, 90);
  index.tombstone(11);
  return index;
}

/** Generations as the header writes them, oldest first. */
const generations = (index: KeyIndex): number[][] => [
  ...index.closed.map(({ revisions }) => [...revisions]),
  ...(index.isDeleted ? [] : [[...index.open]]),
];

describe('the worked example', () => {
  test('R85 generations, created revisions and versions', () => {
    const index = example();
    expect(generations(index)).toEqual([
      [1, 4, 6],
      [8, 9, 11],
    ]);
    expect(index.closed.map(({ created, version }) => [created, version])).toEqual([
      [10, 3],
      [80, 3],
    ]);
    expect([index.isDeleted, index.isEmpty, index.modified]).toEqual([true, false, 11]);
  });

  test('R85 get at every ordinal', () => {
    const index = example();
    const seen = Array.from({ length: 13 }, (_, at) => index.get(at));
    expect(seen).toEqual([
      undefined,
      { modified: 1, created: 10, version: 1 },
      { modified: 1, created: 10, version: 1 },
      { modified: 1, created: 10, version: 1 },
      { modified: 4, created: 10, version: 2 },
      { modified: 4, created: 10, version: 2 },
      undefined,
      undefined,
      { modified: 8, created: 80, version: 1 },
      { modified: 9, created: 80, version: 2 },
      { modified: 9, created: 80, version: 2 },
      undefined,
      undefined,
    ]);
  });

  test.each([
    [
      2,
      1,
      [
        [1, 4, 6],
        [8, 9, 11],
      ],
      1,
    ],
    [
      5,
      4,
      [
        [4, 6],
        [8, 9, 11],
      ],
      4,
    ],
    [6, 5, [[6], [8, 9, 11]], -1],
    [7, 6, [[8, 9, 11]], -1],
    [10, 9, [[9, 11]], 9],
    [11, 10, [[11]], -1],
    [12, 11, [], -1],
  ])('R82, R83 compact at %i', (at, before, left, kept) => {
    const index = example();
    const all = generations(index).flat();
    const dropped: number[] = [];
    expect(keep(index, { at, before })).toBe(kept);
    expect(compact(index, { at, before }, (ordinal) => dropped.push(ordinal))).toBe(dropped.length);
    const remaining = left.flat();
    const gone = all.filter((ordinal) => !remaining.includes(ordinal));
    expect(dropped).toEqual(gone.sort((a, b) => a - b));
    expect(generations(index)).toEqual(left);
    expect(index.isEmpty).toBe(left.length === 0);
  });

  test('R87 since: of several revisions with one main only the last', () => {
    const index = example();
    expect(index.since(5, (ordinal) => ordinal)).toEqual([6, 8, 9, 11]);
    expect(index.since(0, (ordinal) => Math.floor(ordinal / 8))).toEqual([6, 11]);
  });

  test('walk goes from the newest back, and stops when told', () => {
    const seen: [number, boolean][] = [];
    example().walk((ordinal, tombstone) => {
      seen.push([ordinal, tombstone]);
      return ordinal > 6;
    });
    expect(seen).toEqual([
      [11, true],
      [9, false],
      [8, false],
      [6, true],
    ]);
  });

  test('what must not happen is refused', () => {
    expect(() => example().tombstone(12)).toThrow('deleted already');
    expect(() => example().put(11, 110)).toThrow('after 11');
  });

  test('R89b a tombstone as the oldest record makes a closed generation', () => {
    const index = KeyIndex.ofTombstone('a', 5);
    expect(index.closed).toEqual([{ created: 0, version: 1, revisions: [5] }]);
    index.put(7, 70);
    expect(index.get(7)).toEqual({ modified: 7, created: 70, version: 1 });
  });
});

/** All records of one key, oldest first. */
interface ModelRecord {
  readonly ordinal: number;
  readonly tombstone: boolean;
}

const visibleAt = (records: readonly ModelRecord[], at: number): number => {
  const last = records.filter(({ ordinal }) => ordinal <= at).at(-1);
  return last === undefined || last.tombstone ? -1 : last.ordinal;
};

/** Records with growing ordinals; a delete of a deleted key is left out, as the store would. */
const histories: fc.Arbitrary<ModelRecord[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()), { minLength: 1, maxLength: 12 })
  .map((steps) => {
    const records: ModelRecord[] = [];
    let ordinal = -1;
    for (const [gap, wantsTombstone] of steps) {
      ordinal += gap;
      const alive = records.at(-1)?.tombstone === false;
      records.push({ ordinal, tombstone: wantsTombstone && alive });
    }
    return records;
  });

function built(records: readonly ModelRecord[]): KeyIndex {
  const [first, ...rest] = records;
  const index = new KeyIndex('k', first!.ordinal, first!.ordinal, 1);
  for (const { ordinal, tombstone } of rest) {
    if (tombstone) index.tombstone(ordinal);
    else index.put(ordinal, ordinal);
  }
  return index;
}

/** Every ordinal there could be, and one beyond either end. */
const probes = (records: readonly ModelRecord[]): number[] =>
  Array.from({ length: records.at(-1)!.ordinal + 3 }, (_, i) => i - 1);

describe('against the model', () => {
  test('every read at every ordinal', () => {
    fc.assert(
      fc.property(histories, (records) => {
        const index = built(records);
        for (const at of probes(records)) {
          expect(index.revisionAt(at)).toBe(visibleAt(records, at));
          expect(index.get(at)?.modified ?? -1).toBe(visibleAt(records, at));
        }
      }),
    );
  });

  test('retract takes the newest revision back, down to nothing', () => {
    fc.assert(
      fc.property(histories, (records) => {
        const index = built(records);
        for (let left = records.length - 1; left > 0; left--) {
          index.retract();
          const shorter = built(records.slice(0, left));
          expect(generations(index)).toEqual(generations(shorter));
          expect([index.modified, index.version, index.created]).toEqual([
            shorter.modified,
            shorter.version,
            shorter.created,
          ]);
        }
        index.retract();
        expect(index.isEmpty).toBe(true);
      }),
    );
  });

  test('R82, R84, R86, R88 compaction at every revision changes no read at or above it', () => {
    fc.assert(
      // Several ordinals may share a main: the bound before is any ordinal up to the bound itself.
      fc.property(histories, fc.nat(2), (records, width) => {
        for (const at of probes(records)) {
          const index = built(records);
          const full = built(records);
          const before = Math.max(-1, at - width - 1);
          const wanted = visibleAt(records, at);
          expect(keep(index, { at, before })).toBe(wanted);
          const all = generations(index).flat();
          const dropped = new Set<number>();
          compact(index, { at, before }, (ordinal) => dropped.add(ordinal));
          expect(dropped).not.toContain(wanted);
          for (const read of probes(records).filter((probe) => probe >= at)) {
            expect(index.get(read)).toEqual(full.get(read));
          }
          const left = generations(index).flat();
          expect(left).toEqual(all.filter((ordinal) => !dropped.has(ordinal)));
          expect(left.filter((ordinal) => ordinal <= at).length).toBeLessThanOrEqual(1);
          expect(compact(index, { at, before }, () => {})).toBe(0);
        }
      }),
    );
  });
});
