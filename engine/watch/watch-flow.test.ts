/** R110: who waits for what: gating, victims, held-up streams, spilling, the end. */
import { expect, test, vi } from 'vitest';
import type { WatchStream } from './watch-stream.ts';
import { events, lines, newBench, responses, shownEvent, withLimits } from './watch.testing.ts';

const takeOne = (stream: WatchStream): string[] =>
  stream.chan.take()?.batch.events.map(shownEvent) ?? [];

test('nothing leaves the queue before its revision may be shown', () => {
  const bench = newBench(1);
  const stream = bench.stream();
  stream.watch({ key: 'a' });
  bench.putMany(3);
  stream.watch({ key: 'a', startRevision: 2 });
  bench.sync();
  expect([lines(stream), bench.watchable.hasWaiting, bench.told.gated]).toEqual([[], true, 1]);
  bench.shown = 3;
  bench.watchable.flush();
  // What was read as one goes as one.
  expect(lines(stream)).toEqual([]);
  bench.shown = 4;
  bench.watchable.flush();
  expect(events(stream).sort()).toEqual([2, 2, 3, 3, 4, 4].map((main) => `${main} put a=`));
  expect(bench.watchable.hasWaiting).toBe(false);
});

test('what was read too early is told of when it may be shown, and taken in order', () => {
  const bench = newBench(1);
  const stream = bench.stream({ bufferEvents: 1 });
  bench.putMany(2);
  stream.watch({ key: 'a', startRevision: 2 });
  bench.sync();
  expect([bench.watchable.hasWaiting, bench.told.gated]).toEqual([true, 1]);
  // There is no room for this one, so it waits until there is: in the middle of taking the others.
  bench.putMany(1);
  const taken: string[][] = [];
  stream.chan.onReadable = () => taken.push(...[1, 2].map(() => takeOne(stream)));
  bench.shown = 4;
  bench.watchable.flush();
  expect(taken).toEqual([['2 put a=', '3 put a='], ['4 put a=']]);
  expect([bench.watchable.hasWaiting, bench.watchable.counts.synced]).toEqual([false, 1]);
});

test('a live event is shown as soon as it may be, though later ones wait', () => {
  const bench = newBench(1);
  const stream = bench.stream();
  stream.watch({ key: 'a' });
  bench.putMany(3);
  const readable = vi.fn();
  stream.chan.onReadable = readable;
  for (let shown = 1; shown <= 4; shown++) {
    bench.shown = shown;
    bench.watchable.flush();
    expect(events(stream)).toEqual(shown === 1 ? [] : [`${shown} put a=`]);
  }
  expect(readable).toHaveBeenCalledTimes(3);
});

test('a batch that finds no room waits with its watcher, and the log gives the rest', () => {
  const bench = newBench();
  const stream = bench.stream({ bufferEvents: 2 });
  stream.watch({ key: 'a' });
  bench.putMany(6);
  expect(bench.watchable.counts).toEqual({ synced: 0, unsynced: 0, victims: 1 });
  expect(bench.told.behind).toBe(0);
  expect(stream.next()?.revision).toBe(2);
  // Room for what was kept, and for nothing else.
  expect(bench.watchable.counts).toEqual({ synced: 0, unsynced: 1, victims: 0 });
  expect(bench.watchable.syncWatchers()).toBe(false);
  expect(lines(stream)).toEqual(['0@3: 3 put a=', '0@4: 4 put a=']);
  expect(bench.told.behind).toBe(1);
  bench.sync();
  expect(lines(stream)).toEqual(['0@7: 5 put a=, 6 put a=, 7 put a=']);
  expect(bench.watchable.counts).toEqual({ synced: 1, unsynced: 0, victims: 0 });
});

test('watchers of a full stream get room in turn: none starves', () => {
  const bench = newBench();
  const stream = bench.stream({ bufferEvents: 1 });
  const seen = Array.from({ length: 8 }, () => 0);
  for (const id of seen.keys()) stream.watch({ key: `k${id}` });
  for (let round = 0; round < 40; round++) {
    bench.write(...[...seen.keys()].map((id): [string, string] => [`k${id}`, '']));
    const taken = stream.next();
    if (taken !== undefined) seen[taken.watchId]!++;
    bench.sync();
  }
  // Five times each would be even.
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(4);
});

test('a slow watcher that asked for it ends, after what it has, and leaves the others alone', () => {
  const bench = newBench();
  const stream = bench.stream({ bufferEvents: 1 });
  stream.watch({ key: 'a', cancelIfSlow: true });
  stream.watch({ key: 'b' });
  bench.putMany(3);
  bench.write(['b', '1']);
  expect(lines(stream)).toEqual(['0@2: 2 put a=', '0@3: slow', '1@5: 5 put b=1']);
  expect(bench.watchable.counts).toEqual({ synced: 1, unsynced: 0, victims: 0 });
});

test('history is read at the pace of its consumer, even if slowness would end the watch', () => {
  const bench = newBench();
  bench.putMany(5);
  const stream = bench.stream({ bufferEvents: 1 });
  stream.watch({ key: 'a', startRevision: 2, cancelIfSlow: true });
  withLimits({ watchRevisionsPerRound: 2 }, () => {
    bench.sync();
    expect(bench.watchable.counts.unsynced).toBe(1);
    const all = [];
    for (let i = 0; i < 3; i++) {
      all.push(...lines(stream));
      bench.sync();
    }
    expect(all).toEqual(['0@6: 2 put a=, 3 put a=', '0@6: 4 put a=, 5 put a=', '0@6: 6 put a=']);
  });
});

test('a feed that holds too much is read from the log instead, whole revisions all the same', () => {
  const bench = newBench(1);
  const value = 'v'.repeat(1000);
  const streams = [bench.stream(), bench.stream(), bench.stream(), bench.stream()];
  streams[0]!.watch({ key: 'a', end: 'z' });
  streams[1]!.watch({ key: 'a', end: 'z', prevKv: true });
  // Two in the same feed that begin later: they have nothing to read, and stay.
  for (const late of [2, 3]) streams[late]!.watch({ key: 'a', end: 'z', startRevision: 5 });
  withLimits({ watchBufferBytes: 4000 }, () => {
    bench.write(['a', value]);
    bench.write(...['b', 'c', 'd', 'e', 'f'].map((key): [string, string] => [key, value]));
    expect(bench.watchable.counts).toEqual({ synced: 2, unsynced: 2, victims: 0 });
    bench.write(['g', '']);
    bench.sync();
  });
  bench.write(['h', '']);
  bench.shown = 5;
  bench.watchable.flush();
  for (const stream of streams.slice(0, 2)) {
    const keys = [1, 2].flatMap(() => {
      const taken = responses(stream).flatMap((part) => part.events.map(({ kv }) => kv.key));
      bench.sync();
      return taken;
    });
    expect(keys.join('')).toBe('abcdefgh');
  }
  for (const stream of streams.slice(2)) expect(events(stream)).toEqual(['5 put h=']);
});

test('what nobody takes holds its buffer, one batch more, and one that is kept', () => {
  const bench = newBench();
  const stream = bench.stream({ bufferEvents: 10 });
  stream.watch({ key: 'a' });
  bench.putMany(100);
  expect([stream.chan.length, bench.watchable.queuedEvents]).toEqual([10, 10]);
  withLimits({ watchBufferBytes: 5000 }, () => {
    const large = bench.stream();
    large.watch({ key: 'a' });
    bench.putMany(100, 'a', 'v'.repeat(1000));
    expect(large.chan.length).toBe(4);
  });
  expect(bench.watchable.counts).toEqual({ synced: 0, unsynced: 0, victims: 2 });
});

test('the end: what may be shown is, the rest is not, and nobody is left', () => {
  const bench = newBench(2);
  const stream = bench.stream();
  stream.watch({ key: 'a' });
  stream.watch({ key: 'a', startRevision: 1 });
  bench.putMany(2);
  bench.watchable.end(new Error('closed'));
  bench.shown = 3;
  bench.sync();
  bench.watchable.flush();
  expect([lines(stream), stream.error?.message]).toEqual([['0@2: 2 put a='], 'closed']);
  expect(bench.watchable.counts).toEqual({ synced: 0, unsynced: 0, victims: 0 });
});

test('a stream that closes takes its watchers along, wherever they are', () => {
  const bench = newBench();
  bench.putMany(2);
  const stream = bench.stream({ bufferEvents: 1 });
  for (const key of ['a', 'a', 'b']) stream.watch({ key });
  bench.putMany(1);
  stream.watch({ key: 'a', startRevision: 2 });
  expect(bench.watchable.counts).toEqual({ synced: 2, unsynced: 1, victims: 1 });
  stream.close();
  expect(bench.watchable.counts).toEqual({ synced: 0, unsynced: 0, victims: 0 });
  bench.putMany(1);
  expect([lines(stream), bench.watchable.isIdle, bench.watchable.streamCount]).toEqual([
    [],
    true,
    0,
  ]);
});

test('a consumer may take, and close its stream, in the middle of what fills it', () => {
  const bench = newBench();
  bench.putMany(3);
  const streams = [bench.stream(), bench.stream(), bench.stream()];
  for (const stream of streams) stream.watch({ key: 'a', startRevision: 2 });
  const [first, second, third] = streams as [
    (typeof streams)[0],
    (typeof streams)[0],
    (typeof streams)[0],
  ];
  first.chan.onReadable = () => {
    second.close();
    first.close();
  };
  bench.sync();
  expect([first.chan.length, second.chan.length]).toEqual([0, 0]);
  expect(events(third)).toHaveLength(3);
  expect(bench.watchable.counts).toEqual({ synced: 1, unsynced: 0, victims: 0 });
});
