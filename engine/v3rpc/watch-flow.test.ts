/** Slow readers, many watches, durability, and clients that misbehave. */
import { connect, constants } from 'node:http2';
import { describe, expect, test } from 'vitest';
import { bytes, until, WatchBench } from './watch.testing.ts';

const MIB = 1024 * 1024;
const PATH = '/etcdserverpb.Watch/Watch';
const HEADERS = {
  ':method': 'POST',
  ':path': PATH,
  'content-type': 'application/grpc',
  te: 'trailers',
};

/** A gRPC frame. */
function frame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

describe('flow', () => {
  test('a reader that stops holds up itself only, and misses nothing when it goes on', async () => {
    await using bench = await WatchBench.open();
    const [slow, quick] = [bench.watch(), bench.watch()];
    for (const probe of [slow, quick]) {
      probe.create({ key: bytes('a') });
      await probe.line();
    }
    slow.call.pause();
    const value = 'x'.repeat(64 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    let mostQueued = 0;
    for (let i = 0; i < 500; i++) {
      await bench.store.put('a', value);
      mostQueued = Math.max(mostQueued, bench.insides.watches.watchable.queuedEvents);
      await quick.next();
    }
    // 31 MiB were written: the queue takes 16 of them, and the rest is left in the store.
    expect(mostQueued).toBeLessThan(300);
    const { unsynced, victims } = bench.counts;
    expect(unsynced + victims).toBe(1);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * MIB);
    slow.call.resume();
    let revision = 1n;
    while (revision < 501n) {
      for (const { kv } of (await slow.next()).events) {
        expect(kv!.modRevision).toBe(revision + 1n);
        revision = kv!.modRevision;
      }
    }
    await until(() => bench.counts.synced === 2);
  });

  test('R101 live revisions share a response where more is sent than leaves, and no other', async () => {
    await using bench = await WatchBench.open();
    const [busy, idle] = [bench.watch(), bench.watch()];
    const COUNT = 200;
    for (let id = 0; id < COUNT; id++) busy.create({ key: bytes('a') });
    for (let id = 0; id < COUNT; id++) await busy.next();
    idle.create({ key: bytes('a') });
    await idle.next();
    // All of them can be shown at once.
    await Promise.all(Array.from({ length: 50 }, (_, i) => bench.store.put('a', `${i}`)));
    for (let revision = 2n; revision <= 51n; revision++) {
      const { header, events } = await idle.next();
      expect([header!.revision, ...events.map(({ kv }) => kv!.modRevision)]).toEqual([
        revision,
        revision,
      ]);
    }
    const seen = new Map<bigint, bigint>();
    let responses = 0;
    for (let left = COUNT * 50; left > 0; responses++) {
      const { watchId, header, events } = await busy.next();
      left -= events.length;
      for (const { kv } of events) {
        expect(kv!.modRevision).toBe((seen.get(watchId) ?? 1n) + 1n);
        seen.set(watchId, kv!.modRevision);
      }
      expect(header!.revision).toBeGreaterThanOrEqual(seen.get(watchId)!);
      expect(header!.revision).toBeLessThanOrEqual(51n);
    }
    expect(responses).toBeLessThan(COUNT * 25);
  });

  test('requests are not read faster than they are answered', async () => {
    await using bench = await WatchBench.open();
    const session = connect(`http://127.0.0.1:${bench.port}`, {
      settings: { initialWindowSize: 0 },
    });
    const stream = session.request(HEADERS, { endStream: false });
    stream.on('error', () => {});
    // Creates of one key: { 1: { 1: "a" } }.
    const request = frame(new Uint8Array([0x0a, 3, 0x0a, 1, 0x61]));
    stream.write(Buffer.concat(Array(20_000).fill(request)));
    await until(() => bench.counts.synced > 1000);
    let seen = 0;
    // Until it stands still.
    while (bench.counts.synced !== seen) {
      seen = bench.counts.synced;
      await new Promise((resolve) => void setTimeout(resolve, 50));
    }
    expect(seen).toBeLessThan(15_000);
    session.destroy();
    await until(() => bench.open === 0);
  });

  test('created is told, and events are, only once they are durable', async () => {
    await using bench = await WatchBench.open({ sync: 'commit' });
    const probe = bench.watch();
    const { core } = bench.insides;
    const early: number[] = [];
    probe.call.on('data', ({ header }: { header: { revision: bigint } }) => {
      if (Number(header.revision) > core.shownRevision) early.push(Number(header.revision));
    });
    const writes: Promise<unknown>[] = [];
    for (let i = 0; i < 200; i++) {
      writes.push(bench.store.put('a', `${i}`));
      probe.create({ key: bytes('a'), watchId: BigInt(i + 1) });
      if (i % 10 === 0) await writes.at(-1);
    }
    await Promise.all(writes);
    await until(() => bench.counts.synced === 200);
    await bench.store.put('a', 'last');
    const revision = BigInt(bench.store.revision);
    for (let left = 200; left > 0; ) {
      const { header, events } = await probe.next();
      if (events.length > 0 && header!.revision === revision) left--;
    }
    expect(early).toEqual([]);
  });

  test('many watches on one stream all get the event they share', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    const COUNT = 5_000;
    for (let i = 0; i < COUNT; i++) probe.create({ key: bytes('a') });
    for (let i = 0; i < COUNT; i++) expect((await probe.next()).created).toBe(true);
    await bench.store.put('a', '1');
    const ids = new Set<bigint>();
    while (ids.size < COUNT) {
      const { watchId, events } = await probe.next();
      expect(events.length).toBe(1);
      ids.add(watchId);
    }
    await until(() => bench.counts.synced === COUNT);
    probe.call.cancel();
    await until(() => bench.open === 0);
  });
});

describe('clients that misbehave', () => {
  test('garbage ends its own stream with a status, and others go on', async () => {
    await using bench = await WatchBench.open();
    const probe = bench.watch();
    probe.create({ key: bytes('a') });
    await probe.line();
    const session = connect(`http://127.0.0.1:${bench.port}`);
    const garbage = [
      frame(new Uint8Array([0xff, 0xff, 0xff, 0xff])),
      // A create request that is cut short.
      frame(new Uint8Array([0x0a, 50, 0x0a])),
      // A frame that says it is 4 GiB.
      Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]),
    ];
    for (const sent of garbage) {
      const stream = session.request(HEADERS, { endStream: false });
      const status = new Promise((resolve) => {
        stream.on('trailers', (headers) => resolve(headers['grpc-status']));
        stream.on('response', (headers) => {
          if (headers['grpc-status'] !== undefined) resolve(headers['grpc-status']);
        });
      });
      stream.on('error', () => {});
      stream.resume();
      stream.write(frame(new Uint8Array([0x0a, 3, 0x0a, 1, 0x61])));
      stream.write(sent);
      // INTERNAL, or RESOURCE_EXHAUSTED.
      expect(['13', '8']).toContain(await status);
    }
    await until(() => bench.open === 2);
    await bench.store.put('a', '1');
    expect(await probe.line()).toBe('0@2 [2 put a=1]');
    session.destroy();
  });

  test('streams that are reset and connections that break leave nothing behind', async () => {
    await using bench = await WatchBench.open();
    const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL } = constants;
    for (const code of [NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL, undefined]) {
      const session = connect(`http://127.0.0.1:${bench.port}`);
      session.on('error', () => {});
      for (let i = 0; i < 10; i++) {
        const stream = session.request(HEADERS, { endStream: false });
        stream.on('error', () => {});
        stream.resume();
        stream.write(frame(new Uint8Array([0x0a, 3, 0x0a, 1, 0x61])));
        if (code === undefined) continue;
        void until(() => bench.counts.synced > 0).then(() => stream.close(code));
      }
      await until(() => bench.counts.synced > 0);
      if (code === undefined) session.destroy();
      await bench.store.put('a', '1');
      await until(() => bench.open === 0);
      session.destroy();
    }
  });
});
