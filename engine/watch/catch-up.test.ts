/** R110: watchers that are behind: how they share readings of the log, and what bounds one. */
import { expect, test, vi } from 'vitest';
import { lines, newBench, responses, withLimits } from './watch.testing.ts';

test('at most 512 watchers a reading of the log, which they share', () => {
  const bench = newBench();
  bench.putMany(10);
  const history = vi.spyOn(bench.kv, 'history');
  const streams = Array.from({ length: 1025 }, () => bench.stream());
  for (const stream of streams) stream.watch({ key: 'a', startRevision: 2 });
  expect([bench.sync(), history.mock.calls.length]).toEqual([3, 3]);
  expect(bench.watchable.counts).toEqual({ synced: 1025, unsynced: 0, victims: 0 });
  const batches = streams.map((stream) => stream.chan.take()?.batch);
  expect(new Set(batches).size).toBe(3);
  expect(batches.every((batch) => batch?.events.length === 10)).toBe(true);
});

test('who stands further on joins the same reading, and gets only what it lacks', () => {
  const bench = newBench();
  bench.putMany(5);
  const history = vi.spyOn(bench.kv, 'history');
  const stream = bench.stream();
  for (const startRevision of [2, 5, 6]) stream.watch({ key: 'a', startRevision });
  stream.watch({ key: 'b', startRevision: 2 });
  expect([bench.sync(), history.mock.calls.length]).toEqual([1, 1]);
  expect(responses(stream).map((part) => [part.watchId, part.events.length])).toEqual([
    [0, 5],
    [1, 2],
    [2, 1],
  ]);
});

test('at most 1000 revisions a response, as etcd does with 2500', () => {
  const bench = newBench();
  bench.putMany(2500);
  const stream = bench.stream({ bufferEvents: 10_000 });
  stream.watch({ key: 'a', startRevision: 2 });
  expect(bench.sync()).toBe(3);
  expect(responses(stream).map((part) => part.events.length)).toEqual([1000, 1000, 500]);
});

test('a reading is bounded in bytes and in records, but never cuts a revision', () => {
  const bench = newBench();
  const value = 'v'.repeat(1000);
  bench.write(['a', value], ['b', value], ['c', value]);
  bench.write(['a', value], ['b', value], ['c', value]);
  const sizes = (limit: Parameters<typeof withLimits>[0]): number[] => {
    const stream = bench.stream();
    stream.watch({ key: 'a', end: 'z', startRevision: 2 });
    const taken: number[] = [];
    withLimits(limit, () => {
      for (let round = 0; round < 3; round++) {
        bench.watchable.syncWatchers();
        taken.push(...responses(stream).map((part) => part.events.length));
      }
    });
    return taken;
  };
  expect(sizes({})).toEqual([6]);
  expect(sizes({ watchBufferBytes: 2000 })).toEqual([3, 3]);
  expect(sizes({ watchRecordsPerRound: 2 })).toEqual([3, 3]);
});

test('what cannot be read ends who needs it, and neither the others nor the write', () => {
  const bench = newBench();
  bench.write(['bad', '1']);
  const stream = bench.stream();
  stream.watch({ key: 'bad', prevKv: true });
  stream.watch({ key: 'bad' });
  stream.watch({ key: 'x', startRevision: 1 });
  const get = vi.spyOn(bench.kv, 'get').mockImplementation(() => {
    throw new Error('rot');
  });
  expect(bench.write(['bad', '2'])).toBe(3);
  bench.sync();
  get.mockRestore();
  expect(lines(stream)).toEqual(['1@3: 3 put bad=2', '0@3: failed']);
  bench.write(['x', '1']);
  expect(lines(stream)).toEqual(['2@4: 4 put x=1']);
});

test('restore: everybody reads on in what is there now, from where they were', () => {
  const bench = newBench(1);
  const stream = bench.stream();
  stream.watch({ key: 'a' });
  stream.watch({ key: 'b' });
  stream.watch({ key: 'a', startRevision: 9 });
  bench.write(['a', '1']);
  bench.watchable.restore();
  expect(bench.watchable.counts).toEqual({ synced: 0, unsynced: 3, victims: 0 });
  bench.sync();
  bench.write(['b', '1']);
  bench.shown = 3;
  bench.watchable.flush();
  expect(lines(stream)).toEqual(['0@2: 2 put a=1', '1@3: 3 put b=1']);
  expect(bench.watchable.counts.synced).toBe(3);
});
