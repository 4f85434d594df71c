/** Leases that are kept alive over whatever happens to the stream of renewals. */
import { create } from '@bufbuild/protobuf';
import { afterEach, expect, test } from 'vitest';
import type { Store } from '../types.ts';
import { LeaseKeepAliveResponseSchema as Renewed } from '../wire/generated/rpc_pb.ts';
import { connect } from './connect.ts';
import { type Duplex, header, type Script, ScriptedServer } from './scripted-server.testing.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function leasing(script: Script): Promise<Store> {
  const server = await ScriptedServer.start(script);
  ends.push(() => server.kill());
  const store = await connect(server.url);
  ends.push(() => store.close());
  return store;
}

const granting = { leaseGrant: () => ({ ID: 7n, TTL: 1n, header: header(3) }) };

/** `ttlOf` says what each renewal is answered; undefined: the stream is cut. */
function renewing(ttlOf: (stream: number) => bigint | undefined): (stream: Duplex) => void {
  let streams = 0;
  return (stream) => {
    const number = ++streams;
    stream.on('data', ({ ID }: { ID: bigint }) => {
      const TTL = ttlOf(number);
      if (TTL === undefined) stream.emit('error', { code: 14, details: 'etcdserver: no leader' });
      else stream.write(create(Renewed, { ID, TTL, header: header(3) }));
    });
  };
}

test('one stream for all, which is made again when it breaks', async () => {
  const streams: number[] = [];
  const keepAlive = renewing((stream) => {
    streams.push(stream);
    return stream < 3 && streams.filter((s) => s === stream).length > 2 ? undefined : 60n;
  });
  const store = await leasing({ keepAlive });
  const { leases } = store;
  for (let i = 1n; i <= 6n; i++) expect(await leases.keepAliveOnce(i)).toBe(60);
  expect(streams).toEqual([1, 1, 1, 2, 2, 2, 3, 3]);
});

test('a lease that is kept alive is lost when a renewal says so', async () => {
  let renewals = 0;
  const keepAlive = renewing(() => (++renewals < 3 ? 1n : 0n));
  const store = await leasing({ unary: granting, keepAlive });
  const lease = await store.leases.grant({ ttlSeconds: 1, keepAlive: true });
  const { signal } = lease;
  expect(signal.aborted).toBe(false);
  await expect.poll(() => signal.aborted, { timeout: 4000 }).toBe(true);
  expect(signal.reason).toMatchObject({ code: 'ERR_LEASE_NOT_FOUND' });
  expect(renewals).toBe(3);
});

test('a lease that cannot be renewed in time is lost', async () => {
  const store = await leasing({ unary: granting, keepAlive: () => {} });
  const startedMs = performance.now();
  const lease = await store.leases.grant({ ttlSeconds: 1, keepAlive: true });
  await expect.poll(() => lease.signal.aborted, { timeout: 4000 }).toBe(true);
  expect(performance.now() - startedMs).toBeGreaterThan(900);
  expect(lease.signal.reason).toMatchObject({ code: 'ERR_UNAVAILABLE' });
});

test('a signal hears of a lease that others have revoked, though it is not kept alive', async () => {
  let looks = 0;
  const leaseTimeToLive = (): object =>
    ++looks === 1 ? { TTL: 1n, grantedTTL: 1n } : { TTL: -1n };
  const store = await leasing({ unary: { ...granting, leaseTimeToLive } });
  const { signal } = await store.leases.grant({ ttlSeconds: 1 });
  await expect.poll(() => signal.aborted, { timeout: 4000 }).toBe(true);
  expect([looks, signal.reason.code]).toEqual([2, 'ERR_LEASE_NOT_FOUND']);
});

test('revoking it, by whichever way, and closing the store abort the signal', async () => {
  const store = await leasing({ unary: { ...granting, leaseRevoke: () => ({}) } });
  const first = await store.leases.grant({ ttlSeconds: 1 });
  const { signal } = first;
  await store.leases.revoke(7n);
  expect(signal.aborted).toBe(true);
  const second = await store.leases.grant({ ttlSeconds: 1, keepAlive: true });
  const heard = second.signal;
  await store.close();
  expect(heard.reason).toMatchObject({ code: 'ERR_CLOSED' });
  // Nothing is left to be done.
  await second[Symbol.asyncDispose]();
});

test('renewals end with the store, their signal, and what a server does not know', async () => {
  const silent = await leasing({ keepAlive: () => {} });
  const controller = new AbortController();
  const [aborted, closed] = [
    silent.leases.keepAliveOnce(1n, { signal: controller.signal }),
    silent.leases.keepAliveOnce(1n),
  ];
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  await silent.close();
  await expect(closed).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  const unknowing = await leasing({
    keepAlive: (stream) => stream.emit('error', { code: 12, details: 'unknown method' }),
  });
  await expect(unknowing.leases.keepAliveOnce(1n)).rejects.toThrow('unknown method');
});

test('what is wrong with a grant is not asked for', async () => {
  const { leases } = await leasing({});
  await expect(leases.grant({ ttlSeconds: 1.5 })).rejects.toThrow('whole number');
  await expect(leases.revoke(2n ** 64n)).rejects.toThrow('64 bits');
  await expect(leases.grant({ ttlSeconds: 5, keepAlive: 1 as never })).rejects.toThrow('keepAlive');
});
