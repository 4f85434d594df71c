/** The handle of a lease: its signal, keeping it alive, and disposing of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { limits } from './base/limits.ts';
import { type EmbeddedStore, open, openMemory } from './index.ts';
import { VirtualClock } from './lease/virtual-clock.testing.ts';
import { WatchedFs } from './log/log.testing.ts';

const initial = { ...limits };
afterEach(() => {
  Object.assign(limits, initial);
  vi.useRealTimers();
});

const setUp = async (): Promise<{ clock: VirtualClock; store: EmbeddedStore }> => {
  const clock = new VirtualClock();
  return { clock, store: await openMemory({ clock }) };
};

/** Delays of the timers that are set from now on. */
function delaysOn(clock: VirtualClock): number[] {
  const delays: number[] = [];
  const setTimer = clock.setTimer.bind(clock);
  clock.setTimer = (delayMs, run) => {
    delays.push(delayMs);
    return setTimer(delayMs, run);
  };
  return delays;
}

describe('its signal', () => {
  test('aborts when the lease is revoked, by whomever', async () => {
    const { store } = await setUp();
    await using _ = store;
    const { signal } = await store.leases.grant({ ttlSeconds: 10, id: 1n });
    const other = await store.leases.grant({ ttlSeconds: 10, id: 2n });
    const aborted: unknown[] = [];
    signal.addEventListener('abort', () => aborted.push(signal.reason));
    await store.leases.revoke(1n);
    expect(aborted).toMatchObject([{ code: 'ERR_LEASE_NOT_FOUND' }]);
    expect(other.signal.aborted).toBe(false);
    await other.revoke();
    // Asked for after the loss.
    expect(other.signal.aborted).toBe(true);
  });

  test('aborts when the lease expires, and not before', async () => {
    const { store, clock } = await setUp();
    await using _ = store;
    const { signal } = await store.leases.grant({ ttlSeconds: 10 });
    await clock.advance(9_999);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.aborted).toBe(true);
  });

  test('aborts when the store is closed; so does one asked for afterwards', async () => {
    const { store } = await setUp();
    const seen = await store.leases.grant({ ttlSeconds: 10 });
    const { signal } = seen;
    const unseen = await store.leases.grant({ ttlSeconds: 10, keepAlive: true });
    await store.close();
    for (const lost of [signal, unseen.signal]) {
      expect(lost.reason).toMatchObject({ code: 'ERR_CLOSED' });
    }
    await expect(seen.keepAliveOnce()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  test('aborts once the revocation is on disk', async () => {
    const fs = new WatchedFs();
    await using store = await open('/store', { fs });
    const lease = await store.leases.grant({ ttlSeconds: 60 });
    await store.put('k', 'x', { lease });
    const { signal } = lease;
    const durable: number[] = [];
    signal.addEventListener('abort', () => durable.push(store.durableRevision));
    const revoked = lease.revoke();
    expect([signal.aborted, store.revision]).toEqual([false, 3]);
    await revoked;
    expect(durable).toEqual([3]);
  });

  test('aborts when the disk fails: the lease cannot be kept any more', async () => {
    const clock = new VirtualClock();
    const fs = new WatchedFs();
    const store = await open('/store', { fs, clock });
    const [revoked, kept] = [
      await store.leases.grant({ ttlSeconds: 10, keepAlive: true }),
      await store.leases.grant({ ttlSeconds: 10, keepAlive: true }),
    ];
    const signals = [revoked.signal, kept.signal];
    fs.onCall = (call) => {
      if (/^(sync|background|write) /.test(call)) throw new Error('EIO');
    };
    await expect(revoked.revoke()).rejects.toMatchObject({ code: 'ERR_POISONED' });
    for (const { reason } of signals) expect(reason).toMatchObject({ code: 'ERR_POISONED' });
    await expect(kept.timeToLive()).rejects.toMatchObject({ code: 'ERR_POISONED' });
    const delays = delaysOn(clock);
    await clock.advance(60_000);
    // None but the log's own.
    expect(delays.filter((delayMs) => delayMs > limits.idleMarkDelayMs)).toEqual([]);
    await store.close().catch(() => {});
  });

  test('aborts when the disk failed under somebody else', async () => {
    const clock = new VirtualClock();
    const fs = new WatchedFs();
    const store = await open('/store', { fs, clock });
    const { signal } = await store.leases.grant({ ttlSeconds: 10, keepAlive: true });
    fs.onCall = (call) => {
      if (/^(sync|background|write) /.test(call)) throw new Error('EIO');
    };
    await expect(store.put('k', 'x')).rejects.toMatchObject({ code: 'ERR_POISONED' });
    await clock.advance(10_000);
    expect(signal.reason).toMatchObject({ code: 'ERR_POISONED' });
    const delays = delaysOn(clock);
    await clock.advance(60_000);
    expect(delays.filter((delayMs) => delayMs > limits.idleMarkDelayMs)).toEqual([]);
    await store.close().catch(() => {});
  });
});

describe('keepAlive', () => {
  test('renews every third of the TTL, without a record, until it is disposed of', async () => {
    const { store, clock } = await setUp();
    await using _ = store;
    const sizeBytes = async (): Promise<number> => (await store.status()).sizeInUseBytes;
    const lease = await store.leases.grant({ ttlSeconds: 30, keepAlive: true });
    await store.put('k', 'x', { lease });
    const before = await sizeBytes();
    for (let third = 0; third < 100; third++) {
      await clock.advance(10_000);
      expect((await lease.timeToLive()).ttlSeconds).toBe(30);
    }
    expect([await store.has('k'), await sizeBytes()]).toEqual([true, before]);
    const revision = store.revision;
    await lease[Symbol.asyncDispose]();
    expect([await store.has('k'), store.revision]).toEqual([false, revision + 1]);
    expect([lease.signal.aborted, clock.pendingTimers]).toEqual([true, 0]);
  });

  test('of the longest TTL sets no timer that cannot be set', async () => {
    const clock = new VirtualClock();
    const delays = delaysOn(clock);
    await using store = await openMemory({ clock });
    await store.leases.grant({ ttlSeconds: 9_000_000_000, keepAlive: true });
    expect(Math.max(...delays)).toBe(2 ** 31 - 1);
  });

  test('ends with the lease', async () => {
    const { store, clock } = await setUp();
    await using _ = store;
    const lease = await store.leases.grant({ ttlSeconds: 30, keepAlive: true });
    await store.leases.revoke(lease.id);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(60_000);
    expect(await lease.timeToLive()).toMatchObject({ ttlSeconds: -1 });
  });

  test('does not bring back what expired while the process was stopped', async () => {
    const { store, clock } = await setUp();
    await using _ = store;
    const lease = await store.leases.grant({ ttlSeconds: 30, keepAlive: true });
    await store.put('k', 'x', { lease });
    const { signal } = lease;
    clock.jump(3_600_000);
    await clock.advance(1000);
    expect([signal.aborted, await store.has('k'), clock.pendingTimers]).toEqual([true, false, 0]);
  });
});

describe('disposing', () => {
  test('revokes at the end of the block', async () => {
    const { store } = await setUp();
    await using _ = store;
    {
      await using lease = await store.leases.grant({ ttlSeconds: 30 });
      await store.put('k', 'x', { lease });
    }
    expect([await store.has('k'), await store.leases.list()]).toEqual([false, []]);
  });

  test('of a lease that is gone, or after the store, is no error', async () => {
    const { store } = await setUp();
    const gone = await store.leases.grant({ ttlSeconds: 30 });
    const left = await store.leases.grant({ ttlSeconds: 30 });
    await gone.revoke();
    await gone[Symbol.asyncDispose]();
    await store.close();
    await left[Symbol.asyncDispose]();
  });
});

test('the wall clock neither ends nor prolongs a lease', async () => {
  limits.leaseMinTtlSeconds = 1;
  vi.useFakeTimers({ toFake: ['Date'] });
  await using store = await openMemory();
  const lease = await store.leases.grant({ ttlSeconds: 1 });
  await store.put('k', 'x', { lease });
  vi.setSystemTime(Date.now() + 365 * 86_400_000);
  await sleep(300);
  expect(await store.has('k')).toBe(true);
  vi.setSystemTime(0);
  await sleep(1_300);
  expect([await store.has('k'), lease.signal.aborted]).toEqual([false, true]);
});

test('no timer runs without leases, nor after closing', async () => {
  const { store, clock } = await setUp();
  expect(clock.pendingTimers).toBe(0);
  await store.leases.grant({ ttlSeconds: 10 });
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(11_000);
  expect(clock.pendingTimers).toBe(0);
  await store.leases.grant({ ttlSeconds: 10, keepAlive: true });
  await store.close();
  expect(clock.pendingTimers).toBe(0);
});
