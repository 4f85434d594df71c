/**
 * From a backup's file to the directory of a new store. The store gets an id of its own, and frames are
 * numbered from 1: nothing of it can be taken for a part of the store that was backed up.
 *
 * Its segments are the backup's frames, sealed: every one is claimed, so any damage shows later. How the
 * directory comes to be a store: `new-store.ts`.
 *
 * **Revisions.** A store restored from yesterday's backup would give out again the revisions that clients have
 * seen since. `bumpRevision` raises the current revision beyond them; `markCompacted` makes watchers that come
 * with a revision of the lost stretch be told that it is compacted, instead of waiting.
 */
import { invalidArgument } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { traced } from '../base/tracing.ts';
import type { BackupInfo, CallOptions } from '../types.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import { nodeFs } from '../vfs/node-fs.ts';
import { checkBackup } from './backup-file.ts';
import { diskError } from './disk-error.ts';
import { inSlices } from './in-slices.ts';
import { checkSegmentSize, claimNewStore, clearNewStore, finishNewStore } from './new-store.ts';
import { backupFrames } from './restore-frames.ts';
import { RestoredLog } from './restored-log.ts';
import { RestoredMeta } from './restored-meta.ts';

export interface RestoreOptions extends CallOptions {
  /** Added to the backup's revision: more than the store may have made since. Default 0. */
  readonly bumpRevision?: number;
  /** Reads and watches below the (raised) revision are refused, as after a compaction at it. */
  readonly markCompacted?: boolean;
  /** Default 64 MiB: the segments are about this long. */
  readonly segmentSizeBytes?: number;
  readonly fs?: FileSystem;
  readonly random?: () => number;
  readonly logger?: Logger;
}

const TARGET_ADVICE = "restore into a new directory, and put it in the old one's place yourself";

/**
 * Makes a store of the backup in `file`. The directory must be empty or missing, or hold what an interrupted
 * restore left. Resolves to the revision the store has now, and the file's size and checksum.
 *
 * Errors: ERR_CORRUPT (the file is not what `backup` wrote), ERR_NOT_FOUND, ERR_LOCKED, ERR_NO_SPACE,
 * ERR_INVALID_ARGUMENT (the directory is in use; options). After an error the directory is empty,
 * or what it was.
 * @public
 */
export function restoreBackup(
  file: string,
  directory: string,
  options: RestoreOptions = {},
): Promise<BackupInfo> {
  const { logger = silentLogger } = options;
  return traced('restore', { directory, file }, async (trace) => {
    options.signal?.throwIfAborted();
    checkOptions(file, directory, options);
    logger.debug({ file, directory }, 'restore begins');
    const info = await restore(file, directory, options);
    logger.info({ file, directory, ...info }, 'backup restored');
    Object.assign(trace, info);
    return info;
  });
}

function checkOptions(
  file: string,
  directory: string,
  { bumpRevision = 0, segmentSizeBytes }: RestoreOptions,
): void {
  if (
    typeof file !== 'string' ||
    file === '' ||
    typeof directory !== 'string' ||
    directory === ''
  ) {
    throw invalidArgument('restore needs the path of a backup and that of a directory');
  }
  if (!Number.isSafeInteger(bumpRevision) || bumpRevision < 0) {
    throw invalidArgument(`bumpRevision is a whole number from 0 on, not ${bumpRevision}`);
  }
  checkSegmentSize(segmentSizeBytes);
}

async function restore(
  path: string,
  directory: string,
  options: RestoreOptions,
): Promise<BackupInfo> {
  const { fs = nodeFs, signal } = options;
  let source: File | undefined;
  try {
    source = fs.open(path, 'read');
    const { contentBytes, checksum } = await inSlices(checkBackup(source), signal);
    const revision = await restoreInto(fs, directory, source, contentBytes, options);
    return { revision, bytes: source.size(), checksum };
  } catch (error) {
    throw diskError(error, source === undefined ? path : directory);
  } finally {
    source?.close();
  }
}

async function restoreInto(
  fs: FileSystem,
  directory: string,
  source: File,
  contentBytes: number,
  options: RestoreOptions,
): Promise<number> {
  const { random = Math.random, segmentSizeBytes = 64 * 1024 * 1024, signal } = options;
  fs.makeDirectory(directory);
  const lock = fs.lock(`${directory}/LOCK`);
  try {
    claimNewStore(fs, directory, TARGET_ADVICE);
    const log = new RestoredLog(fs, directory, segmentSizeBytes, random);
    try {
      const revision = await inSlices(build(source, contentBytes, log, options), signal);
      finishNewStore(fs, directory);
      return revision;
    } catch (error) {
      log.dispose();
      if (!log.isComplete) clearNewStore(fs, directory);
      throw error;
    }
  } finally {
    lock.release();
  }
}

function* build(
  source: File,
  contentBytes: number,
  log: RestoredLog,
  options: RestoreOptions,
): Generator<File | undefined, number, void> {
  const meta = new RestoredMeta(source.path);
  for (const frame of backupFrames(source, contentBytes)) {
    meta.visit(frame);
    yield* log.addFrame(frame);
  }
  const revision = meta.raise(options);
  yield* log.addRecords(meta.records());
  yield* log.finish();
  return revision;
}
