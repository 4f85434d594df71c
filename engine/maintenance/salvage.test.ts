/** Salvage of stores that have lost nothing, and what it refuses. */
import { describe, expect, test } from 'vitest';
import { limits } from '../base/limits.ts';
import { type FileSystem, memoryFs } from '../vfs/index.ts';
import { salvageDirectory } from './salvage.ts';
import {
  breakFrame,
  bytesOf,
  change,
  DIRECTORY,
  filledStore,
  framesOf,
  namesOf,
  openStore,
  OUT,
  seen,
} from './salvage.testing.ts';
import { compacted, frameOf, salvage, segmentOf } from './salvage-checks.testing.ts';
import { verifyDirectory } from './verify-directory.ts';

describe('a store without damage', () => {
  test.each([
    ['that was closed', {}],
    ['that was compacted and cleaned', compacted],
    ['that was compacted, and has on disk what was removed', { ...compacted, isCleaned: false }],
    ['that was killed', { isKilled: true }],
  ])('%s is copied as it is', async (_what, filling) => {
    const { fs } = await filledStore(filling);
    const report = await salvage(fs);
    expect(report).toMatchObject({ complete: true, lost: [], uncertainUpTo: 0 });
    const expected = await seen(fs, DIRECTORY);
    expect(await seen(fs, OUT)).toEqual(expected);
    expect(expected.leases).toBe(1);
    expect(report.changes).toBe(expected.records);
    expect(report.revision).toBe(expected.revision);
    expect(report.compactRevision).toBe(expected.compactRevision);
    expect(report.closedCleanly).toBe(filling !== undefined && !('isKilled' in filling));
  });

  test('with a torn tail is what the next open makes of it', async () => {
    const { fs } = await filledStore({ isKilled: true });
    const last = framesOf(fs).at(-1)!;
    breakFrame(fs, last);
    const report = await salvage(fs);
    expect(report).toMatchObject({ complete: true, lost: [] });
    expect(report.tornTail).toMatchObject({ file: last.path, offset: expect.any(Number) });
    expect(report.sentences.join()).toContain('never acknowledged');
    const opened = await seen(fs, DIRECTORY);
    expect(await seen(fs, OUT)).toEqual(opened);
    expect(opened.revision).toBe(last.firstRevision - 1);
  });

  test('goes past a revision that only a frame behind its end has', async () => {
    const { fs } = await filledStore({
      isKilled: true,
      more: async (_scribe, { kv, flush }) => {
        // One batch of two frames: neither is claimed.
        limits.framePayloadBytesTarget = 16;
        for (const key of ['one', 'two']) kv.put(key, 'x', 0n);
        await flush();
      },
    });
    const [broken, last] = framesOf(fs).slice(-2);
    breakFrame(fs, broken!);
    const report = await salvage(fs);
    expect(report).toMatchObject({ complete: true, revision: last!.firstRevision });
    expect(report.tornTail?.frames).toBe(1);
    expect((await seen(fs, DIRECTORY)).revision).toBe(broken!.firstRevision - 1);
  });
});

describe('what is damaged and holds nothing', () => {
  test.each(['flipped', 'missing'])('a manifest that is %s', async (how) => {
    const { fs } = await filledStore();
    const expected = await seen(fs, DIRECTORY);
    if (how === 'missing') fs.remove(`${DIRECTORY}/MANIFEST`);
    else change(fs, `${DIRECTORY}/MANIFEST`, (bytes) => void (bytes[40]! ^= 1));
    const report = await salvage(fs);
    expect(report).toMatchObject({ complete: true, lost: [] });
    expect(report.sentences[0]).toContain('MANIFEST at offset 0');
    expect(await seen(fs, OUT)).toEqual(expected);
  });

  test('the header of a segment, with the manifest and without', async () => {
    for (const isListed of [true, false]) {
      const { fs } = await filledStore();
      const expected = await seen(fs, DIRECTORY);
      change(fs, segmentOf(fs, 1), (bytes) => void bytes.fill(0, 0, 512));
      if (!isListed) fs.remove(`${DIRECTORY}/MANIFEST`);
      expect(await salvage(fs)).toMatchObject({ complete: true });
      expect(await seen(fs, OUT)).toEqual(expected);
    }
  });

  test('two files that bear each other’s name', async () => {
    const { fs } = await filledStore();
    const expected = await seen(fs, DIRECTORY);
    const [one, other] = [segmentOf(fs, 0), segmentOf(fs, 2)];
    fs.rename(one, `${DIRECTORY}/aside`);
    fs.rename(other, one);
    fs.rename(`${DIRECTORY}/aside`, other);
    const report = await salvage(fs);
    expect(report.sentences.join()).toContain(`its content is in ${other}`);
    expect(await seen(fs, OUT)).toEqual(expected);
  });

  test('a mark', async () => {
    const { fs } = await filledStore();
    const again = await openStore(fs, DIRECTORY);
    again.kv.put('later', '1', 0n);
    await again.close();
    const expected = await seen(fs, DIRECTORY);
    const mark = framesOf(fs).find(({ kind }) => kind !== 1)!;
    for (const at of [5, 12, 40, 30]) {
      change(fs, mark.path, (bytes) => void (bytes[mark.at + at]! ^= 4));
      const report = await salvage(fs);
      expect(report).toMatchObject({ complete: true, compactRevision: -1 });
      expect(report.sentences.join()).toContain('it was a mark');
      expect(await seen(fs, OUT)).toEqual(expected);
      change(fs, mark.path, (bytes) => void (bytes[mark.at + at]! ^= 4));
      for (const name of fs.list(OUT)) fs.remove(`${OUT}/${name}`);
    }
  });
});

test('blocks that the disk cannot read are like zeros', async () => {
  const { fs } = await filledStore();
  const frame = frameOf(fs, 20);
  const failing: FileSystem = {
    ...methodsOf(fs),
    open: (path, mode) => {
      const file = fs.open(path, mode);
      if (path !== frame.path) return file;
      return {
        ...methodsOf(file),
        readAt: (target, position) => {
          const end = position + target.length;
          if (position <= frame.at && frame.at < end) {
            throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
          }
          return file.readAt(target, position);
        },
      };
    },
  };
  const report = await salvageDirectory(DIRECTORY, OUT, { fs: failing });
  expect(report.lost[0]!.frames!.from).toBeLessThanOrEqual(frame.sequence);
  expect(await verifyDirectory(OUT, { fs })).toEqual({ ok: true, problems: [] });
});

const code = (expected: string): object => expect.objectContaining({ code: expected });

describe('refuses', () => {
  test('what is no store, what is open, a target that is in use or inside', async () => {
    const { fs } = await filledStore();
    const run = (directory: string, out: string): Promise<unknown> =>
      salvageDirectory(directory, out, { fs });
    await expect(run('/nowhere', OUT)).rejects.toEqual(code('ERR_NOT_FOUND'));
    fs.makeDirectory('/empty');
    await expect(run('/empty', OUT)).rejects.toEqual(code('ERR_NOT_FOUND'));
    await expect(run(DIRECTORY, DIRECTORY)).rejects.toEqual(code('ERR_INVALID_ARGUMENT'));
    await expect(run(DIRECTORY, `${DIRECTORY}/in`)).rejects.toEqual(code('ERR_INVALID_ARGUMENT'));
    await expect(run('', OUT)).rejects.toEqual(code('ERR_INVALID_ARGUMENT'));
    await run(DIRECTORY, OUT);
    await expect(run(DIRECTORY, OUT)).rejects.toEqual(code('ERR_INVALID_ARGUMENT'));
    const lock = fs.lock(`${DIRECTORY}/LOCK`);
    await expect(run(DIRECTORY, '/other')).rejects.toEqual(code('ERR_LOCKED'));
    lock.release();
  });

  test('a store of which nothing is left', async () => {
    const { fs } = await filledStore();
    for (const name of namesOf(fs)) if (name.endsWith('.seg')) fs.remove(`${DIRECTORY}/${name}`);
    await expect(salvageDirectory(DIRECTORY, OUT, { fs })).rejects.toEqual(code('ERR_CORRUPT'));
    expect(() => fs.list(OUT)).toThrow('ENOENT');
  });

  test('half a restore, and half a salvage is begun anew', async () => {
    const { fs } = await filledStore();
    fs.makeDirectory('/half');
    fs.open('/half/RESTORE-UNFINISHED', 'create').close();
    fs.open('/half/0000000001.seg', 'create').close();
    const half = salvageDirectory('/half', OUT, { fs });
    await expect(half).rejects.toEqual(code('ERR_INVALID_ARGUMENT'));
    await salvageDirectory(DIRECTORY, '/half', { fs });
    expect(namesOf(fs, '/half')).toContain('MANIFEST');
  });

  test('to go on when it is told to stop, and leaves nothing', async () => {
    const { fs } = await filledStore();
    const controller = new AbortController();
    const stopping: FileSystem = {
      ...methodsOf(fs),
      open: (path, mode) => {
        if (mode === 'create' && path.endsWith('.seg')) controller.abort(new Error('enough'));
        return fs.open(path, mode);
      },
    };
    const { signal } = controller;
    const stopped = salvageDirectory(DIRECTORY, OUT, { fs: stopping, signal });
    await expect(stopped).rejects.toThrow('enough');
    expect(fs.list(OUT)).toEqual([]);
  });
});

test('an empty store is salvaged to an empty one', async () => {
  const fs = memoryFs();
  await (await openStore(fs, DIRECTORY)).close();
  expect(await salvage(fs)).toMatchObject({ complete: true, revision: 1, changes: 0 });
  expect(bytesOf(fs, `${OUT}/MANIFEST`).length).toBeGreaterThan(0);
});

/** A class keeps its methods on its prototype, where spreading does not find them. */
function methodsOf<T extends object>(target: T): T {
  return new Proxy(target, {
    ownKeys: () => Reflect.ownKeys(Object.getPrototypeOf(target) as object),
    getOwnPropertyDescriptor: (_target, key) => ({
      configurable: true,
      enumerable: true,
      value: bound(target, key),
    }),
    get: (_target, key) => bound(target, key),
  });
}

function bound(target: object, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key);
  return typeof value === 'function' ? (value as (this: object) => unknown).bind(target) : value;
}
