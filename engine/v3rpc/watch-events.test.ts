/** What a watch is told, as a client sees it on the wire; each test names its rule. */
import { describe, expect, test } from 'vitest';
import type {
  WatchCreateRequest_FilterType as FilterType,
  WatchResponse,
} from '../wire/generated/rpc_pb.ts';
import { bytes, WatchBench } from './watch.testing.ts';

const ALL = { key: bytes('\0'), rangeEnd: bytes('\0') };

const keys = (response: WatchResponse): string[] =>
  response.events.map(({ kv }) => Buffer.from(kv!.key).toString());

describe('what a watch is told', () => {
  test('R101 R111 one revision is one response a watch, in the order of its operations', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    probe.create({ key: bytes('b'), rangeEnd: bytes('d') });
    probe.create(ALL);
    await probe.lines(2);
    await bench.store.write((tx) => {
      for (const key of ['c', 'b', 'd']) tx.put(key, '1');
    });
    expect((await probe.lines(2)).sort()).toEqual([
      '0@2 [2 put c=1, 2 put b=1]',
      '1@2 [2 put c=1, 2 put b=1, 2 put d=1]',
    ]);
  });

  test('R102 live responses hold one revision each, catch-up ones many', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    probe.create({ key: bytes('a') });
    await probe.line();
    await Promise.all([1, 2, 3].map((n) => bench.store.put('a', `${n}`)));
    const live = ['0@2 [2 put a=1]', '0@3 [3 put a=2]', '0@4 [4 put a=3]'];
    expect(await probe.lines(3)).toEqual(live);
    probe.create({ key: bytes('a'), startRevision: 1n });
    expect(await probe.line()).toBe('1@4 created');
    expect(await probe.line()).toBe('1@4 [2 put a=1, 3 put a=2, 4 put a=3]');
  });

  test('R103 a delete has a key and a revision only', async () => {
    await using bench = await WatchBench.open();
    const lease = await bench.store.leases.grant({ ttlSeconds: 60 });
    await bench.store.put('a', '1', { lease: lease.id });
    const probe = bench.watch();
    probe.create({ key: bytes('a'), startRevision: 1n });
    await probe.line();
    const [put] = (await probe.next()).events;
    await bench.store.delete('a');
    const [deleted] = (await probe.next()).events;
    const kv = { createRevision: 2n, modRevision: 2n, version: 1n, lease: lease.id };
    expect(put).toMatchObject({ type: 0, kv: { ...kv, value: bytes('1') } });
    const nothing = { createRevision: 0n, modRevision: 3n, version: 0n, lease: 0n };
    expect(deleted).toMatchObject({ type: 1, kv: { ...nothing, value: new Uint8Array(0) } });
    expect(deleted!.prevKv).toBeUndefined();
  });

  test('R104 the state before, if it was asked for', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    probe.create({ key: bytes('a'), prevKv: true });
    await probe.line();
    await bench.store.put('a', '1');
    await bench.store.put('a', '2');
    await bench.store.delete('a');
    const lines = ['0@2 [2 put a=1]', '0@3 [3 put a=2 (1@2)]', '0@4 [4 delete a (2@3)]'];
    expect(await probe.lines(3)).toEqual(lines);
  });

  test('R105 filters; unknown ones filter nothing, both filter everything', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    for (const filters of [[0], [1], [0, 1], [7, -1]]) {
      probe.create({ key: bytes('a'), filters: filters as unknown as FilterType[] });
    }
    await probe.lines(4);
    await bench.store.put('a', '1');
    expect((await probe.lines(2)).sort()).toEqual(['1@2 [2 put a=1]', '3@2 [2 put a=1]']);
    await bench.store.delete('a');
    expect((await probe.lines(2)).sort()).toEqual(['0@3 [3 delete a]', '3@3 [3 delete a]']);
    expect(await probe.isQuiet()).toBe(true);
  });

  test('R106 fragments below the bound, all but the last marked', async () => {
    await using bench = await WatchBench.open();
    for (let i = 1; i <= 5; i++) await bench.store.put(`f${i}`, 'x'.repeat(700_000));
    const probe = bench.watch();
    const range = { key: bytes('f'), rangeEnd: bytes('g'), startRevision: 2n };
    probe.create({ ...range, fragment: true });
    expect(await probe.line()).toBe('0@6 created');
    const parts = [await probe.next(), await probe.next(), await probe.next()];
    expect(parts.map(({ events }) => events.length)).toEqual([2, 2, 1]);
    expect(parts.map(({ fragment }) => fragment)).toEqual([true, true, false]);
    probe.create(range);
    expect(await probe.line()).toBe('1@6 created');
    const whole = await probe.next();
    expect(whole.fragment).toBe(false);
    expect(keys(whole)).toEqual(['f1', 'f2', 'f3', 'f4', 'f5']);
    expect(parts.flatMap(keys)).toEqual(keys(whole));
  });

  test('R107 progress for all watches, when all are up to date', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    probe.progress();
    probe.create({ key: bytes('a') });
    expect(await probe.line()).toBe('0@1 created');
    await bench.store.put('b', '1');
    await bench.store.put('a', '1');
    probe.progress();
    expect(await probe.lines(2)).toEqual(['0@3 [3 put a=1]', '-1@3']);
    probe.create({ key: bytes('a'), startRevision: 100n });
    probe.progress();
    expect(await probe.line()).toBe('1@3 created');
    expect(await probe.isQuiet()).toBe(true);
    probe.cancel(1n);
    probe.progress();
    expect(await probe.lines(2)).toEqual(['1@3 canceled', '-1@3']);
  });

  test('R108 idle watches that asked for it are told how far they are', async () => {
    await using bench = await WatchBench.open({}, 40);
    const probe = bench.watch();
    probe.create({ key: bytes('a') });
    probe.create({ key: bytes('a'), progressNotify: true, watchId: 5n });
    expect(await probe.lines(2)).toEqual(['0@1 created', '5@1 created']);
    await bench.store.put('z', '1');
    expect(await probe.line()).toBe('5@2');
    expect(await probe.line()).toBe('5@2');
    await bench.store.put('a', '1');
    const lines = await probe.lines(3);
    expect(lines.slice(0, 2).sort()).toEqual(['0@3 [3 put a=1]', '5@3 [3 put a=1]']);
    expect(lines[2]).toBe('5@3');
  });

  test('R112 nothing comes of compactions, leases, reads and deletes of nothing', async () => {
    await using bench = await WatchBench.open();
    await bench.store.put('a', '1');
    const probe = bench.watch();
    probe.create(ALL);
    await probe.line();
    await bench.store.leases.grant({ ttlSeconds: 60 });
    await bench.store.delete('nothing');
    await bench.store.get('a');
    await bench.store.compact(2);
    expect(await probe.isQuiet()).toBe(true);
  });
});
