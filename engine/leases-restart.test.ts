/** Leases across restarts, kills and power cuts, and what a store that only reads shows of them. */
import { describe, expect, test } from 'vitest';
import { MemoryBackend } from './backend/index.ts';
import { LEASE_BUCKET } from './backend/backend.ts';
import { type EmbeddedStore, open, type OpenOptions } from './index.ts';
import { encodeLeaseKey } from './lease/lease-record.ts';
import { Lessor } from './lease/lessor.ts';
import { restoreLeases } from './lease/restore-leases.ts';
import { VirtualClock } from './lease/virtual-clock.testing.ts';
import { PowerFs } from './log/power.testing.ts';
import { TreeIndex } from './mvcc/tree-index.ts';

interface Session {
  readonly store: EmbeddedStore;
  readonly clock: VirtualClock;
}

let seed = 42;
const random = (): number => (seed = (seed * 16_807) % 0x7fff_ffff) / 0x7fff_ffff;

/** Every session has a monotonic clock of its own. */
const start = async (fs: PowerFs, options: OpenOptions = {}): Promise<Session> => {
  const clock = new VirtualClock(Math.floor(random() * 1e6));
  return { store: await open('/store', { fs, clock, ...options }), clock };
};

/** The process dies: nothing of it is closed, and the disk loses what was not synced. */
const killed = (fs: PowerFs): PowerFs => fs.powerCut(random);

async function keysOf(store: EmbeddedStore, id: bigint): Promise<string[]> {
  const { keys } = await store.leases.timeToLive(id, { keys: true });
  return keys.map((key) => String(Buffer.from(key)));
}

async function left(store: EmbeddedStore, id: bigint): Promise<number> {
  return (await store.leases.timeToLive(id)).ttlSeconds;
}

const ALL = '1 of 1 lease, 3 of 3 keys';
const NOTHING = '0 of 1 lease, 0 of 3 keys';

test('R127 leases and what hangs on them are there after a restart', async () => {
  const fs = new PowerFs();
  const { store } = await start(fs);
  for (const id of [1n, -2n, 3n]) await store.leases.grant({ ttlSeconds: 60, id });
  for (const key of ['a', 'b', 'c', 'd', 'e']) await store.put(key, 'x', { lease: 1n });
  await store.put('b', 'x', { lease: -2n });
  await store.put('c', 'x');
  await store.delete('d');
  await store.delete('e');
  await store.put('e', 'x', { lease: -2n });
  await store.compact(store.revision, { physical: true });
  await store.defragment();
  await store.close();
  const { store: again } = await start(fs);
  expect(new Set(await again.leases.list())).toEqual(new Set([1n, -2n, 3n]));
  const keys = [await keysOf(again, 1n), await keysOf(again, -2n), await keysOf(again, 3n)];
  expect(keys).toEqual([['a'], ['b', 'e'], []]);
  await again.leases.revoke(-2n);
  expect((await again.range({ all: true })).kvs.map(({ key }) => key)).toEqual(['a', 'c']);
  await again.close();
});

describe('what is left of a lease', () => {
  test('goes on after a kill from the last checkpoint; a renewal clears it', async () => {
    let fs = new PowerFs();
    const { store, clock } = await start(fs);
    await store.leases.grant({ ttlSeconds: 60, id: 1n });
    await clock.advance(40_000);
    const { store: second } = await start((fs = killed(fs)));
    expect(await left(second, 1n)).toBe(30);
    expect(await second.leases.keepAliveOnce(1n)).toBe(60);
    const { store: third } = await start((fs = killed(fs)));
    expect(await left(third, 1n)).toBe(60);
    await third.close();
  });

  test('is all of it without leaseCheckpoints, whatever was written', async () => {
    const fs = new PowerFs();
    const { store, clock } = await start(fs);
    await store.leases.grant({ ttlSeconds: 60, id: 1n });
    await clock.advance(40_000);
    await store.close();
    const { store: second, clock: later } = await start(fs, { leaseCheckpoints: false });
    expect(await left(second, 1n)).toBe(60);
    await later.advance(50_000);
    await second.close();
    const { store: third } = await start(fs, { leaseCheckpoints: false });
    expect(await left(third, 1n)).toBe(60);
    await third.close();
  });

  test('runs out even if the process dies every few seconds', async () => {
    let fs = new PowerFs();
    const { store } = await start(fs);
    const lease = await store.leases.grant({ ttlSeconds: 20, id: 1n });
    await store.put('k', 'x', { lease });
    let livedMs = 0;
    for (let has = true; has; livedMs += 3_000) {
      const { store: next, clock } = await start((fs = killed(fs)));
      await clock.advance(3_000);
      has = await next.has('k');
    }
    expect(livedMs).toBeGreaterThanOrEqual(20_000);
    expect(livedMs).toBeLessThanOrEqual(80_000);
  });
});

describe('after a kill', () => {
  test('what was acknowledged is there: grants, attachments, revocations', async () => {
    let fs = new PowerFs();
    const { store } = await start(fs);
    for (const id of [1n, 2n]) await store.leases.grant({ ttlSeconds: 60, id });
    const { store: second } = await start((fs = killed(fs)));
    expect(new Set(await second.leases.list())).toEqual(new Set([1n, 2n]));
    await second.put('a', 'x', { lease: 1n });
    await second.put('b', 'x', { lease: 2n });
    await second.leases.revoke(2n);
    const { store: third } = await start((fs = killed(fs)));
    expect([await third.leases.list(), await keysOf(third, 1n)]).toEqual([[1n], ['a']]);
    expect(await third.has('b')).toBe(false);
    await third.close();
  });

  test('what was not acknowledged is there as a whole or not at all', async () => {
    const seen = new Set<string>();
    for (let run = 0; run < 60; run++) {
      const fs = new PowerFs();
      const { store } = await start(fs);
      await store.leases.grant({ ttlSeconds: 60, id: 1n });
      for (const key of ['a', 'b', 'c']) await store.put(key, 'x', { lease: 1n });
      const revoked = store.leases.revoke(1n);
      for (let turn = 0; turn < run % 4; turn++) await Promise.resolve();
      const { store: again } = await start(killed(fs));
      await revoked;
      const [leases, keys] = [await again.leases.list(), await again.count({ all: true })];
      const state = `${leases.length} of 1 lease, ${keys} of 3 keys`;
      expect([NOTHING, ALL]).toContain(state);
      seen.add(state);
      await again.close();
    }
    expect(seen).toContain(ALL);
  });
});

test('a store that only reads shows its leases, and leaves them alone', async () => {
  const fs = new PowerFs();
  const { store } = await start(fs);
  const lease = await store.leases.grant({ ttlSeconds: 10, id: 1n });
  await store.put('k', 'x', { lease });
  await store.close();
  const { store: reader, clock } = await start(fs, { readOnly: true });
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(20_000);
  expect([await left(reader, 1n), await keysOf(reader, 1n)]).toEqual([0, ['k']]);
  const refused = { code: 'ERR_READ_ONLY' };
  const { leases } = reader;
  await expect(leases.grant({ ttlSeconds: 10 })).rejects.toMatchObject(refused);
  await expect(leases.keepAliveOnce(1n)).rejects.toMatchObject(refused);
  await expect(leases.revoke(1n)).rejects.toMatchObject(refused);
  await expect(leases.revoke(2n)).rejects.toMatchObject(refused);
  await reader.close();
});

test('a record that is no lease is damage, and says where', () => {
  const batch = MemoryBackend.open().batchTx();
  batch.put(LEASE_BUCKET, encodeLeaseKey(5n), new Uint8Array([8, 6, 16, 60]));
  const lessor = new Lessor({ now: () => 0, random: Math.random, checkpoints: true });
  expect(() => restoreLeases(lessor, batch, new TreeIndex(Math.random))).toThrow(
    expect.objectContaining({
      code: 'ERR_CORRUPT',
      message: expect.stringContaining('lease 0x0000000000000005') as string,
    }) as Error,
  );
});
