/** The log backend: the contract under several shapes of log, and what only a log can do. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { limits } from '../base/limits.ts';
import { encodeRevision } from '../base/revision.ts';
import { encodeManifest } from '../log/manifest.ts';
import { type FileSystem, memoryFs } from '../vfs/index.ts';
import { type Backend, KEY_BUCKET, META_BUCKET } from './backend.ts';
import { backendContract } from './backend.contract.ts';
import { kvMessage, utf8 } from './backend.testing.ts';
import { LogBackend, type LogBackendOptions } from './log-backend.ts';
import { MemoryBackend } from './memory-backend.ts';

// Small stores are worth a checkpoint here.
limits.checkpointBytesMin = 1;

function openOn(fs: FileSystem, options: Partial<LogBackendOptions> = {}): Promise<Backend> {
  fs.makeDirectory('data');
  return LogBackend.open({
    fs,
    directory: 'data',
    sync: 'commit',
    batchIntervalMs: 100,
    batchLimit: 10_000,
    segmentSizeBytes: 1024 * 1024,
    cacheSizeBytes: 1024 * 1024,
    readOnly: false,
    clock: systemClock,
    random: () => 0.5,
    logger: silentLogger,
    ...options,
  });
}

function settingOf(options: Partial<LogBackendOptions>): Parameters<typeof backendContract>[1] {
  let fs: FileSystem;
  return {
    open: () => {
      fs = memoryFs();
      return openOn(fs, options);
    },
    reopen: async (backend) => {
      await backend.close();
      return openOn(fs, options);
    },
  };
}

backendContract('memory', { open: () => Promise.resolve(MemoryBackend.open()) });
backendContract('log', settingOf({}));
backendContract(
  'log of tiny segments, nothing cached',
  settingOf({ segmentSizeBytes: 4096, cacheSizeBytes: 0 }),
);
backendContract('log that syncs by interval', settingOf({ sync: 'interval', batchLimit: 3 }));

function fill(backend: Backend, count: number): void {
  const tx = backend.batchTx();
  tx.createBucket('other');
  tx.put('other', utf8('a'), utf8('1'));
  tx.put(META_BUCKET, utf8('b'), utf8('2'));
  for (let main = 2; main < 2 + count; main++) {
    tx.seqPut(KEY_BUCKET, encodeRevision(main, 0), kvMessage(`k${main % 50}`, main, `v${main}`));
  }
}

describe('log backend', () => {
  test('R173 a snapshot is one segment that any store can be opened from', async () => {
    for (const source of [MemoryBackend.open(), await openOn(memoryFs())]) {
      fill(source, 300);
      const snapshot = source.snapshot();
      fillLater(source);
      const bytes = Buffer.concat([...snapshot.chunks()]);
      snapshot.close();
      const fs = memoryFs();
      fs.makeDirectory('data');
      const segments = [{ id: 1, capacityBytes: bytes.length }];
      const manifest = { storeId: '0'.repeat(16), nextSegmentId: 2, firstSequence: 1, segments };
      writeFile(fs, 'data/0000000001.seg', bytes);
      writeFile(fs, 'data/MANIFEST', Buffer.from(encodeManifest(manifest)));
      const copy = await openOn(fs);
      const twin = MemoryBackend.open();
      fill(twin, 300);
      expect(copy.hash()).toBe(twin.hash());
      await Promise.all([copy.close(), source.close()]);
    }
  });

  test('opened from a checkpoint it is what a scan makes of it', async () => {
    const fs = memoryFs();
    const options = { segmentSizeBytes: 64 * 1024, sync: 'interval' } as const;
    const backend = await openOn(fs, options);
    fill(backend, 6000);
    const [hash, inUse] = [backend.hash(), backend.sizeInUse()];
    await backend.close();
    expect(fs.list('data')).toContain('CHECKPOINT');
    const quick = await openOn(fs, options);
    expect([quick.hash(), quick.sizeInUse()]).toEqual([hash, inUse]);
    await quick.close();
    fs.remove('data/CHECKPOINT');
    const slow = await openOn(fs, options);
    expect([slow.hash(), slow.sizeInUse()]).toEqual([hash, inUse]);
    await slow.defrag();
    await slow.close();
  });

  test('a checkpoint from before a rewrite is of no use and does no harm', async () => {
    const fs = memoryFs();
    const backend = await openOn(fs, { segmentSizeBytes: 64 * 1024 });
    fill(backend, 6000);
    await backend.close();
    const again = await openOn(fs, { segmentSizeBytes: 64 * 1024 });
    for (let main = 2; main < 3000; main++) {
      again.batchTx().delete(KEY_BUCKET, encodeRevision(main, 0));
    }
    await again.defrag();
    const hash = again.hash();
    await again.close();
    const reopened = await openOn(fs, { segmentSizeBytes: 64 * 1024 });
    expect(reopened.hash()).toBe(hash);
    await reopened.close();
  });
});

function fillLater(backend: Backend): void {
  backend.batchTx().put(META_BUCKET, utf8('b'), utf8('later'));
  backend.batchTx().seqPut(KEY_BUCKET, encodeRevision(5000, 0), kvMessage('late', 5000, 'v'));
}

function writeFile(fs: FileSystem, path: string, bytes: Uint8Array): void {
  const file = fs.open(path, 'create');
  file.writeAt(bytes, 0);
  file.close();
}
