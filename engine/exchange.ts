/** Stores as etcd snapshot files, from a directory or from an open store. */
import { type ExportInfo, type WriteOptions, writeSnapshot } from './bolt/export-snapshot.ts';
import { invalidArgument } from './base/errors.ts';
import { insidesOf } from './insides.ts';
import { open } from './open.ts';
import type { EmbeddedStore } from './types.ts';
import type { Logger } from './base/logger.ts';
import type { FileSystem } from './vfs/fs.ts';

export interface ExportOptions extends WriteOptions {
  /** For a directory; an open store has its own. */
  readonly fs?: FileSystem;
  readonly logger?: Logger;
}

/**
 * Writes the store to `file` as an etcd snapshot (R152), which must not exist and appears whole or not at
 * all: `etcdctl snapshot restore` makes an etcd member of it, with the same keys, revisions, history, leases
 * and compacted revision, and `importSnapshot` a store. The source is the directory of a store that is not
 * open, or an open store, which goes on meanwhile: the file shows it as of the call.
 *
 * Two things etcd does not know: a revision that a restore has raised above the last change (etcd goes on
 * from the last change), and a tombstone right at the compacted revision, which etcd before 3.4.34 ignores.
 *
 * Errors: ERR_NOT_FOUND, ERR_LOCKED, ERR_CORRUPT, ERR_NO_SPACE, ERR_POISONED, ERR_CLOSED,
 * ERR_INVALID_ARGUMENT (the file exists; neither directory nor store). Then there is no file.
 * @public
 */
export async function exportSnapshot(
  source: string | EmbeddedStore,
  file: string,
  options: ExportOptions = {},
): Promise<ExportInfo> {
  options.signal?.throwIfAborted();
  if (typeof file !== 'string' || file === '') {
    throw invalidArgument('an export needs the path of a file that does not exist');
  }
  if (typeof source !== 'string') return write(source, file, options);
  const { fs, logger } = options;
  await using store = await open(source, {
    readOnly: true,
    createIfMissing: false,
    ...(fs === undefined ? {} : { fs }),
    ...(logger === undefined ? {} : { logger }),
  });
  return await write(store, file, options);
}

async function write(
  store: EmbeddedStore,
  file: string,
  { signal, onProgress }: ExportOptions,
): Promise<ExportInfo> {
  const { core } = insidesOf(store);
  core.checkUsable();
  return writeSnapshot(core.maintenance, file, {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}
