/** `store.leases` through the store: in memory, and in a directory that may lose power. */
import { describe, expect, test } from 'vitest';
import { limits } from './base/limits.ts';
import { type EmbeddedStore, type Lease, open, openMemory, type OpenOptions } from './index.ts';
import { VirtualClock } from './lease/virtual-clock.testing.ts';
import { PowerFs } from './log/power.testing.ts';

const NOT_FOUND = { code: 'ERR_LEASE_NOT_FOUND', message: 'etcdserver: requested lease not found' };
const UNKNOWN = { ttlSeconds: -1, grantedTtlSeconds: 0, keys: [] };

const kinds: [string, (options: OpenOptions) => Promise<EmbeddedStore>][] = [
  ['memory', (options) => openMemory(options)],
  ['directory', (options) => open('/store', { fs: new PowerFs(), ...options })],
];

const text = (keys: readonly Uint8Array[]): string[] => keys.map((key) => String(Buffer.from(key)));

const refusal = (names: string) => ({
  code: 'ERR_INVALID_ARGUMENT',
  message: expect.stringContaining(names) as string,
});

async function keysOf(lease: Lease): Promise<string[]> {
  return text((await lease.timeToLive({ keys: true })).keys);
}

async function keysIn(store: EmbeddedStore): Promise<string[]> {
  return (await store.range({ all: true })).kvs.map(({ key }) => key);
}

describe.each(kinds)('%s', (_, openStore) => {
  const setUp = async (options: OpenOptions = {}) => {
    const clock = new VirtualClock(5_000);
    return { clock, store: await openStore({ clock, ...options }) };
  };

  test('R120, R121 a lease is granted with an id and at least the shortest TTL', async () => {
    const { store } = await setUp();
    await using _ = store;
    const [random, chosen] = [
      await store.leases.grant({ ttlSeconds: 60 }),
      await store.leases.grant({ ttlSeconds: -3, id: -5n }),
    ];
    expect([random.ttlSeconds, chosen.ttlSeconds, chosen.id]).toEqual([60, 2, -5n]);
    expect(random.id).toBeGreaterThan(0n);
    expect(await store.leases.list()).toEqual([-5n, random.id]);
    expect([store.revision, (await store.status()).leases]).toEqual([1, 2]);
  });

  test('R120 an id that is there, and a TTL that is too long, are refused', async () => {
    const { store } = await setUp();
    await using _ = store;
    await store.leases.grant({ ttlSeconds: 60, id: 5n });
    await expect(store.leases.grant({ ttlSeconds: 60, id: 5n })).rejects.toMatchObject({
      code: 'ERR_LEASE_EXISTS',
      message: 'etcdserver: lease already exists',
    });
    await expect(store.leases.grant({ ttlSeconds: 9_000_000_001 })).rejects.toMatchObject({
      code: 'ERR_LEASE_TTL_TOO_LARGE',
      message: 'etcdserver: too large lease TTL',
    });
    expect(await store.leases.list()).toEqual([5n]);
  });

  test('R122 a revocation deletes all keys in one revision, in key order', async () => {
    const { store } = await setUp();
    await using _ = store;
    const lease = await store.leases.grant({ ttlSeconds: 60 });
    for (const key of ['b', 'c', 'a', 'B']) await store.put(key, 'x', { lease });
    await store.put('other', 'x');
    const before = store.revision;
    await store.leases.revoke(lease.id);
    expect([store.revision, await keysIn(store)]).toEqual([before + 1, ['other']]);
    const seen: [string, string, number][] = [];
    for await (const { type, kv, revision } of store.history({ all: true }, { from: before + 1 })) {
      seen.push([type, kv.key, revision]);
    }
    expect(seen).toEqual(['B', 'a', 'b', 'c'].map((key) => ['delete', key, before + 1]));
    // R126: what it was is still there.
    const old = await store.get('a', { revision: before });
    expect([old?.text(), old?.lease]).toEqual(['x', lease.id]);
  });

  test('R122 without keys it makes no revision; what is unknown is not found', async () => {
    const { store } = await setUp();
    await using _ = store;
    const lease = await store.leases.grant({ ttlSeconds: 60 });
    await lease.revoke();
    expect([store.revision, await store.leases.list()]).toEqual([1, []]);
    for (const id of [lease.id, 0n, 7n]) {
      await expect(store.leases.revoke(id)).rejects.toMatchObject(NOT_FOUND);
      expect(await store.leases.keepAliveOnce(id)).toBe(0);
      expect(await store.leases.timeToLive(id, { keys: true })).toEqual(UNKNOWN);
    }
    await expect(lease.revoke()).rejects.toMatchObject(NOT_FOUND);
  });

  test('a handle speaks of its own lease, not of a later one with the same id', async () => {
    const { store } = await setUp();
    await using _ = store;
    const first = await store.leases.grant({ ttlSeconds: 60, id: 5n });
    await store.leases.revoke(5n);
    const second = await store.leases.grant({ ttlSeconds: 60, id: 5n });
    expect([await first.keepAliveOnce(), await first.timeToLive()]).toEqual([0, UNKNOWN]);
    await expect(first.revoke()).rejects.toMatchObject(NOT_FOUND);
    expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false]);
    expect(await second.keepAliveOnce()).toBe(60);
  });

  test('R43, R51, R126 put, txn and write attach, detach and replace; delete detaches', async () => {
    const { store } = await setUp();
    await using _ = store;
    const [one, two] = [
      await store.leases.grant({ ttlSeconds: 60 }),
      await store.leases.grant({ ttlSeconds: 60 }),
    ];
    const attached = async () => [await keysOf(one), await keysOf(two)];
    await store.put('a', '1', { lease: one });
    await store.txn({ then: [{ op: 'put', key: 'b', value: '1', options: { lease: one.id } }] });
    await store.write((tx) => {
      tx.put('c', '1', { lease: two });
      tx.put('d', '1', { lease: two });
      tx.put('d', '2', { lease: one });
    });
    expect(await attached()).toEqual([['a', 'b', 'd'], ['c']]);
    // ignoreLease keeps it, and a put without one takes it away even if the value is kept.
    await store.put('a', '2', { ignoreLease: true });
    await store.put('b', '', { ignoreValue: true });
    await store.put('d', '3', { lease: two });
    expect(await attached()).toEqual([['a'], ['c', 'd']]);
    await store.delete('c');
    await store.put('c', '2');
    expect(await attached()).toEqual([['a'], ['d']]);
    const lost = store.write((tx) => {
      tx.delete('a');
      tx.put('d', '4', { lease: one });
      throw new Error('rolled back');
    });
    await expect(lost).rejects.toThrow('rolled back');
    expect(await attached()).toEqual([['a'], ['d']]);
    await two.revoke();
    expect(await keysIn(store)).toEqual(['a', 'b', 'c']);
  });

  test('R40, R69 a put with an unknown lease changes nothing', async () => {
    const { store } = await setUp();
    await using _ = store;
    const put = { op: 'put', key: 'a', value: '1', options: { lease: 7n } } as const;
    const other = { op: 'put', key: 'b', value: '1' } as const;
    const puts = [
      () => store.put('a', '1', { lease: 7n }),
      () => store.txn({ then: [other, put] }),
      () => store.txn({ then: [{ op: 'txn', txn: { then: [put] } }] }),
      () =>
        store.write((tx) => {
          tx.put('b', '1');
          tx.put('a', '1', { lease: 7n });
        }),
    ];
    for (const refused of puts) await expect(refused()).rejects.toMatchObject(NOT_FOUND);
    // In the branch that is not taken it does not matter.
    await store.txn({ then: [other], else: [put] });
    expect(await keysIn(store)).toEqual(['b']);
  });

  test('R125 keys live for the TTL and are gone soon after, each lease in its own revision', async () => {
    const { store, clock } = await setUp();
    await using _ = store;
    for (const id of [1n, 2n]) {
      const lease = await store.leases.grant({ ttlSeconds: 10, id });
      await store.put(`k${id}`, 'x', { lease });
      await store.put(`l${id}`, 'x', { lease });
    }
    await clock.advance(9_999);
    expect([await keysIn(store), store.revision]).toEqual([['k1', 'k2', 'l1', 'l2'], 5]);
    expect((await store.leases.timeToLive(1n)).ttlSeconds).toBe(0);
    await clock.advance(1_000);
    expect([await keysIn(store), store.revision]).toEqual([[], 7]);
    expect(await store.leases.list()).toEqual([]);
    await expect(store.put('k', 'x', { lease: 1n })).rejects.toMatchObject(NOT_FOUND);
  });

  test('R123 renewing keeps the keys, as long as it is done', async () => {
    const { store, clock } = await setUp();
    await using _ = store;
    const lease = await store.leases.grant({ ttlSeconds: 10 });
    await store.put('k', 'x', { lease });
    for (let times = 0; times < 20; times++) {
      await clock.advance(9_000);
      expect(await lease.keepAliveOnce()).toBe(10);
      expect((await lease.timeToLive()).ttlSeconds).toBe(10);
    }
    await clock.advance(11_000);
    expect([await keysIn(store), await lease.keepAliveOnce()]).toEqual([[], 0]);
  });

  test('R125 however many end at once, they go at the bounded rate', async () => {
    const { store, clock } = await setUp();
    await using _ = store;
    const { leaseExpiriesPerCheck, leaseCheckMs } = limits;
    limits.leaseExpiriesPerCheck = 10;
    try {
      for (let i = 0; i < 35; i++) await store.leases.grant({ ttlSeconds: 10 });
      await clock.advance(10_000);
      const left: number[] = [];
      for (let look = 0; look < 5; look++) {
        left.push((await store.status()).leases);
        await clock.advance(leaseCheckMs);
      }
      expect(left).toEqual([25, 15, 5, 0, 0]);
    } finally {
      limits.leaseExpiriesPerCheck = leaseExpiriesPerCheck;
    }
  });

  test('R128 renewing what has expired but is not revoked revokes it and answers 0', async () => {
    const { store, clock } = await setUp();
    await using _ = store;
    const lease = await store.leases.grant({ ttlSeconds: 10 });
    await store.put('k', 'x', { lease });
    clock.jump(10_000);
    expect(await store.has('k')).toBe(true);
    expect(await lease.keepAliveOnce()).toBe(0);
    expect([await store.has('k'), store.revision]).toEqual([false, 3]);
    await clock.advance(10_000);
    expect(store.revision).toBe(3);
  });

  test('bad arguments are refused by name', async () => {
    const { store } = await setUp();
    await using _ = store;
    const grants: [unknown, string][] = [
      [{}, 'ttlSeconds'],
      [{ ttlSeconds: 1.5 }, 'ttlSeconds'],
      [{ ttlSeconds: '60' }, 'ttlSeconds'],
      [{ ttlSeconds: Number.NaN }, 'ttlSeconds'],
      [{ ttlSeconds: 60, id: 5 }, 'bigint'],
      [{ ttlSeconds: 60, id: 2n ** 63n }, '64 bits'],
      [{ ttlSeconds: 60, keepAlive: 'yes' }, 'keepAlive'],
    ];
    for (const [options, names] of grants) {
      const granted = store.leases.grant(options as { ttlSeconds: number });
      await expect(granted).rejects.toMatchObject(refusal(names));
    }
    const id = 'abc' as unknown as bigint;
    const { leases } = store;
    for (const call of [leases.revoke(id), leases.keepAliveOnce(id), leases.timeToLive(id)]) {
      await expect(call).rejects.toMatchObject(refusal('bigint'));
    }
    await expect(store.put('k', 'x', { lease: 5 as unknown as bigint })).rejects.toMatchObject(
      refusal('lease'),
    );
    expect(await leases.list()).toEqual([]);
  });

  test('an aborted call does nothing', async () => {
    const { store } = await setUp();
    await using _ = store;
    const signal = AbortSignal.abort(new Error('enough'));
    const lease = await store.leases.grant({ ttlSeconds: 60 });
    const { leases } = store;
    const calls = [
      () => leases.grant({ ttlSeconds: 60, signal }),
      () => leases.revoke(lease.id, { signal }),
      () => leases.keepAliveOnce(lease.id, { signal }),
      () => leases.timeToLive(lease.id, { signal }),
      () => leases.list({ signal }),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow('enough');
    expect(await leases.list()).toEqual([lease.id]);
  });

  test('R154 under the alarm NOSPACE a grant is refused, all else works', async () => {
    const { store, clock } = await setUp({ quotaBytes: 19_000 });
    await using _ = store;
    const lease = await store.leases.grant({ ttlSeconds: 10 });
    const other = await store.leases.grant({ ttlSeconds: 600 });
    for (const key of ['a', 'b', 'c']) await store.put(key, 'v'.repeat(6000), { lease });
    await store.put('z', '', { lease: other });
    const noSpace = { code: 'ERR_NO_SPACE' };
    await expect(store.put('d', 'v'.repeat(6000), { lease })).rejects.toMatchObject(noSpace);
    await expect(store.leases.grant({ ttlSeconds: 10 })).rejects.toMatchObject(noSpace);
    await clock.advance(6_000);
    expect(await lease.keepAliveOnce()).toBe(10);
    await other.revoke();
    await clock.advance(11_000);
    expect([await keysIn(store), await store.leases.list()]).toEqual([[], []]);
    await store.compact(store.revision, { physical: true });
    await store.leases.grant({ ttlSeconds: 10 });
  });
});
