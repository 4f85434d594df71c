/** Maintenance, Cluster, Auth, health, and what is not there at all. */
import type { MessageShape } from '@bufbuild/protobuf';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Health } from '../wire/generated/health_pb.ts';
import {
  AlarmRequest_AlarmAction as Action,
  AlarmType,
  Auth,
  Cluster,
  KV,
  Lease,
  Maintenance,
} from '../wire/generated/rpc_pb.ts';
import { open } from '../open.ts';
import { ETCD_VERSION } from './maintenance.ts';
import { bytesOf, RawClient, refusalOf, unlisted } from './raw-client.testing.ts';
import { serve } from './server.ts';
import { type TestServer, testServer } from './test-server.ts';

const { alarm, status, hash, hashKV, defragment, moveLeader } = Maintenance.method;
const { put, range, deleteRange, txn, compact } = KV.method;
const { GET, ACTIVATE, DEACTIVATE } = Action;
const { NONE, NOSPACE, CORRUPT } = AlarmType;

const NO_SPACE = '8 etcdserver: mvcc: database space exceeded';
const key = bytesOf('k');
const putting = { request: { case: 'requestPut', value: { key } } } as const;
const reading = { request: { case: 'requestRange', value: { key } } } as const;

let server: TestServer;
let client: RawClient;

beforeEach(async () => {
  server = await testServer({ store: { quotaBytes: 20_000 } });
  client = new RawClient(server.address);
});
afterEach(async () => {
  client[Symbol.dispose]();
  await server.close();
});

const set = (
  action: Action,
  type = NOSPACE,
  memberID = 11n,
): Promise<MessageShape<(typeof alarm)['output']>> =>
  client.call(alarm, { action, alarm: type, memberID });

describe('alarms (R153-R156)', () => {
  test('NOSPACE refuses what adds, until it is lifted', async () => {
    expect(await set(GET, NONE)).toMatchObject({ alarms: [] });
    const raised = [{ memberID: 11n, alarm: NOSPACE }];
    expect(await set(ACTIVATE)).toMatchObject({ alarms: raised });
    const again = await set(ACTIVATE);
    expect(again).toMatchObject({ alarms: raised });
    expect(again.header).toBeUndefined();
    expect(await set(GET, NONE)).toMatchObject({ alarms: raised });
    expect(await set(GET, CORRUPT)).toMatchObject({ alarms: [] });
    expect((await client.call(status, {})).errors).toEqual(['memberID:11 alarm:NOSPACE ']);

    expect(await client.refusal(put, { key })).toBe(NO_SPACE);
    expect(await client.refusal(txn, { success: [putting] })).toBe(NO_SPACE);
    expect(await client.refusal(Lease.method.leaseGrant, { TTL: 9n })).toBe(NO_SPACE);
    expect(await client.refusal(txn, { success: [reading] })).toBe('answered');
    expect(await client.refusal(deleteRange, { key })).toBe('answered');
    expect(await client.refusal(range, { key })).toBe('answered');

    expect(await set(DEACTIVATE, NOSPACE, 12n)).toMatchObject({ alarms: [] });
    expect(await set(DEACTIVATE)).toMatchObject({ alarms: raised });
    expect(await set(DEACTIVATE)).toMatchObject({ alarms: [] });
    expect(await client.refusal(put, { key })).toBe('answered');
  });

  test('CORRUPT refuses every change; ranges are served', async () => {
    await client.call(put, { key });
    await set(ACTIVATE, CORRUPT, 0n);
    const refused = '15 etcdserver: corrupt cluster';
    expect(await client.refusal(put, { key })).toBe(refused);
    expect(await client.refusal(deleteRange, { key })).toBe(refused);
    expect(await client.refusal(txn, { success: [putting] })).toBe(refused);
    expect(await client.refusal(compact, { revision: 1n })).toBe(refused);
    expect(await client.refusal(Lease.method.leaseGrant, { TTL: 9n })).toBe(refused);
    expect(await client.refusal(range, { key })).toBe('answered');
    expect((await client.call(status, {})).errors).toEqual(['alarm:CORRUPT ']);
    expect((await server.store.status()).alarms).toEqual(['CORRUPT']);
    await set(DEACTIVATE, CORRUPT, 0n);
    expect(await client.refusal(put, { key })).toBe('answered');
  });

  test('the quota’s own is this member’s, and can be disarmed', async () => {
    const value = new Uint8Array(15_000);
    await client.call(put, { key, value });
    expect(await client.refusal(put, { key: bytesOf('l'), value })).toBe(NO_SPACE);
    const { members } = await client.call(Cluster.method.memberList, {});
    const own = { memberID: members[0]!.ID, alarm: NOSPACE };
    expect(await set(GET, NOSPACE)).toMatchObject({ alarms: [own] });
    expect(await set(DEACTIVATE, NOSPACE, own.memberID)).toMatchObject({ alarms: [own] });
    expect(await set(GET, NONE)).toMatchObject({ alarms: [] });
  });

  test('they outlive a restart of a store on disk, until they are lifted', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'varve-alarms-'));
    const served = async (use: (again: RawClient) => Promise<void>): Promise<void> => {
      await using store = await open(directory);
      await using listening = await serve(store, { listen: '127.0.0.1:0' });
      using again = new RawClient(listening.address);
      await use(again);
    };
    const corrupt = { memberID: 12n, alarm: CORRUPT };
    const full = { memberID: 11n, alarm: NOSPACE };
    try {
      await served(async (first) => {
        await first.call(put, { key });
        for (const each of [full, corrupt]) await first.call(alarm, { action: ACTIVATE, ...each });
      });
      await served(async (again) => {
        expect((await again.call(alarm, { action: GET })).alarms).toHaveLength(2);
        expect(await again.refusal(put, { key })).toBe('15 etcdserver: corrupt cluster');
        await again.call(alarm, { action: DEACTIVATE, ...corrupt });
        expect(await again.refusal(put, { key })).toBe(NO_SPACE);
      });
      await served(async (again) => {
        expect((await again.call(alarm, { action: GET })).alarms).toMatchObject([full]);
        expect(await again.refusal(put, { key })).toBe(NO_SPACE);
        await again.call(alarm, { action: DEACTIVATE, ...full });
      });
      await served(async (again) => {
        expect((await again.call(alarm, { action: GET })).alarms).toEqual([]);
        expect(await again.refusal(put, { key })).toBe('answered');
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('unknown actions and kinds are refused (R68)', async () => {
    expect(await client.refusal(alarm, { action: unlisted(9), alarm: NOSPACE })).toMatch(/^3 /);
    expect(await client.refusal(alarm, { action: ACTIVATE, alarm: unlisted(9) })).toMatch(/^3 /);
    expect(await client.refusal(alarm, { action: ACTIVATE, alarm: NONE })).toMatch(/^3 /);
    expect(await set(DEACTIVATE, NONE)).toMatchObject({ alarms: [] });
  });
});

describe('maintenance', () => {
  test('status (R150)', async () => {
    await client.call(put, { key });
    const told = await client.call(status, {});
    expect(told).toMatchObject({ version: ETCD_VERSION, isLearner: false, errors: [] });
    expect(told.leader).toBe(told.header!.memberId);
    expect([told.header!.revision, told.raftIndex > 0n, told.raftTerm]).toEqual([2n, true, 1n]);
    expect(told.dbSize).toBeGreaterThanOrEqual(told.dbSizeInUse);
    expect(told.dbSizeInUse).toBeGreaterThan(0n);
  });

  test('hashes (R140-R146)', async () => {
    const empty = await client.call(hashKV, {});
    expect(empty).toMatchObject({ hash: 1_084_519_789, compactRevision: -1n });
    const before = (await client.call(hash, {})).hash;
    await client.call(put, { key });
    const after = await client.call(hash, {});
    expect(after.hash).not.toBe(before);
    expect(after.header!.revision).toBe(2n);
    expect((await client.call(hash, {})).hash).toBe(after.hash);
    expect((await client.call(hashKV, { revision: 1n })).hash).toBe(1_084_519_789);
    expect(await client.refusal(hashKV, { revision: 2n ** 62n })).toMatch(/^11 /);
    expect((await client.call(hashKV, { revision: -(2n ** 62n) })).hash).toBe(1_084_519_789);
  });

  test('defragment has no header (R151), and there is nobody to lead instead (R157)', async () => {
    expect((await client.call(defragment, {})).header).toBeUndefined();
    expect(await client.refusal(moveLeader, { targetID: 12_345n })).toBe(
      '9 etcdserver: bad leader transferee',
    );
  });
});

test('one member, and no other (R157)', async () => {
  const { memberList, memberAdd, memberRemove } = Cluster.method;
  await client.call(put, { key });
  const { header, members } = await client.call(memberList, {});
  expect([header!.revision, header!.raftTerm]).toEqual([0n, 1n]);
  expect(members).toMatchObject([
    { ID: header!.memberId, name: 'default', clientURLs: [server.url], peerURLs: [server.url] },
  ]);
  expect(await client.refusal(memberRemove, { ID: 1n })).toBe('5 etcdserver: member not found');
  expect(await client.refusal(memberRemove, { ID: members[0]!.ID })).toMatch(/^9 .* one member/);
  expect(await client.refusal(memberAdd, { peerURLs: ['http://x:1'] })).toMatch(/^9 .* one member/);
});

test('authentication is off (R158)', async () => {
  const { userList, roleList, authenticate, authEnable, authDisable } = Auth.method;
  expect((await client.call(userList, {})).header!.revision).toBe(1n);
  expect((await client.call(roleList, {})).roles).toEqual([]);
  expect(await client.refusal(authDisable, {})).toBe('answered');
  expect(await client.refusal(authEnable, {})).toBe('9 etcdserver: root user does not exist');
  expect(await client.refusal(authenticate, { name: 'a', password: 'b' })).toBe(
    '9 etcdserver: authentication is not enabled',
  );
});

test('health (R159)', async () => {
  expect((await client.call(Health.method.check, {})).status).toBe(1);
  expect(await client.refusal(Health.method.check, { service: 'x' })).toBe('5 unknown service');
  await server.store.close();
  expect((await client.call(Health.method.check, {})).status).toBe(2);
});

const refusal = (path: string): Promise<string> => refusalOf(client.bytes(path, new Uint8Array(0)));

test('what is not there is answered in etcd’s words (R32, R158)', async () => {
  expect(await refusal('/etcdserverpb.KV/RangeStream')).toBe(
    '12 unknown method RangeStream for service etcdserverpb.KV',
  );
  expect(await refusal('/etcdserverpb.Auth/AuthStatus')).toBe(
    '12 unknown method AuthStatus for service etcdserverpb.Auth',
  );
  expect(await refusal('/v3lockpb.Lock/Lock')).toBe('12 unknown service v3lockpb.Lock');
  expect(await refusal('/nothing')).toMatch(/^12 malformed method name/);
});

test('a store that is closed is told as unavailable', async () => {
  await server.store.close();
  expect(await client.refusal(put, { key })).toMatch(/^14 /);
  expect(await client.refusal(range, { key })).toMatch(/^14 /);
  expect(await client.refusal(status, {})).toMatch(/^14 /);
});
