/** Backup: a copy of one moment, whole or not there, that becomes a store of its own. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedStore, open, openMemory, restore } from '../../engine/index.ts';
import { type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { contents, someHistory } from './backups.ts';
import { bytesOf, FaultyDisk, noSpace } from './faulty-disk.ts';
import { putAll } from './stores.ts';

/** Many segments, and nothing kept in memory. */
const SMALL = { segmentSizeBytes: 64 * 1024, cacheSizeBytes: 0 };

describe.each(['memory', 'directory'])('from a store in %s', (kind) => {
  let fs: FileSystem;
  let store: EmbeddedStore;
  beforeEach(async () => {
    fs = memoryFs();
    store = kind === 'memory' ? await openMemory({ fs }) : await open('/store', { fs, ...SMALL });
    await someHistory(store);
  });
  afterEach(() => store.close());

  test('R152: the restored store is equal; the file ends with the SHA-256 of the rest', async () => {
    const info = await store.backup('/copy');
    const bytes = bytesOf(fs, '/copy');
    const digest = createHash('sha256').update(bytes.subarray(0, -32)).digest('hex');
    expect(bytes.subarray(-32).toString('hex')).toBe(digest);
    expect(info).toEqual({ revision: store.revision, bytes: bytes.length, checksum: digest });
    expect(bytes.length % 512).toBe(32);

    expect(await restore('/copy', '/restored', { fs })).toEqual(info);
    const restored = await open('/restored', { fs });
    expect(await contents(restored)).toEqual(await contents(store));
    const { hash } = await restored.hashKv().catch(() => ({ hash: 0 }));
    expect(hash).toBe((await store.hashKv().catch(() => ({ hash: 0 }))).hash);
    await restored.put('after', '1');
    await restored.close();
    const again = await open('/restored', { fs });
    expect((await again.get('after'))?.modRevision).toBe(store.revision + 1);
    await again.close();
  });

  test('shows the moment of the call, whatever is written, compacted and cleaned meanwhile', async () => {
    await putAll(store, 'a=3 a=4 a=5');
    const before = await contents(store);
    const backup = store.backup('/copy');
    const later = (async () => {
      for (let round = 0; round < 20; round++) {
        await store.put('a', `later${round}`);
        await store.delete({ prefix: `key${round}` });
        await store.compact(store.revision);
        await store.defragment();
      }
    })();
    await Promise.all([backup, later]);
    await restore('/copy', '/restored', { fs });
    const restored = await open('/restored', { fs, readOnly: true });
    expect(await contents(restored)).toEqual(before);
    await restored.close();
    await store.compact(store.revision - 1, { physical: true }).catch(() => {});
  });

  test('a compacted store stays compacted', async () => {
    await putAll(store, 'a=3 a=4');
    await store.compact(store.revision - 1, { physical: true });
    await store.backup('/copy');
    await restore('/copy', '/restored', { fs });
    const restored = await open('/restored', { fs });
    expect(await contents(restored)).toEqual(await contents(store));
    await restored.close();
  });

  test('refuses a file that exists, and leaves it alone', async () => {
    await store.backup('/copy');
    const before = bytesOf(fs, '/copy');
    await expect(store.backup('/copy')).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining('/copy exists') as string,
    });
    expect(bytesOf(fs, '/copy').equals(before)).toBe(true);
    await expect(store.backup('/missing/copy')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    await expect(store.backup('')).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });

  test('stops at the signal, and when the store closes, and leaves nothing', async () => {
    await store.write((tx) => {
      for (let i = 0; i < 2000; i++) tx.put(`large${i}`, 'v'.repeat(2000));
    });
    const controller = new AbortController();
    const aborted = store.backup('/copy', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    const overtaken = store.backup('/copy');
    const closing = store.close();
    await expect(overtaken).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await closing;
    expect(fs.list('/').filter((name) => name.startsWith('copy'))).toEqual([]);
  });
});

describe('backup on a failing disk', () => {
  test('a full disk rejects the backup, leaves nothing, and does no harm to the store', async () => {
    const disk = new FaultyDisk();
    const store = await open('/store', { fs: disk });
    await someHistory(store);
    disk.onCall = (call) => {
      if (call === 'write /copy.tmp') throw noSpace();
    };
    await expect(store.backup('/copy')).rejects.toMatchObject({ code: 'ERR_NO_SPACE' });
    disk.onCall = () => {};
    expect(disk.list('/').filter((name) => name.startsWith('copy'))).toEqual([]);
    await store.put('a', 'still works');
    await store.backup('/copy');
    await store.close();
  });

  test('no backup is ahead of its store: what is in it is on disk in the store too', async () => {
    const disk = new FaultyDisk();
    const store = await open('/store', { fs: disk, sync: 'never' });
    await store.put('a', '1');
    disk.onCall = (call) => {
      if (/^sync .*\.seg$/.test(call)) throw new Error('the disk is gone');
    };
    await expect(store.backup('/copy')).rejects.toMatchObject({ code: 'ERR_POISONED' });
    expect(disk.list('/')).not.toContain('copy');
    disk.onCall = () => {};
    await store.close();
  });
});

test('on a real disk', async () => {
  const root = await mkdtemp(join(tmpdir(), 'varve-backup-'));
  try {
    const store = await open(join(root, 'store'));
    await someHistory(store);
    const info = await store.backup(join(root, 'copy'));
    expect((await readFile(join(root, 'copy'))).length).toBe(info.bytes);
    expect((await readdir(root)).toSorted()).toEqual(['copy', 'store']);
    await restore(join(root, 'copy'), join(root, 'restored'));
    const restored = await open(join(root, 'restored'));
    expect(await contents(restored)).toEqual(await contents(store));
    await restored.close();
    await store.close();
  } finally {
    await rm(root, { recursive: true });
  }
});
