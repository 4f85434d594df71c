/** R106-R109: fragments, progress on request and by the clock, and what it must not promise. */
import { expect, test } from 'vitest';
import { type Change, lines, newBench, responses } from './watch.testing.ts';

/** So that one event is about 1040 bytes in a message. */
const KILOBYTE = 'v'.repeat(960 - 1);

test('R106 a large response is split below the bound, all parts but the last marked', () => {
  const bench = newBench();
  const stream = bench.stream({ fragmentBytes: 4000 });
  stream.watch({ key: 'a', end: 'z', fragment: true });
  stream.watch({ key: 'a', end: 'z' });
  const changes = Array.from({ length: 8 }, (_, i): Change => [`k${i}`, KILOBYTE]);
  bench.write(...changes);
  const answers = responses(stream);
  const partsOf = (id: number): unknown[] =>
    answers
      .filter(({ watchId }) => watchId === id)
      .map((part) => [part.revision, part.events.length, part.isFragment]);
  expect(partsOf(0)).toEqual([
    [2, 3, true],
    [2, 3, true],
    [2, 2, false],
  ]);
  expect(partsOf(1)).toEqual([[2, 8, false]]);
  const split = answers.filter(({ watchId }) => watchId === 0);
  const keys = split.flatMap((part) => part.events.map(({ kv }) => kv.key));
  expect(keys).toEqual(changes.map(([key]) => key));
});

test('R106 an event alone is never split, however large', () => {
  const bench = newBench();
  const stream = bench.stream({ fragmentBytes: 100 });
  stream.watch({ key: 'a', end: 'z', fragment: true });
  bench.write(['a', KILOBYTE]);
  bench.write(['b', KILOBYTE], ['c', KILOBYTE]);
  expect(responses(stream).map((part) => [part.events.length, part.isFragment])).toEqual([
    [1, false],
    [1, true],
    [1, false],
  ]);
});

test('R107 progress on request: one response for all, behind the events it speaks of', () => {
  const bench = newBench();
  const stream = bench.stream();
  stream.watch({ key: 'a' });
  stream.watch({ key: 'b' });
  bench.write(['b', '1']);
  expect(stream.requestProgress()).toBe(true);
  bench.write(['a', '1']);
  // Taken later, but it does not promise what is queued behind it.
  expect(lines(stream)).toEqual(['1@2: 2 put b=1', '-1@2: ', '0@3: 3 put a=1']);
});

test('R107 none while a watcher is behind, held up, or waits for its start; none without watchers', () => {
  const bench = newBench();
  bench.putMany(2);
  const stream = bench.stream({ bufferEvents: 1 });
  expect(stream.requestProgress()).toBe(false);
  const behind = stream.watch({ key: 'a', startRevision: 2 });
  expect(stream.requestProgress()).toBe(false);
  stream.cancel(behind);
  const future = stream.watch({ key: 'a', startRevision: 4 });
  expect(stream.requestProgress()).toBe(false);
  bench.write(['x', '']);
  expect(stream.requestProgress()).toBe(true);
  stream.cancel(future);
  responses(stream);
  stream.watch({ key: 'a' });
  bench.putMany(2);
  expect(bench.watchable.counts.victims).toBe(1);
  expect(stream.requestProgress()).toBe(false);
  expect(lines(stream)).toHaveLength(2);
  expect(stream.requestProgress()).toBe(true);
  bench.sync();
  expect(lines(stream)).toEqual(['-1@6: ']);
});

test('R107 one that was cancelled by a compaction does not stand in the way of the others', () => {
  const bench = newBench();
  bench.putMany(3);
  bench.kv.compact(3);
  const stream = bench.stream();
  stream.watch({ key: 'a', startRevision: 1 });
  bench.sync();
  expect(stream.requestProgress()).toBe(false);
  stream.watch({ key: 'a' });
  expect(stream.requestProgress()).toBe(true);
});

test('R109 progress never passes events that may not be shown yet', () => {
  const bench = newBench(1);
  const stream = bench.stream();
  stream.watch({ key: 'b' });
  bench.write(['a', '1']);
  bench.write(['b', '1']);
  // It has read up to 3 from the log, and waits in the queue; the other one's event does not yet.
  stream.watch({ key: 'a', startRevision: 1 });
  bench.sync();
  expect(stream.requestProgress()).toBe(false);
  bench.shown = 3;
  expect(stream.requestProgress()).toBe(true);
  expect(lines(stream)).toEqual(['1@2: 2 put a=1', '0@3: 3 put b=1', '-1@3: ']);
});

test('R108 a tick tells who asked for it, is up to date, and got nothing since the last one', () => {
  const bench = newBench();
  const stream = bench.stream();
  stream.watch({ key: 'a', progressNotify: true });
  stream.watch({ key: 'a' });
  bench.write(['a', '1']);
  responses(stream);
  stream.tick();
  expect(lines(stream)).toEqual([]);
  bench.write(['x', '']);
  stream.tick();
  expect(lines(stream)).toEqual(['0@3: ']);
  stream.tick();
  expect(lines(stream)).toEqual(['0@3: ']);
});

test('R108 not below the start of one that waits for it, not for one that is behind', () => {
  const bench = newBench();
  bench.putMany(2);
  const stream = bench.stream();
  stream.watch({ key: 'a', progressNotify: true, startRevision: 5 });
  stream.watch({ key: 'a', progressNotify: true, startRevision: 2 });
  stream.tick();
  expect(lines(stream)).toEqual([]);
  bench.sync();
  responses(stream);
  bench.write(['x', '']);
  bench.write(['x', '']);
  stream.tick();
  stream.tick();
  expect(lines(stream)).toEqual(['0@5: ', '0@5: ', '1@5: ']);
});

test('R108 progress does not pile up for a consumer that takes nothing', () => {
  const bench = newBench();
  const stream = bench.stream({ bufferEvents: 3 });
  stream.watch({ key: 'a', progressNotify: true });
  for (let i = 0; i < 10; i++) {
    stream.tick();
    stream.requestProgress();
  }
  expect(stream.chan.length).toBe(3);
  bench.write(['a', '1']);
  expect(lines(stream)).toEqual([...['0', '-1', '0'].map((id) => `${id}@1: `), '0@2: 2 put a=1']);
  expect(bench.watchable.counts).toEqual({ synced: 1, unsynced: 0, victims: 0 });
});
