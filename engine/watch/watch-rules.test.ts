/** R90-R105, R111, R112, as far as the synchronous core decides them. */
import { expect, test } from 'vitest';
import { AFTER_ALL_KEYS } from '../base/bytes.ts';
import { events, lines, newBench, responses } from './watch.testing.ts';

test('R91 without a start: what comes next; with one: history first, then the rest', () => {
  const bench = newBench();
  bench.write(['a', '1']);
  const stream = bench.stream();
  stream.watch({ key: 'a' });
  stream.watch({ key: 'a', startRevision: 2 });
  bench.write(['a', '2']);
  bench.sync();
  expect(lines(stream)).toEqual(['0@3: 3 put a=2', '1@3: 2 put a=1, 3 put a=2']);
  bench.write(['a', '3']);
  expect(lines(stream).sort()).toEqual(['0@4: 4 put a=3', '1@4: 4 put a=3']);
});

test('R91 a start in the future: nothing before it, whoever else watches the key', () => {
  const bench = newBench();
  const stream = bench.stream();
  stream.watch({ key: 'a', startRevision: 5 });
  stream.watch({ key: 'a' });
  bench.putMany(5);
  expect(lines(stream).filter((line) => line.startsWith('0'))).toEqual([
    '0@5: 5 put a=',
    '0@6: 6 put a=',
  ]);
  expect(bench.watchable.counts).toEqual({ synced: 2, unsynced: 0, victims: 0 });
});

test('R92 a new watch has said nothing yet, whatever history there is', () => {
  const bench = newBench();
  bench.putMany(3);
  const stream = bench.stream();
  stream.watch({ key: 'a', startRevision: 1 });
  expect(responses(stream)).toEqual([]);
  expect(bench.told.behind).toBe(1);
});

test('R93 ids: counted from 0, not used again, skipping those that are taken', () => {
  const bench = newBench();
  const stream = bench.stream();
  const ids = [{}, { id: 2 }, {}, {}, { id: -7 }].map((id) => stream.watch({ key: 'a', ...id }));
  expect(ids).toEqual([0, 2, 1, 3, -7]);
  expect(() => stream.watch({ key: 'b', id: 2 })).toThrow('duplicate watch ID');
  expect(stream.cancel(3)).toBe(true);
  expect(stream.watch({ key: 'a' })).toBe(4);
  expect(bench.stream().watch({ key: 'a' })).toBe(0);
});

test('R94 a cancelled id may be asked for again, and unknown ones are no matter', () => {
  const bench = newBench();
  const stream = bench.stream();
  expect(stream.cancel(5)).toBe(false);
  stream.watch({ key: 'a', id: 5 });
  bench.write(['a', 'for the old one']);
  expect(stream.cancel(5)).toBe(true);
  expect(stream.cancel(5)).toBe(false);
  stream.watch({ key: 'b', id: 5 });
  bench.write(['b', 'for the new one']);
  expect(lines(stream)).toEqual(['5@3: 3 put b=for the new one']);
  expect(bench.watchable.counts.synced).toBe(1);
});

test('R96 an empty range is refused, and an open one is not empty', () => {
  const stream = newBench().stream();
  for (const end of ['a', 'b']) {
    expect(() => stream.watch({ key: 'b', end })).toThrow('mvcc: watcher range is empty');
  }
  expect(stream.watch({ key: 'b', end: AFTER_ALL_KEYS })).toBe(0);
});

test('R97 a compacted start ends the watch, with its id taken; the compacted revision is none', () => {
  const bench = newBench();
  bench.putMany(4);
  bench.kv.compact(4);
  const stream = bench.stream();
  stream.watch({ key: 'a', startRevision: 3 });
  stream.watch({ key: 'a', startRevision: 4 });
  bench.sync();
  const [ended, rest] = responses(stream);
  expect(ended).toMatchObject({
    watchId: 0,
    events: [],
    ending: { reason: 'compacted', compactRevision: 4 },
  });
  expect(rest).toMatchObject({ watchId: 1, revision: 5, ending: null });
  expect(stream.watch({ key: 'b' })).toBe(2);
  expect(bench.watchable.counts).toEqual({ synced: 2, unsynced: 0, victims: 0 });
  expect([stream.cancel(0), stream.cancel(0)]).toEqual([true, false]);
});

test('R98 a negative start is refused at once, compacted or not', () => {
  const bench = newBench();
  const stream = bench.stream();
  const compactRevision = (): number => {
    try {
      stream.watch({ key: 'a', startRevision: -1 });
    } catch (error) {
      return (error as { compactRevision: number }).compactRevision;
    }
    return Number.NaN;
  };
  expect(compactRevision()).toBe(0);
  bench.putMany(3);
  bench.kv.compact(2);
  expect(compactRevision()).toBe(2);
  expect(stream.watch({ key: 'a' })).toBe(0);
});

test('R99 from the compacted revision on: what is left of it, a tombstone right there too', () => {
  const bench = newBench();
  bench.write(['a', '1']);
  bench.write(['b', '1']);
  bench.write(['a'], ['c', '1']);
  bench.write(['c', '2']);
  bench.kv.compact(4);
  const stream = bench.stream();
  stream.watch({ key: '\0', end: AFTER_ALL_KEYS, startRevision: 4 });
  bench.sync();
  expect(events(stream)).toEqual(['4 delete a', '4 put c=1', '5 put c=2']);
});

test('R100 who is synced is not cancelled by a compaction, who is behind it is', () => {
  const bench = newBench();
  const fast = bench.stream();
  const slow = bench.stream({ bufferEvents: 1 });
  fast.watch({ key: 'a' });
  slow.watch({ key: 'a' });
  bench.putMany(4);
  bench.kv.compact(5);
  bench.putMany(1);
  expect(lines(fast)).toHaveLength(5);
  // The first was queued and the second kept; from the fourth on it would have to be read.
  expect(lines(slow)).toEqual(['0@2: 2 put a=', '0@3: 3 put a=']);
  bench.sync();
  expect(lines(slow)).toEqual(['0@6: compacted']);
});

test('R101, R102 live: a revision a response, whole, under its own revision', () => {
  const bench = newBench(1);
  const stream = bench.stream();
  stream.watch({ key: 'a', end: 'c' });
  bench.write(['a', '1'], ['z', '1'], ['b', '1']);
  bench.write(['a'], ['a', '2']);
  bench.shown = 3;
  bench.watchable.flush();
  expect(lines(stream)).toEqual(['0@2: 2 put a=1, 2 put b=1', '0@3: 3 delete a, 3 put a=2']);
});

test('R102 of the past: many revisions a response, under the one that was current then', () => {
  const bench = newBench();
  bench.write(['a', '1'], ['b', '1']);
  bench.write(['a', '2']);
  bench.write(['x', '']);
  const stream = bench.stream();
  stream.watch({ key: 'a', startRevision: 2 });
  bench.sync();
  bench.write(['a', '3']);
  bench.write(['x', '']);
  // Taken later, but the header does not run ahead of what comes behind it.
  expect(lines(stream)).toEqual(['0@4: 2 put a=1, 3 put a=2', '0@5: 5 put a=3']);
});

test('R103 a delete has a key and a revision; a put is complete', () => {
  const bench = newBench();
  const stream = bench.stream();
  stream.watch({ key: 'a' });
  bench.write(['a', '1']);
  bench.write(['a', '2']);
  bench.write(['a']);
  const [create, put, gone] = responses(stream).flatMap((response) => response.events);
  expect(create).toMatchObject({ type: 'put', isCreate: true, revision: 2 });
  expect(put).toMatchObject({
    isCreate: false,
    kv: { createRevision: 2, modRevision: 3, version: 2 },
  });
  expect(gone).toMatchObject({
    type: 'delete',
    isCreate: false,
    kv: { key: 'a', createRevision: 0, modRevision: 4, version: 0, lease: 0n },
  });
  expect(gone!.kv.value).toHaveLength(0);
});

test.each(['live', 'from the log'])('R104 the state before the revision, %s', (how) => {
  const bench = newBench();
  const stream = bench.stream();
  const asked = { key: 'a', prevKv: true };
  if (how === 'live') stream.watch(asked);
  bench.write(['a', '1']);
  bench.write(['a', '2']);
  bench.write(['a', '3'], ['a']);
  bench.write(['a', '4']);
  bench.write(['a'], ['a', '5']);
  if (how !== 'live') stream.watch({ ...asked, startRevision: 1 });
  bench.sync();
  expect(events(stream)).toEqual([
    '2 put a=1',
    '3 put a=2 (1@2)',
    '4 put a=3 (2@3)',
    '4 delete a (2@3)',
    '5 put a=4',
    '6 delete a (4@5)',
    '6 put a=5',
  ]);
});

test('R104 absent where it is compacted', () => {
  const bench = newBench();
  bench.putMany(4);
  bench.kv.compact(4);
  const stream = bench.stream();
  stream.watch({ key: 'a', prevKv: true, startRevision: 4 });
  bench.sync();
  expect(events(stream)).toEqual(['4 put a=', '5 put a= (@4)']);
});

test('R105 filtered events are not there, and a response without any is none', () => {
  const bench = newBench();
  const stream = bench.stream();
  stream.watch({ key: 'a', noPut: true });
  stream.watch({ key: 'a', noDelete: true });
  stream.watch({ key: 'a', noPut: true, noDelete: true });
  bench.write(['a', '1']);
  bench.write(['a'], ['a', '2']);
  expect(lines(stream).sort()).toEqual(['0@3: 3 delete a', '1@2: 2 put a=1', '1@3: 3 put a=2']);
  stream.watch({ key: 'a', noPut: true, startRevision: 1 });
  stream.watch({ key: 'a', noDelete: true, startRevision: 1 });
  bench.sync();
  expect(lines(stream).sort()).toEqual(['3@3: 3 delete a', '4@3: 2 put a=1, 3 put a=2']);
});

test('R111 watchers of one stream get a response each', () => {
  const bench = newBench();
  const stream = bench.stream();
  for (const key of ['a', 'a', 'b']) stream.watch({ key });
  stream.watch({ key: 'a', end: 'b' });
  bench.write(['a', '1']);
  expect(lines(stream).sort()).toEqual([0, 1, 3].map((id) => `${id}@2: 2 put a=1`));
});

test('R112 no events for a compaction, a read, or a delete of what is not there', () => {
  const bench = newBench();
  const stream = bench.stream();
  stream.watch({ key: '\0', end: AFTER_ALL_KEYS });
  bench.write(['a', '1']);
  expect(lines(stream)).toHaveLength(1);
  bench.write(['missing']);
  bench.kv.get('a', 0, false);
  bench.kv.compact(2);
  bench.watchable.flush();
  expect([lines(stream), bench.watchable.hasWaiting]).toEqual([[], false]);
});
