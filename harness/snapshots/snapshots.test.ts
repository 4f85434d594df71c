/** Snapshot files between Varve and a real etcd, both ways: nothing of the history is lost or changed. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type EmbeddedStore, exportSnapshot, importSnapshot, open } from '../../engine/index.ts';
import { serve } from '../../engine/v3rpc/index.ts';
import { etcdctlIsInstalled, etcdIsInstalled, startEtcd } from '../etcd/etcd-process.ts';
import { base64, etcdctl, type EtcdKeyValue, Gateway } from './gateway.testing.ts';

const isInstalled = etcdIsInstalled() && etcdctlIsInstalled();
const root = mkdtempSync(join(tmpdir(), 'varve-snapshots-'));
let count = 0;
const fresh = (): string => join(root, String(count++));
afterAll(() => rmSync(root, { recursive: true }));

const SECONDS = 30_000;

const put = (key: string): object => ({
  request_put: { key: base64(key), value: base64('of a txn') },
});

/** Puts, deletes, transactions, leases and compactions; returns the last revision. */
async function fillEtcd(etcd: Gateway): Promise<number> {
  const { ID: kept } = await etcd.post('lease/grant', { TTL: 5000, ID: 77 });
  const { ID: revoked } = await etcd.post('lease/grant', { TTL: 5000, ID: 78 });
  for (let i = 0; i < 120; i++) {
    const lease = i % 10 === 3 ? String(kept) : i % 10 === 4 ? String(revoked) : '0';
    await etcd.put(`key ${i % 17}`, `value ${i}`, lease);
    if (i % 13 === 5) await etcd.post('kv/deleterange', { key: base64(`key ${i % 7}`) });
  }
  await etcd.post('kv/txn', { success: [put('key 1'), put('txn 2'), put('txn 3')] });
  await etcd.put('large', 'x'.repeat(20_000));
  await etcd.put('empty', '');
  await etcd.post('lease/revoke', { ID: revoked });
  await etcd.post('kv/compaction', { revision: 60, physical: true });
  return etcd.put('last', 'one');
}

async function fillVarve(store: EmbeddedStore): Promise<void> {
  const lease = await store.leases.grant({ ttlSeconds: 5000, id: 77n });
  for (let i = 0; i < 300; i++) {
    const key = `key ${i % 23}`;
    if (i % 11 === 7) await store.delete(key);
    else await store.put(key, `value ${i}`, i % 10 === 3 ? { lease: lease.id } : {});
  }
  await store.write((tx) => {
    tx.put('txn a', '1');
    tx.put('txn b', '2');
    tx.delete('key 1');
  });
  await store.put('large', 'x'.repeat(20_000));
  await store.compact(100, { physical: true });
}

async function rangeOf(store: EmbeddedStore, revision: number): Promise<EtcdKeyValue[]> {
  const { kvs } = await store.range({ all: true }, { revision });
  return kvs.map(({ key, value, createRevision, modRevision, version, lease }) => ({
    key,
    value: Buffer.from(value).toString(),
    create: createRevision,
    mod: modRevision,
    version,
    lease: String(lease),
  }));
}

async function changesOf(store: EmbeddedStore, from: number): Promise<string[]> {
  const changes: string[] = [];
  for await (const { type, kv, revision } of store.history({ all: true }, { from })) {
    const { key } = kv;
    changes.push(
      type === 'put' ? `${revision} put ${key}=${kv.text()}` : `${revision} delete ${key}`,
    );
  }
  return changes;
}

async function compare(store: EmbeddedStore, etcd: Gateway): Promise<void> {
  const { compactRevision, revision } = store;
  for (let at = Math.max(compactRevision + 1, 1); at <= revision; at += 11) {
    expect(await etcd.hashKv(at)).toMatchObject({ hash: (await store.hashKv(at)).hash });
    expect(await etcd.range(at)).toEqual(await rangeOf(store, at));
  }
  expect(await etcd.hashKv(revision)).toEqual({
    hash: (await store.hashKv(revision)).hash,
    compactRevision,
  });
  expect((await etcd.leases()).sort()).toEqual((await store.leases.list()).map(String).sort());
}

/** An etcd of its own on what `etcdctl snapshot restore` makes of the file. */
async function onRestored(file: string, use: (etcd: Gateway) => Promise<void>): Promise<void> {
  const directory = fresh();
  await etcdctl('snapshot', 'restore', file, '--data-dir', directory);
  await using etcd = await startEtcd({ directory });
  await use(new Gateway(etcd.endpoint));
}

describe.skipIf(!isInstalled)('a real etcd (skipped if it is not installed)', () => {
  test('gives its whole history to a store', { timeout: SECONDS }, async () => {
    await using etcd = await startEtcd();
    const gateway = new Gateway(etcd.endpoint);
    const revision = await fillEtcd(gateway);
    const [file, directory] = [fresh(), fresh()];
    await etcdctl('snapshot', 'save', file, '--endpoints', etcd.endpoint);
    const info = await importSnapshot(file, directory);
    const { hash } = await gateway.hashKv(revision);
    const leftOut = ['auth', 'cluster', 'members'];
    expect(info).toMatchObject({
      revision,
      hash,
      compactRevision: 60,
      leases: 1,
      alarms: [],
      leftOut,
    });
    await using store = await open(directory);
    await compare(store, gateway);
    const changes = await changesOf(store, 61);
    expect(await gateway.watch(61, changes.length)).toEqual(changes);
    const { keys } = await store.leases.timeToLive(77n, { keys: true });
    expect(keys.length).toBeGreaterThan(0);
    expect(await store.verify()).toEqual({ ok: true, problems: [] });
    expect(await gateway.put('next', 'one')).toBe((await store.put('next', 'one')).revision);
    await compare(store, gateway);
  });

  test('gives it by a copy of its data file too, if told that it has no hash', {
    timeout: SECONDS,
  }, async () => {
    const directory = fresh();
    const file = fresh();
    {
      await using etcd = await startEtcd({ directory });
      await fillEtcd(new Gateway(etcd.endpoint));
      await etcd.stop();
    }
    cpSync(join(directory, 'member/snap/db'), file);
    const target = fresh();
    await expect(importSnapshot(file, target)).rejects.toThrow('does not end with a SHA-256');
    const info = await importSnapshot(file, target, { skipHashCheck: true });
    await using etcd = await startEtcd({ directory });
    const { hash } = await new Gateway(etcd.endpoint).hashKv(info.revision);
    expect(info.hash).toBe(hash);
  });

  test('serves what a store exports', { timeout: SECONDS }, async () => {
    const file = fresh();
    await using store = await open(fresh());
    await fillVarve(store);
    const info = await exportSnapshot(store, file);
    const status = await etcdctl('snapshot', 'status', file, '--write-out', 'json');
    expect(JSON.parse(status)).toMatchObject({ revision: store.revision });
    await onRestored(file, async (etcd) => {
      expect((await etcd.hashKv(info.revision)).hash).toBe(info.hash);
      await compare(store, etcd);
      const changes = await changesOf(store, 101);
      expect(await etcd.watch(101, changes.length)).toEqual(changes);
      expect(await etcd.put('next', 'one')).toBe((await store.put('next', 'one')).revision);
      await compare(store, etcd);
    });
  });

  test('serves what etcdctl saves from a served store', { timeout: SECONDS }, async () => {
    const [file, again] = [fresh(), fresh()];
    await using store = await open(fresh());
    await fillVarve(store);
    const server = await serve(store, { listen: '127.0.0.1:0' });
    try {
      await etcdctl('snapshot', 'save', file, '--endpoints', server.url);
    } finally {
      await server.close();
    }
    await onRestored(file, (etcd) => compare(store, etcd));
    const info = await importSnapshot(file, again);
    expect(info).toMatchObject({ revision: store.revision, hash: (await store.hashKv()).hash });
  });
});
