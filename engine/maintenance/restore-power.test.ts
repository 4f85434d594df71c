/** Power cuts during a restore: at any call, keeping any part of what was not synced. */
import { test } from 'vitest';
import { MemoryBackend } from '../backend/memory-backend.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { Pacer } from '../base/pacer.ts';
import { KvStore } from '../mvcc/kvstore.ts';
import { type FileSystem, memoryFs } from '../vfs/index.ts';
import { backupTo } from './backup.ts';
import { SOURCE, survivesPowerCuts } from './new-store-power.testing.ts';
import { Pins } from './pins.ts';
import { restoreBackup } from './restore-backup.ts';

const pacer = (): Pacer =>
  new Pacer({ clock: systemClock, activity: () => 0, isAwaited: () => false });

async function backup(): Promise<FileSystem> {
  const fs = memoryFs();
  const { index, restore } = KvStore.newIndex(() => 0.5);
  restore.finish();
  const backend = MemoryBackend.open();
  const kv = new KvStore(backend, index);
  for (let i = 0; i < 200; i++) kv.put(`key${i % 50}`, 'v'.repeat(i), 0n);
  const seams = { fs, directory: undefined, clock: systemClock, logger: silentLogger, pacer };
  await backupTo({ kv, backend, ...seams }, new Pins(), SOURCE, () => {});
  return fs;
}

test('leave no store, or a sound one; and the next attempt goes through', async () => {
  await survivesPowerCuts(await backup(), 201, 60, (directory, options) =>
    restoreBackup(SOURCE, directory, options),
  );
});
