/** R146: the hash of a whole backend, by the specification, on both backends and after real traffic. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../engine/base/clock.ts';
import { silentLogger } from '../../engine/base/logger.ts';
import { type Backend, LogBackend, MemoryBackend } from '../../engine/backend/index.ts';
import { del, type EmbeddedStore, open, put } from '../../engine/index.ts';
import { type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { type BackendDump, hashBackend, leavesOut } from '../../spec/hash-backend.ts';
import { DIRECTORY } from '../stores/disk-image.ts';
import { latin1 } from '../stores/plain.ts';

const LINES = ['snapshot', '3.4', '3.5', '3.6'] as const;
/** CRC-32C of "key". */
const EMPTY = 1_084_519_789;

test('R146 names, keys and values in order, and nothing else', () => {
  expect(hashBackend(new Map([['key', []]]), 'snapshot')).toBe(EMPTY);
  const apart: BackendDump = new Map([
    ['y', []],
    ['k', [['e', '']]],
  ]);
  expect(hashBackend(apart, 'snapshot')).toBe(EMPTY);
});

test('R146 each line of etcd leaves out more of bucket meta, and of no other', () => {
  const names = ['consistent_index', 'term', 'storageVersion', 'scheduledCompactRev'];
  const left = LINES.map((line) => names.filter((name) => leavesOut(line, 'meta', name)).length);
  expect(left).toEqual([0, 1, 2, 3]);
  expect(names.filter((name) => leavesOut('3.6', 'key', name))).toEqual([]);
});

async function openLog(fs: FileSystem): Promise<Backend> {
  return LogBackend.open({
    fs,
    directory: DIRECTORY,
    sync: 'commit',
    batchIntervalMs: 100,
    batchLimit: 1000,
    segmentSizeBytes: 4096,
    cacheSizeBytes: 0,
    readOnly: false,
    clock: systemClock,
    random: () => 0.5,
    logger: silentLogger,
  });
}

/** Several segments of it: keys, tombstones, leases, a compaction. */
async function traffic(store: EmbeddedStore): Promise<void> {
  const lease = await store.leases.grant({ id: -7n, ttlSeconds: 1000 });
  await store.leases.grant({ id: 8n, ttlSeconds: 1000 });
  for (let i = 0; i < 60; i++) {
    await store.put(Uint8Array.of(0xff, i % 7, 0), 'v'.repeat(i * 5));
    if (i % 9 === 0) await store.put(`leased ${i % 4}`, '', { lease: lease.id });
    if (i % 10 === 0) await store.txn({ then: [put('a', `${i}`), del({ prefix: 'leased' })] });
    if (i === 40) await store.compact(30, { physical: true });
  }
  await store.leases.revoke(8n);
}

/** All buckets as plain data. */
function dumpOf(backend: Backend): BackendDump {
  const tx = backend.readTx();
  return new Map(
    tx.buckets().map((bucket) => {
      const entries: [string, string][] = [];
      tx.forEach(bucket, (key, value) => entries.push([latin1(key), latin1(value)]));
      return [bucket, entries] as const;
    }),
  );
}

/** The same in memory. */
function copied(dump: BackendDump): Backend {
  const backend = MemoryBackend.open();
  const tx = backend.batchTx();
  for (const [bucket, entries] of dump) {
    tx.createBucket(bucket);
    for (const [key, value] of entries) {
      tx.put(bucket, Buffer.from(key, 'latin1'), Buffer.from(value, 'latin1'));
    }
  }
  return backend;
}

describe('after traffic', () => {
  const fs = memoryFs();
  let log: Backend;
  let memory: Backend;
  beforeAll(async () => {
    const store = await open(DIRECTORY, { fs, segmentSizeBytes: 4096 });
    await traffic(store);
    await store.close();
    log = await openLog(fs);
    for (const name of ['consistent_index', 'term', 'storageVersion']) {
      log.batchTx().put('meta', Buffer.from(name), Buffer.from('12345678'));
    }
    memory = copied(dumpOf(log));
  });
  afterAll(async () => {
    await log.close();
    await memory.close();
  });

  test('there is something to be hashed', () => {
    const dump = dumpOf(log);
    const sizes = ['key', 'lease', 'meta'].map((bucket) => dump.get(bucket)?.length ?? 0);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(dump.get('key')!.length).toBeGreaterThan(40);
    const hashes = LINES.map((line) => hashBackend(dump, line));
    expect(new Set(hashes).size).toBe(LINES.length);
  });

  test.each(LINES)('R146 both backends hash as the specification does, as of %s', (line) => {
    for (const backend of [log, memory]) {
      const is = backend.hash((bucket, key) => leavesOut(line, bucket, latin1(key)));
      expect(is).toBe(hashBackend(dumpOf(backend), line));
    }
    expect(log.hash()).toBe(memory.hash());
  });

  test('R146 writes, deletes and what is cleaned away', async () => {
    for (const backend of [log, memory]) {
      const before = backend.hash();
      backend.batchTx().put('alarm', Buffer.of(0), Buffer.of(0xff));
      const during = backend.hash();
      expect(during).not.toBe(before);
      expect(during).toBe(hashBackend(dumpOf(backend), 'snapshot'));
      backend.batchTx().delete('alarm', Buffer.of(0));
      await backend.defrag();
      expect(backend.hash()).toBe(before);
    }
  });
});
