/** How a watch begins and ends, as a client sees it on the wire; each test names its rule. */
import { describe, expect, test } from 'vitest';
import { bytes, IDENTITY, until, WatchBench, type WatchProbe } from './watch.testing.ts';

const COMPACTED = '"etcdserver: mvcc: required revision has been compacted"';

/** A store with `a` put at 2, 3, …, and a stream. */
async function withHistory(puts: number): Promise<[bench: WatchBench, probe: WatchProbe]> {
  const bench = await WatchBench.open();
  for (let i = 1; i <= puts; i++) await bench.store.put('a', String(i));
  return [bench, bench.watch()];
}

describe('how a watch begins and ends', () => {
  test('R14 headers tell who answers', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    probe.create({ key: bytes('a') });
    const created = await probe.next();
    await bench.store.put('a', '1');
    const { header } = await probe.next();
    expect(created.header).toMatchObject({ ...IDENTITY, revision: 1n });
    expect(header).toMatchObject({ ...IDENTITY, revision: 2n });
  });

  test('R90 an empty key is the one that is a NUL byte', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    probe.create({ key: bytes('') });
    probe.create({ key: bytes(''), rangeEnd: bytes('\0') });
    expect(await probe.lines(2)).toEqual(['0@1 created', '1@1 created']);
    await bench.store.put('a', '1');
    expect(await probe.line()).toBe('1@2 [2 put a=1]');
    await bench.store.put(new Uint8Array(1), 'x');
    const lines = await probe.lines(2);
    expect(lines.sort()).toEqual(['0@3 [3 put \0=x]', '1@3 [3 put \0=x]']);
  });

  test('R91 R92 from now, from the past, and from a revision to come', async () => {
    const [bench, probe] = await withHistory(2);
    await using _ = bench;
    probe.create({ key: bytes('a') });
    probe.create({ key: bytes('a'), startRevision: 2n });
    probe.create({ key: bytes('a'), startRevision: 5n });
    probe.create({ key: bytes('a'), startRevision: 2n ** 63n - 1n });
    // Its own comes first, others may come between.
    const begun = await probe.lines(5);
    const created = ['0@3 created', '1@3 created', '2@3 created', '3@3 created'];
    expect(begun.filter((line) => line.endsWith('created'))).toEqual(created);
    expect(begun.indexOf('1@3 [2 put a=1, 3 put a=2]')).toBeGreaterThan(1);
    await bench.store.put('a', '3');
    expect((await probe.lines(2)).sort()).toEqual(['0@4 [4 put a=3]', '1@4 [4 put a=3]']);
    await bench.store.put('a', '4');
    const lines = ['0@5 [5 put a=4]', '1@5 [5 put a=4]', '2@5 [5 put a=4]'];
    expect((await probe.lines(3)).sort()).toEqual(lines);
    expect(await probe.isQuiet()).toBe(true);
  });

  test('R93 ids: counted, given, negative, of any 64 bits, and taken', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    const [lowest, highest] = [-(2n ** 63n), 2n ** 63n - 1n];
    for (const watchId of [0n, 77n, -7n, 1n, 0n, lowest, highest]) {
      probe.create({ key: bytes('a'), watchId });
    }
    const ids = ['0', '77', '-7', '1', '2', String(lowest), String(highest)];
    expect(await probe.lines(7)).toEqual(ids.map((id) => `${id}@1 created`));
    for (const watchId of [77n, highest]) probe.create({ key: bytes('a'), watchId });
    const taken = '"mvcc: duplicate watch ID provided on the WatchStream"';
    expect(await probe.lines(2)).toEqual(Array(2).fill(`-1@1 created canceled ${taken}`));
    await bench.store.put('a', '1');
    const lines = await probe.lines(7);
    expect(lines.sort()).toEqual(ids.map((id) => `${id}@2 [2 put a=1]`).sort());
  });

  test('R94 cancel answers once, nothing comes after it, and the id is free', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    for (const id of [5n, 2n ** 60n + 1n]) {
      probe.create({ key: bytes('a'), watchId: id });
      probe.cancel(id);
      probe.cancel(id);
      probe.create({ key: bytes('b'), watchId: id });
      const { revision } = bench.store;
      expect(await probe.lines(3)).toEqual([
        `${id}@${revision} created`,
        `${id}@${revision} canceled`,
        `${id}@${revision} created`,
      ]);
      await bench.store.put('a', '1');
      await bench.store.put('b', '1');
      expect(await probe.line()).toContain('put b=1]');
      probe.cancel(id);
      expect(await probe.line()).toBe(`${id}@${bench.store.revision} canceled`);
    }
    probe.create({ key: bytes('a') });
    probe.cancel(0n);
    probe.create({ key: bytes('a') });
    const now = bench.store.revision;
    expect(await probe.lines(3)).toEqual([
      `0@${now} created`,
      `0@${now} canceled`,
      `1@${now} created`,
    ]);
  });

  test('R95 an empty request is ignored, and a client that says no more still hears', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    probe.send({ case: undefined });
    probe.create({ key: bytes('a') });
    expect(await probe.line()).toBe('0@1 created');
    probe.call.end();
    expect(await probe.isQuiet()).toBe(true);
    await bench.store.put('a', '1');
    expect(await probe.line()).toBe('0@2 [2 put a=1]');
  });

  test('R96 an empty range is refused, and the stream goes on', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    for (const rangeEnd of ['a', 'b']) {
      probe.create({ key: bytes('b'), rangeEnd: bytes(rangeEnd), watchId: 2n ** 61n });
    }
    probe.create({ key: bytes('b'), watchId: 2n ** 61n });
    expect(await probe.lines(3)).toEqual([
      '-1@1 created canceled "mvcc: watcher range is empty"',
      '-1@1 created canceled "mvcc: watcher range is empty"',
      `${2n ** 61n}@1 created`,
    ]);
  });

  test('R97 a compacted start: created, then canceled without a revision; its id stays taken', async () => {
    const [bench, probe] = await withHistory(4);
    await using _ = bench;
    await bench.store.compact(4);
    probe.create({ key: bytes('a'), startRevision: 2n });
    expect(await probe.lines(2)).toEqual(['0@5 created', '0@0 canceled compacted 4']);
    probe.create({ key: bytes('a'), startRevision: 2n, watchId: 9n });
    probe.create({ key: bytes('a'), watchId: 9n });
    const lines = await probe.lines(3);
    expect(lines[0]).toBe('9@5 created');
    expect(lines.slice(1).sort()).toEqual([
      '-1@5 created canceled "mvcc: duplicate watch ID provided on the WatchStream"',
      '9@0 canceled compacted 4',
    ]);
    probe.cancel(9n);
    probe.create({ key: bytes('a'), startRevision: 4n, watchId: 9n });
    const again = ['9@5 canceled', '9@5 created', '9@5 [4 put a=3, 5 put a=4]'];
    expect(await probe.lines(3)).toEqual(again);
  });

  test('R98 a negative start is refused at once', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    probe.create({ key: bytes('a'), startRevision: -1n });
    probe.create({ key: bytes('a'), startRevision: -(2n ** 63n) });
    expect(await probe.lines(2)).toEqual(Array(2).fill(`-1@1 created canceled ${COMPACTED}`));
  });

  test('R100 a compaction does not end who has seen what it takes', async () => {
    const [bench, probe] = await withHistory(4);
    await using _ = bench;
    probe.create({ key: bytes('a') });
    expect(await probe.line()).toBe('0@5 created');
    await bench.store.compact(5);
    await bench.store.put('a', '5');
    expect(await probe.line()).toBe('0@6 [6 put a=5]');
  });

  test('R113 the client ends it: CANCELLED, and nothing is left of it', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    for (let i = 0; i < 100; i++) probe.create({ key: bytes(`k${i}`), progressNotify: true });
    await probe.lines(100);
    expect(bench.open).toBe(101);
    probe.call.cancel();
    expect((await probe.status).code).toBe(1);
    await until(() => bench.open === 0);
  });

  test('R113 the server stops: UNAVAILABLE, after what was written', async () => {
    await using bench = await WatchBench.open();
    const probes = [bench.watch(), bench.watch()];
    for (const probe of probes) {
      probe.create({ key: bytes('a') });
      await probe.line();
    }
    await bench.store.put('a', '1');
    bench.closing.abort();
    for (const probe of probes) {
      expect(await probe.line()).toBe('0@2 [2 put a=1]');
      expect(await probe.status).toMatchObject({ code: 14, details: 'etcdserver: server stopped' });
    }
    expect(bench.open).toBe(0);
    const late = await bench.watch().status;
    expect(late).toMatchObject({ code: 14, details: 'etcdserver: server stopped' });
  });

  test('R113 so does closing the store', async () => {
    await using bench = await WatchBench.open();
    const [probe, late] = [bench.watch(), bench.watch()];
    probe.create({ key: bytes('a') });
    await probe.line();
    await bench.store.put('a', '1');
    await bench.store.close();
    expect(await probe.line()).toBe('0@2 [2 put a=1]');
    expect(await probe.status).toMatchObject({ code: 14, details: 'etcdserver: server stopped' });
    late.create({ key: bytes('a') });
    expect(await late.status).toMatchObject({ code: 14, details: 'etcdserver: server stopped' });
    expect(bench.open).toBe(0);
  });
});
