/** The corners, for every backend, and what only a log on disk can get wrong. */
import { afterAll, describe, expect, test } from 'vitest';
import { limits } from '../base/limits.ts';
import { encodeRevision } from '../base/revision.ts';
import { emptyFs, osError, resetLimits, turn, WatchedFs } from '../log/log.testing.ts';
import { backendEdges } from './backend-edges.contract.ts';
import {
  bytes,
  contentOf,
  fill,
  openLogBackend,
  openMemoryBackend,
  revision,
} from './backend-edges.testing.ts';

// Small segments: rolls happen in the middle of everything.
Object.assign(limits, {
  segmentSizeBytesMin: 2048,
  zeroFillBytes: 1024,
  framePayloadBytesTarget: 512,
});
afterAll(resetLimits);

backendEdges('MemoryBackend', openMemoryBackend);
backendEdges('LogBackend', () => openLogBackend({ segmentSizeBytes: 1024 * 1024 }));
backendEdges('LogBackend with tiny segments and no cache', () =>
  openLogBackend({ segmentSizeBytes: 4096, cacheSizeBytes: 0 }),
);
backendEdges('LogBackend that never syncs', () =>
  openLogBackend({ sync: 'never', segmentSizeBytes: 8192 }),
);

describe('LogBackend', () => {
  test('a reopened backend is what it was: content, hash, size in use, durable revision', async () => {
    for (const cacheSizeBytes of [0, 3000, 1024 * 1024]) {
      const opened = await openLogBackend({ segmentSizeBytes: 4096, cacheSizeBytes });
      const { backend } = opened;
      fill(backend.batchTx());
      for (let main = 20; main < 90; main++) backend.batchTx().putRevision(revision(main));
      for (let main = 25; main < 80; main += 3) {
        backend.batchTx().delete('key', encodeRevision(main, 0));
      }
      const before = [contentOf(backend.readTx()), backend.hash(), backend.sizeInUse()];
      const again = await opened.reopen!();
      expect([contentOf(again.readTx()), again.hash(), again.sizeInUse()]).toEqual(before);
      expect(again.durableRevision()).toBe(89);
      await opened.dispose();
    }
  });

  test('removals in the segment that is being scanned leave no half-read segment in the cache', async () => {
    // One big sealed segment of many units; each removal reads a record of the scan's own segment.
    Object.assign(limits, { segmentSizeBytesMin: 256 * 1024, zeroFillBytes: 256 * 1024 });
    const shape = { segmentSizeBytes: 256 * 1024, cacheSizeBytes: 300 * 1024 };
    const opened = await openLogBackend(shape);
    const batch = opened.backend.batchTx();
    for (let main = 2; main < 200; main++) {
      batch.putRevision(revision(main, { value: Buffer.alloc(2000, main) }));
      if (main % 9 === 0) batch.delete('key', encodeRevision(main - 5, 0));
    }
    const before = contentOf(opened.backend.readTx());
    expect(contentOf((await opened.reopen!()).readTx())).toEqual(before);
    await opened.dispose();
    Object.assign(limits, { segmentSizeBytesMin: 2048, zeroFillBytes: 1024 });
  });

  test('what only an open view keeps does not come back to life after defrag and reopen', async () => {
    const opened = await openLogBackend();
    const { backend } = opened;
    fill(backend.batchTx());
    const view = backend.concurrentReadTx();
    backend.batchTx().delete('key', encodeRevision(5, 0));
    const before = [contentOf(backend.readTx()), backend.sizeInUse()];
    await backend.defrag();
    view.close();
    const again = await opened.reopen!();
    expect([contentOf(again.readTx()), again.sizeInUse()]).toEqual(before);
    await opened.dispose();
  });

  test('no space: the single write fails, the backend goes on', async () => {
    const fs = new WatchedFs(emptyFs());
    const { backend, dispose } = await openLogBackend({}, fs);
    const batch = backend.batchTx();
    fs.onCall = () => {
      throw osError('ENOSPC');
    };
    const value = 'x'.repeat(5000);
    const full = expect.objectContaining({ code: 'ERR_NO_SPACE' }) as Error;
    expect(() => batch.putRevision(revision(2, { value }))).toThrowError(full);
    expect(() => batch.put('meta', bytes('a'), bytes(value))).toThrowError(full);
    fs.onCall = () => {};
    expect(contentOf(backend.readTx())).toHaveLength(4);
    batch.putRevision(revision(2, { value }));
    batch.put('meta', bytes('a'), bytes(value));
    expect(contentOf(backend.readTx())).toHaveLength(6);
    await dispose();
  });

  test('read-only: writes are refused, the files stay as they are', async () => {
    const fs = new WatchedFs(emptyFs());
    const first = await openLogBackend({}, fs);
    fill(first.backend.batchTx());
    await first.dispose();
    fs.take();
    const { backend, dispose } = await openLogBackend({ readOnly: true }, fs);
    expect(() => backend.batchTx().put('meta', bytes('a'), bytes('b'))).toThrowError(
      expect.objectContaining({ code: 'ERR_READ_ONLY' }) as Error,
    );
    expect(contentOf(backend.readTx()).length).toBeGreaterThan(4);
    await dispose();
    expect(fs.take()).toEqual([]);
  });

  test.each(['write CHECKPOINT', 'sync CHECKPOINT', 'rename CHECKPOINT'])(
    'a checkpoint that fails at close (%s) fails nothing else',
    async (call) => {
      Object.assign(limits, { checkpointRecordsMin: 1 });
      const fs = new WatchedFs(emptyFs());
      const opened = await openLogBackend({}, fs);
      fill(opened.backend.batchTx());
      const before = contentOf(opened.backend.readTx());
      fs.onCall = (made) => {
        if (made.startsWith(call)) throw osError('ENOSPC');
      };
      await opened.dispose();
      fs.onCall = () => {};
      expect(contentOf((await openLogBackend({}, fs)).backend.readTx())).toEqual(before);
    },
  );

  test('in mode never checkpoints are written too, when a flush makes them true', async () => {
    limits.checkpointBytesMin = 1;
    const fs = new WatchedFs(emptyFs());
    const { backend, dispose } = await openLogBackend(
      { sync: 'never', segmentSizeBytes: 4096 },
      fs,
    );
    const batch = backend.batchTx();
    for (let round = 0; round < 3; round++) {
      for (let main = 2; main < 40; main++) {
        batch.putRevision(revision(main + 40 * round, { value: 'x'.repeat(200) }));
      }
      await backend.flush();
      for (let i = 0; i < 20; i++) await turn();
    }
    expect(fs.calls.filter((call) => call.startsWith('rename CHECKPOINT')).length).toBeGreaterThan(
      1,
    );
    await dispose();
  });
});
