import { afterAll, beforeAll, expect, test } from 'vitest';
import { create } from '@bufbuild/protobuf';
import { KV, Lease, LeaseKeepAliveRequestSchema } from '../wire/generated/rpc_pb.ts';
import { bytesOf, type KeepAlive, RawClient } from './raw-client.testing.ts';
import { type TestServer, testServer } from './test-server.ts';

const { leaseGrant, leaseRevoke, leaseTimeToLive, leaseLeases } = Lease.method;
const ID_MIN = -(2n ** 63n);

let server: TestServer;
let client: RawClient;

beforeAll(async () => {
  server = await testServer();
  client = new RawClient(server.address);
});
afterAll(async () => {
  client[Symbol.dispose]();
  await server.close();
});

const ask = (stream: KeepAlive, ID: bigint): boolean =>
  stream.write(create(LeaseKeepAliveRequestSchema, { ID }));

test('grants with ids of all signs, or one of the server’s own (R120)', async () => {
  for (const ID of [7n, -7n, ID_MIN, 2n ** 63n - 1n]) {
    expect(await client.call(leaseGrant, { ID, TTL: 60n })).toMatchObject({ ID, TTL: 60n });
  }
  const own = await client.call(leaseGrant, { TTL: 1n });
  expect([own.ID > 0n, own.TTL, own.header!.revision]).toEqual([true, 2n, 1n]);
  expect(await client.refusal(leaseGrant, { ID: -7n, TTL: 60n })).toBe(
    '9 etcdserver: lease already exists',
  );
  expect(await client.refusal(leaseGrant, { TTL: 9_000_000_001n })).toBe(
    '11 etcdserver: too large lease TTL',
  );
  expect(await client.refusal(leaseGrant, { TTL: 2n ** 63n - 1n })).toMatch(/^11 /);
  const raised = await client.call(leaseGrant, { TTL: ID_MIN });
  expect(raised.TTL).toBe(2n);

  const { leases } = await client.call(leaseLeases, {});
  expect(leases.map(({ ID }) => ID)).toEqual(expect.arrayContaining([7n, -7n, ID_MIN, own.ID]));
  for (const { ID } of leases) await client.call(leaseRevoke, { ID });
  expect((await client.call(leaseLeases, {})).leases).toEqual([]);
  expect(await client.refusal(leaseRevoke, { ID: 7n })).toBe(
    '5 etcdserver: requested lease not found',
  );
});

test('time to live, and keys if asked for (R124)', async () => {
  await client.call(leaseGrant, { ID: 1n, TTL: 100n });
  await client.call(KV.method.put, { key: bytesOf('b'), lease: 1n });
  await client.call(KV.method.put, { key: bytesOf('a'), lease: 1n });
  const { TTL, grantedTTL, keys } = await client.call(leaseTimeToLive, { ID: 1n, keys: true });
  expect([TTL >= 98n && TTL <= 100n, grantedTTL]).toEqual([true, 100n]);
  expect(keys.map((key) => Buffer.from(key).toString())).toEqual(['a', 'b']);
  expect((await client.call(leaseTimeToLive, { ID: 1n })).keys).toEqual([]);
  const unknown = await client.call(leaseTimeToLive, { ID: 404n });
  expect(unknown).toMatchObject({ ID: 404n, TTL: -1n, grantedTTL: 0n });

  const before = (await client.call(leaseLeases, {})).header!.revision;
  const { header } = await client.call(leaseRevoke, { ID: 1n });
  expect(header!.revision).toBe(before + 1n);
  expect(await server.store.has('a')).toBe(false);
});

test('keep-alives are answered one by one, in order, whatever they ask for (R123)', async () => {
  await client.call(leaseGrant, { ID: 5n, TTL: 30n });
  const asked: bigint[] = Array.from({ length: 300 }, (_, i) => [5n, 0n, -3n][i % 3]!);
  const stream = client.keepAlive();
  const answers: (readonly [bigint, bigint])[] = [];
  stream.on('data', ({ ID, TTL, header }) => {
    expect(header.revision).toBeGreaterThan(0n);
    answers.push([ID, TTL]);
  });
  const ended = new Promise<void>((resolve) => {
    stream.on('end', resolve);
  });
  for (const ID of asked) ask(stream, ID);
  stream.end();
  await ended;
  expect(answers).toEqual(asked.map((ID) => [ID, ID === 5n ? 30n : 0n]));
});

test('a client that goes away in the middle leaves nothing behind', async () => {
  const stream = client.keepAlive();
  stream.on('error', () => {});
  const first = new Promise((resolve) => {
    stream.once('data', resolve);
  });
  for (let i = 0; i < 100; i++) ask(stream, 1n);
  await first;
  stream.cancel();
  expect(await client.call(leaseGrant, { ID: 6n, TTL: 30n })).toMatchObject({ ID: 6n });
});
