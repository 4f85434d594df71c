/** Power cuts during a restore: at any call, keeping any part of what was not synced. */
import { expect, test } from 'vitest';
import { MemoryBackend } from '../backend/memory-backend.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { Pacer } from '../base/pacer.ts';
import { PowerFs } from '../log/power.testing.ts';
import { KvStore } from '../mvcc/kvstore.ts';
import { type FileSystem, memoryFs } from '../vfs/index.ts';
import { backupTo } from './backup.ts';
import { Pins } from './pins.ts';
import { restoreBackup } from './restore-backup.ts';
import { verifyDirectory } from './verify-directory.ts';

const COPY = '/copy';
const DIRECTORY = '/restored';

const pacer = (): Pacer => new Pacer(systemClock, () => 0);

async function backup(): Promise<FileSystem> {
  const fs = memoryFs();
  const { index, restore } = KvStore.newIndex(() => 0.5);
  restore.finish();
  const backend = MemoryBackend.open();
  const kv = new KvStore(backend, index);
  for (let i = 0; i < 200; i++) kv.put(`key${i % 50}`, 'v'.repeat(i), 0n);
  const seams = { fs, directory: undefined, clock: systemClock, logger: silentLogger, pacer };
  await backupTo({ kv, backend, ...seams }, new Pins(), COPY, () => {});
  return fs;
}

/** The backup on a disk that stays, the directory on one that loses power at the n-th change. */
function cutting(copies: FileSystem, power: PowerFs, n: number): FileSystem {
  let calls = 0;
  const change = (): void => {
    if (calls++ >= n) throw new Error('the power is gone');
  };
  return {
    kind: 'cutting',
    open(path, mode) {
      if (path === COPY) return copies.open(path, mode);
      if (mode === 'create') change();
      const file = power.open(path, mode);
      return {
        path,
        size: () => file.size(),
        readAt: (target, position) => file.readAt(target, position),
        writeAt: (source, position) => {
          change();
          file.writeAt(source, position);
        },
        sync: () => {
          change();
          file.sync();
        },
        syncInBackground: async () => {
          change();
          await file.syncInBackground();
        },
        truncate: () => file.truncate(0),
        close: () => file.close(),
      };
    },
    rename(source, target) {
      change();
      power.rename(source, target);
    },
    remove(path) {
      change();
      power.remove(path);
    },
    removeInBackground: async (path) => power.remove(path),
    list: () => power.list(),
    makeDirectory: () => power.makeDirectory(),
    syncDirectory() {
      change();
      power.syncDirectory();
    },
    lock: () => power.lock(),
  };
}

test('leave no store, or a sound one; and the next attempt goes through', async () => {
  const copies = await backup();
  let seed = 7587;
  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed / 2 ** 32;
  };
  const outcomes = new Set<string>();
  for (let n = 0; n < 60; n++) {
    for (let repeat = 0; repeat < 4; repeat++) {
      const power = new PowerFs();
      const fs = cutting(copies, power, n);
      const finished = await restoreBackup(COPY, DIRECTORY, {
        fs,
        random,
        segmentSizeBytes: 8192,
      }).then(
        () => true,
        () => false,
      );
      const after = cutting(copies, power.powerCut(random), Number.POSITIVE_INFINITY);
      const found = await verifyDirectory(DIRECTORY, { fs: after }).then(
        ({ ok, problems }) => (ok ? 'sound' : problems.join('\n')),
        (error: { code?: string }) => String(error.code),
      );
      outcomes.add(found);
      if (finished) expect(found).toBe('sound');
      if (found === 'sound') continue;
      expect(found).toMatch(/^ERR_(NOT_FOUND|INVALID_ARGUMENT)$/);
      expect(await restoreBackup(COPY, DIRECTORY, { fs: after, random })).toMatchObject({
        revision: 201,
      });
      expect(await verifyDirectory(DIRECTORY, { fs: after })).toEqual({ ok: true, problems: [] });
    }
  }
  expect([...outcomes].toSorted()).toEqual(['ERR_INVALID_ARGUMENT', 'ERR_NOT_FOUND', 'sound']);
});
