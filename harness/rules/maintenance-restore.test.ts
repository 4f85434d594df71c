/** Restore: a whole store or none, ahead of what clients saw if asked to be. */
import { beforeEach, describe, expect, test } from 'vitest';
import { open, restore, verify } from '../../engine/index.ts';
import { contents, someHistory } from './backups.ts';
import { bytesOf, FaultyDisk, flip, killAt, noSpace } from './faulty-disk.ts';
import { shown } from './stores.ts';

describe('restore', () => {
  let disk: FaultyDisk;
  beforeEach(async () => {
    disk = new FaultyDisk();
    const store = await open('/store', { fs: disk });
    await someHistory(store);
    await store.backup('/copy');
    await store.close();
  });
  const REVISION = 8;

  test('bumpRevision: the store is ahead of what clients saw, and stays so', async () => {
    const options = { fs: disk, bumpRevision: 1000 };
    expect(await restore('/copy', '/restored', options)).toMatchObject({
      revision: REVISION + 1000,
    });
    for (let session = 0; session < 2; session++) {
      const store = await open('/restored', { fs: disk });
      expect([store.revision, store.compactRevision]).toEqual([REVISION + 1000, -1]);
      expect(store.durableRevision).toBe(store.revision);
      // A default read must not wait for a commit that nobody asks for.
      expect(shown([(await store.get('a'))!])).toEqual(['a=2']);
      expect((await store.get('a', { revision: REVISION + 500 }))?.modRevision).toBe(4);
      await store.close();
    }
    const store = await open('/restored', { fs: disk });
    expect((await store.put('a', '3')).revision).toBe(REVISION + 1001);
    expect((await store.get('a'))?.version).toBe(3);
    await store.close();
  });

  test('nobody waits for a revision that was only raised, so background work does not make way', async () => {
    await restore('/copy', '/raised', { fs: disk, bumpRevision: 1000 });
    const turns: number[] = [];
    for (const directory of ['/store', '/raised']) {
      await using store = await open(directory, { fs: disk });
      let isOver = false;
      const counting = (async () => {
        for (let count = 0; ; count++) {
          if (isOver) return count;
          await new Promise(setImmediate);
        }
      })();
      await store.verify();
      isOver = true;
      turns.push(await counting);
    }
    expect(turns[1]).toBeLessThan(2 * turns[0]! + 50);
  });

  test('markCompacted: everything below the raised revision is refused (R20, R80)', async () => {
    const options = { fs: disk, bumpRevision: 1000, markCompacted: true };
    const { revision } = await restore('/copy', '/restored', options);
    const store = await open('/restored', { fs: disk });
    expect([store.revision, store.compactRevision]).toEqual([revision, revision]);
    expect(shown([(await store.get('a'))!])).toEqual(['a=2']);
    const refused = { code: 'ERR_COMPACTED', compactRevision: revision };
    await expect(store.get('a', { revision: revision - 1 })).rejects.toMatchObject(refused);
    await expect(store.history('a', { from: REVISION }).next()).rejects.toMatchObject(refused);
    expect((await store.put('a', '3')).revision).toBe(revision + 1);
    await store.close();
    // What the compaction that was resumed removed is gone, and the revision has not gone back.
    const again = await open('/restored', { fs: disk });
    expect([again.revision, again.compactRevision]).toEqual([revision + 1, revision]);
    await again.close();
  });

  test('many segments are one store', async () => {
    await restore('/copy', '/one', { fs: disk });
    await restore('/copy', '/many', { fs: disk, segmentSizeBytes: 32 * 1024, bumpRevision: 1 });
    expect(disk.list('/many').length).toBeGreaterThan(disk.list('/one').length + 5);
    const [one, many] = await Promise.all(
      ['/one', '/many'].map((directory) => open(directory, { fs: disk, readOnly: true })),
    );
    const [expected, found] = [await contents(one!), await contents(many!)];
    expect(found.slice(1)).toEqual(expected.slice(1));
    await Promise.all([one!.close(), many!.close()]);
    expect(await verify('/many', { fs: disk })).toEqual({ ok: true, problems: [] });
    const refused = restore('/copy', '/none', { fs: disk, segmentSizeBytes: 100 });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });

  test('bumping may be repeated, and is refused beyond 2^53', async () => {
    await restore('/copy', '/first', { fs: disk, bumpRevision: 10 });
    const store = await open('/first', { fs: disk });
    await store.backup('/second-copy');
    await store.close();
    const { revision } = await restore('/second-copy', '/second', { fs: disk, bumpRevision: 10 });
    expect(revision).toBe(REVISION + 20);
    for (const bumpRevision of [-1, 0.5, Number.MAX_SAFE_INTEGER, Number.NaN]) {
      const refused = restore('/copy', '/third', { fs: disk, bumpRevision });
      await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    }
  });

  test('refuses a directory that is in use, and a file that is no backup', async () => {
    await expect(restore('/copy', '/store', { fs: disk })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining('not empty') as string,
    });
    const code = 'ERR_CORRUPT';
    await expect(restore('/store/MANIFEST', '/r', { fs: disk })).rejects.toMatchObject({ code });
    await expect(restore('/none', '/r', { fs: disk })).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
  });

  test('a flipped bit anywhere in the file is noticed before anything is written', async () => {
    const { length } = bytesOf(disk, '/copy');
    for (let at = 0; at < length; at += 4999) {
      flip(disk, '/copy', at);
      const refused = restore('/copy', '/restored', { fs: disk });
      await expect(refused).rejects.toMatchObject({ code: 'ERR_CORRUPT' });
      flip(disk, '/copy', at);
    }
    expect(() => disk.list('/restored')).toThrow();
  });

  test('killed at any moment: no store, or all of it; and a second attempt goes through', async () => {
    const whole = await restore('/copy', '/whole', { fs: disk });
    let isWhole = false;
    let kills = 0;
    for (; !isWhole; kills++) {
      const directory = `/restored${kills}`;
      killAt(disk, kills);
      const finished = restore('/copy', directory, { fs: disk }).then(
        () => true,
        () => false,
      );
      isWhole = await finished;
      disk.onCall = () => {};
      const store = await open(directory, { fs: disk, createIfMissing: false }).catch(
        () => undefined,
      );
      if (store === undefined) {
        expect(isWhole).toBe(false);
        expect(await restore('/copy', directory, { fs: disk })).toEqual(whole);
        continue;
      }
      expect(store.revision).toBe(REVISION);
      expect(await store.count({ all: true })).toBe(2003);
      await store.close();
    }
    expect(kills).toBeGreaterThan(8);
  });

  test('a half restored directory does not become an empty store by being opened', async () => {
    disk.onCall = (call) => {
      if (call.startsWith('write /restored/')) throw new Error('killed');
      if (call.startsWith('remove ')) throw new Error('killed');
    };
    await expect(restore('/copy', '/restored', { fs: disk })).rejects.toThrow('killed');
    disk.onCall = () => {};
    await expect(open('/restored', { fs: disk })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining('RESTORE-UNFINISHED') as string,
    });
  });

  test('a full disk leaves nothing behind, and says so', async () => {
    disk.onCall = (call) => {
      if (call.startsWith('write /restored')) throw noSpace();
    };
    const full = restore('/copy', '/restored', { fs: disk });
    await expect(full).rejects.toMatchObject({ code: 'ERR_NO_SPACE' });
    expect(disk.list('/restored')).toEqual([]);
  });
});
