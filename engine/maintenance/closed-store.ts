/** A store that nobody has open, read as an open would read it, and changed in nothing. */
import type { Backend } from '../backend/backend.ts';
import { LogBackend } from '../backend/log-backend.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { KvStore } from '../mvcc/kvstore.ts';
import type { TreeIndex } from '../mvcc/tree-index.ts';
import type { FileSystem } from '../vfs/fs.ts';

export interface ClosedStore {
  readonly kv: KvStore;
  readonly backend: Backend;
  readonly index: TreeIndex;
}

/** The caller holds its lock. Errors: ERR_CORRUPT; AssertionError where its records contradict each other. */
export async function readClosedStore<R>(
  fs: FileSystem,
  directory: string,
  signal: AbortSignal | undefined,
  look: (store: ClosedStore) => Promise<R>,
): Promise<R> {
  const { index, restore } = KvStore.newIndex(Math.random);
  const backend = await LogBackend.open({ ...READ_ONLY, fs, directory, index: restore, signal });
  try {
    return await look({ kv: new KvStore(backend, index), backend, index });
  } finally {
    await backend.close();
  }
}

const READ_ONLY = {
  readOnly: true,
  sync: 'commit',
  batchIntervalMs: 100,
  batchLimit: 10_000,
  segmentSizeBytes: 64 * 1024 * 1024,
  cacheSizeBytes: 64 * 1024 * 1024,
  clock: systemClock,
  random: Math.random,
  logger: silentLogger,
} as const;
