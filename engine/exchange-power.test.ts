/** Power cuts during the import of a snapshot: at any call, keeping any part of what was not synced. */
import { test } from 'vitest';
import { importSnapshot } from './bolt/import-snapshot.ts';
import { exportSnapshot } from './exchange.ts';
import { SOURCE, survivesPowerCuts } from './maintenance/new-store-power.testing.ts';
import { open } from './open.ts';
import { type FileSystem, memoryFs } from './vfs/index.ts';

async function snapshot(): Promise<FileSystem> {
  const fs = memoryFs();
  const store = await open('/store', { fs, sync: 'never' });
  await store.leases.grant({ ttlSeconds: 1000, id: 7n });
  for (let i = 0; i < 200; i++) {
    await store.put(`key${i % 50}`, 'v'.repeat(i), i % 9 === 0 ? { lease: 7n } : {});
  }
  await store.compact(20, { physical: true });
  await store.delete({ prefix: 'key1' });
  await exportSnapshot(store, SOURCE);
  await store.close();
  return fs;
}

test('leave no store, or a sound one; and the next attempt goes through', async () => {
  await survivesPowerCuts(await snapshot(), 202, 40, (directory, options) =>
    importSnapshot(SOURCE, directory, options),
  );
});
