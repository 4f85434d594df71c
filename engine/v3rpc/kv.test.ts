import type { MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  Compare_CompareResult as Result,
  Compare_CompareTarget as Target,
  KV,
  Lease,
  RangeRequest_SortOrder as Order,
  type RangeResponse,
  RangeRequest_SortTarget as SortTarget,
  type TxnRequestSchema,
} from '../wire/generated/rpc_pb.ts';
import { bytesOf, RawClient, unlisted } from './raw-client.testing.ts';
import { type TestServer, testServer } from './test-server.ts';

const { range, put, deleteRange, txn, compact } = KV.method;
const ALL = { key: new Uint8Array(1), rangeEnd: new Uint8Array(1) };
const MAX = 2n ** 63n - 1n;

let server: TestServer;
let client: RawClient;

beforeAll(async () => {
  server = await testServer({ store: { maxRequestBytes: 4096, maxTxnOps: 8 } });
  client = new RawClient(server.address);
});
afterAll(async () => {
  client[Symbol.dispose]();
  await server.close();
});
beforeEach(async () => {
  await server.store.delete({ all: true });
});

const keysOf = ({ kvs }: RangeResponse): string[] =>
  kvs.map(({ key }) => Buffer.from(key).toString());

type TxnInit = MessageInitShape<typeof TxnRequestSchema>;
type OpInit = NonNullable<TxnInit['success']>[number];
const putOp = (key: string, value = 'v'): OpInit => ({
  request: { case: 'requestPut', value: { key: bytesOf(key), value: bytesOf(value) } },
});
const rangeOp = (key: string, revision = 0n): OpInit => ({
  request: { case: 'requestRange', value: { key: bytesOf(key), revision } },
});

describe('range', () => {
  beforeEach(async () => {
    for (const key of ['a', 'c', 'b']) await server.store.put(key, `of ${key}`);
    await server.store.put('a', 'again');
  });

  test('a whole key, with every field and a full header (R7, R14)', async () => {
    const { id } = await server.store.leases.grant({ ttlSeconds: 60, id: -5n });
    const { revision } = await server.store.put('k', Uint8Array.of(0, 255), { lease: id });
    const { header, kvs, count, more } = await client.call(range, { key: bytesOf('k') });
    expect(header).toMatchObject({ revision: BigInt(revision), raftTerm: 1n });
    expect([header!.clusterId > 0n, header!.memberId > 0n]).toEqual([true, true]);
    const modRevision = BigInt(revision);
    expect(kvs).toMatchObject([
      { key: bytesOf('k'), modRevision, createRevision: modRevision, version: 1n, lease: -5n },
    ]);
    expect(kvs[0]!.value).toEqual(Buffer.of(0, 255));
    expect([count, more]).toEqual([1n, false]);
    await server.store.leases.revoke(id);
  });

  test('limit, more and count; limits that no number holds', async () => {
    const first = await client.call(range, { ...ALL, limit: 2n });
    expect([keysOf(first), first.more, first.count]).toEqual([['a', 'b'], true, 3n]);
    for (const limit of [MAX, MAX - 1n, -1n, -MAX]) {
      const all = await client.call(range, { ...ALL, limit });
      expect([keysOf(all), all.more]).toEqual([['a', 'b', 'c'], false]);
    }
  });

  test('without an order only the first keys are sorted (R29)', async () => {
    const options = { ...ALL, limit: 1n, sortTarget: SortTarget.MOD };
    const head = await client.call(range, options);
    expect([keysOf(head), head.more, head.count]).toEqual([['b'], true, 3n]);
    const whole = await client.call(range, { ...options, sortOrder: Order.ASCEND });
    expect(keysOf(whole)).toEqual(['c']);
    const filtered = await client.call(range, { ...options, minModRevision: 1n });
    expect(keysOf(filtered)).toEqual(['c']);
    const byValue = { ...options, sortTarget: SortTarget.VALUE, limit: 3n, keysOnly: true };
    const sorted = await client.call(range, byValue);
    expect(keysOf(sorted)).toEqual(['a', 'b', 'c']);
    expect(sorted.kvs.every(({ value }) => value.length === 0)).toBe(true);
    const huge = await client.call(range, { ...options, limit: MAX });
    expect(keysOf(huge)).toEqual(['c', 'b', 'a']);
  });

  test('counting wins over everything but what is wrong (R24)', async () => {
    const counted = await client.call(range, { ...ALL, countOnly: true, limit: 1n });
    expect(counted).toMatchObject({ kvs: [], count: 3n, more: false });
    const wrong = { ...ALL, countOnly: true, sortTarget: unlisted(9) };
    expect(await client.refusal(range, wrong)).toBe('3 etcdserver: invalid sort option');
  });

  test('revisions that no number holds (R20)', async () => {
    const future = '11 etcdserver: mvcc: required revision is a future revision';
    expect(await client.refusal(range, { ...ALL, revision: MAX })).toBe(future);
    const now = await client.call(range, { ...ALL, revision: -MAX, serializable: true });
    expect(keysOf(now)).toEqual(['a', 'b', 'c']);
    const none = await client.call(range, { ...ALL, minModRevision: MAX });
    expect([keysOf(none), none.count]).toEqual([[], 3n]);
  });
});

describe('what is refused, in etcd’s words (section 11)', () => {
  const key = bytesOf('k');
  const tooLarge = '3 etcdserver: request is too large';

  test('range and delete', async () => {
    const noKey = '3 etcdserver: key is not provided';
    expect(await client.refusal(range, {})).toBe(noKey);
    expect(await client.refusal(range, { rangeEnd: key })).toBe(noKey);
    expect(await client.refusal(deleteRange, { rangeEnd: new Uint8Array(1) })).toBe(noKey);
    const invalid = '3 etcdserver: invalid sort option';
    expect(await client.refusal(range, { key, sortOrder: unlisted(7) })).toBe(invalid);
    expect(await client.refusal(range, { key, sortTarget: unlisted(77) })).toBe(invalid);
  });

  test('put', async () => {
    const refusals = await Promise.all([
      client.refusal(put, { value: key }),
      client.refusal(put, { key, value: key, ignoreValue: true }),
      client.refusal(put, { key, lease: 1n, ignoreLease: true }),
      client.refusal(put, { key, lease: -77n }),
      client.refusal(put, { key, ignoreValue: true }),
      client.refusal(put, { key, value: new Uint8Array(4096) }),
    ]);
    expect(refusals).toEqual([
      '3 etcdserver: key is not provided',
      '3 etcdserver: value is provided',
      '3 etcdserver: lease is provided',
      '5 etcdserver: requested lease not found',
      '3 etcdserver: key not found',
      tooLarge,
    ]);
  });

  test('txn (R60, R66)', async () => {
    const many = Array.from({ length: 9 }, (_, i) => putOp(`k${i}`));
    expect(await client.refusal(txn, { success: many })).toBe(
      '3 etcdserver: too many operations in txn request',
    );
    expect(await client.refusal(txn, { success: [putOp('k'), putOp('k')] })).toBe(
      '3 etcdserver: duplicate key given in txn request',
    );
    expect(await client.refusal(txn, { failure: [{}] })).toBe('3 etcdserver: key not found');
    expect(await client.refusal(txn, { success: [...many, {}] })).toMatch(/too many operations/);
    expect(await client.refusal(txn, { compare: [{}] })).toBe('3 etcdserver: key is not provided');
    const sort: OpInit = {
      request: { case: 'requestRange', value: { key, sortTarget: unlisted(9) } },
    };
    expect(await client.refusal(txn, { success: [sort] })).toBe(
      '3 etcdserver: invalid sort option',
    );
  });

  test('a transaction that is too large as a whole, unless it only reads (R44)', async () => {
    const half = 'x'.repeat(2500);
    const writes = { success: [putOp('a', half), putOp('b', half)] };
    expect(await client.refusal(txn, writes)).toBe(tooLarge);
    expect(await client.refusal(txn, { success: [...writes.success, putOp('a')] })).toMatch(
      /duplicate/,
    );
    const reads = { success: [rangeOp(`1${half}`), rangeOp(`2${half}`)] };
    expect(await client.refusal(txn, reads)).toBe('answered');
    expect(await server.store.count({ all: true })).toBe(0);
  });

  test('a message that is larger than gRPC takes (R44)', async () => {
    const value = new Uint8Array(4096 + 524_288);
    expect(await client.refusal(put, { key, value })).toMatch(
      /^8 grpc: received message larger than max \(528391 vs\. 528384\)$/,
    );
    expect(await client.refusal(put, { key })).toBe('answered');
  });

  test('compact (R80)', async () => {
    const { revision } = await client.call(put, { key }).then(({ header }) => header!);
    const { header } = await client.call(compact, { revision, physical: true });
    expect(header!.revision).toBe(revision);
    const compacted = '11 etcdserver: mvcc: required revision has been compacted';
    expect(await client.refusal(compact, { revision })).toBe(compacted);
    expect(await client.refusal(compact, { revision: -MAX })).toBe(compacted);
    expect(await client.refusal(compact, { revision: MAX })).toMatch(/^11 .* future revision$/);
    expect(await client.refusal(range, { key, revision: revision - 1n })).toBe(compacted);
  });
});

describe('put and delete', () => {
  test('what was there before, only if asked for', async () => {
    const key = bytesOf('k');
    const first = await client.call(put, { key, value: bytesOf('1'), prevKv: true });
    expect(first.prevKv).toBeUndefined();
    const second = await client.call(put, { key, value: bytesOf('2'), prevKv: true });
    expect(second.prevKv).toMatchObject({ value: bytesOf('1'), version: 1n });
    expect(second.header!.revision).toBe(first.header!.revision + 1n);
    expect((await client.call(put, { key })).prevKv).toBeUndefined();
    const deleted = await client.call(deleteRange, { key, prevKv: true });
    expect(deleted).toMatchObject({ deleted: 1n, prevKvs: [{ key, version: 3n }] });
    const nothing = await client.call(deleteRange, { ...ALL });
    expect(nothing).toMatchObject({ deleted: 0n, header: { revision: deleted.header!.revision } });
  });
});

const holds = async (compare: NonNullable<TxnInit['compare']>[number]): Promise<boolean> =>
  (await client.call(txn, { compare: [compare] })).succeeded;

describe('txn', () => {
  test('headers of operations have a revision only, nested ones none (R72)', async () => {
    const { revision } = await server.store.put('before', '');
    const nested: OpInit = { request: { case: 'requestTxn', value: { success: [putOp('n')] } } };
    const success = [rangeOp('before'), putOp('a'), rangeOp('a'), nested];
    const { header, succeeded, responses } = await client.call(txn, { success });
    const now = BigInt(revision);
    expect([header!.revision, succeeded]).toEqual([now + 1n, true]);
    const headers = responses.map(({ response }) => response.value!.header);
    expect(headers.map((each) => each?.revision)).toEqual([now, now + 1n, now + 1n, 0n]);
    expect(headers.every((each) => each?.clusterId === 0n && each.raftTerm === 0n)).toBe(true);
    expect(responses.map(({ response }) => response.case)).toEqual([
      'responseRange',
      'responsePut',
      'responseRange',
      'responseTxn',
    ]);
    const inner = responses[3]!.response;
    if (inner.case !== 'responseTxn') throw new Error('not a transaction');
    expect(inner.value).toMatchObject({ succeeded: true });
    expect(inner.value.responses[0]!.response.value!.header!.revision).toBe(now + 1n);
  });

  test('a negative revision is taken at its word (R70)', async () => {
    const failure = await client.refusal(txn, { success: [rangeOp('k', -2n)] });
    expect(failure).toMatch(/^11 .* compacted$/);
  });

  test('compares: operands, and what is no compare at all (R62-R65)', async () => {
    await server.store.put('k', 'v');
    const key = bytesOf('k');
    const value = bytesOf('v');
    const unknown = unlisted(99);
    const target = {
      version: Target.VERSION,
      create: Target.CREATE,
      mod: Target.MOD,
      value: Target.VALUE,
      lease: Target.LEASE,
      unknown,
    };
    const missing = bytesOf('missing');

    expect(await holds({ key, target: target.value, targetUnion: { case: 'value', value } })).toBe(
      true,
    );
    expect(await holds({ key, target: target.value })).toBe(false);
    expect(await holds({ key, target: target.value, result: Result.GREATER })).toBe(true);
    expect(await holds({ key, targetUnion: { case: 'version', value: 1n } })).toBe(true);
    expect(await holds({ key, targetUnion: { case: 'lease', value: 1n } })).toBe(false);
    expect(await holds({ key, target: target.create, result: Result.GREATER })).toBe(true);
    const most = { case: 'modRevision', value: MAX } as const;
    expect(await holds({ key, target: target.mod, result: Result.LESS, targetUnion: most })).toBe(
      true,
    );
    const lease = { case: 'lease', value: -MAX } as const;
    expect(
      await holds({ key, target: target.lease, result: Result.GREATER, targetUnion: lease }),
    ).toBe(true);
    expect(await holds({ key: missing, target: target.value, result: Result.NOT_EQUAL })).toBe(
      false,
    );

    const results = [Result.EQUAL, Result.GREATER, Result.LESS, Result.NOT_EQUAL, unknown];
    for (const where of [key, missing]) {
      const kinds = results.map((result) => holds({ key: where, target: target.unknown, result }));
      expect(await Promise.all(kinds)).toEqual([true, false, false, false, true]);
      expect(await holds({ key: where, target: target.mod, result: unknown })).toBe(true);
    }
    expect(await holds({ key, target: target.value, result: unknown })).toBe(true);
    expect(await holds({ key: missing, target: target.value, result: unknown })).toBe(false);
  });

  test('a lease that is not there refuses the whole (R69)', async () => {
    const op: OpInit = { request: { case: 'requestPut', value: { key: bytesOf('x'), lease: 9n } } };
    expect(await client.refusal(txn, { success: [putOp('a'), op] })).toMatch(/lease not found$/);
    expect(await server.store.has('a')).toBe(false);
    expect(await client.refusal(Lease.method.leaseRevoke, { ID: 9n })).toMatch(/^5 /);
  });
});
