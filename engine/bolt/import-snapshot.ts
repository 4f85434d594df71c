/**
 * From an etcd snapshot to the directory of a new store: every record keeps its revision, so the history, what
 * is compacted, versions, leases and HashKV are those of the source.
 *
 * The records are written in whole transactions; what is there then is read back and compared before the
 * marker goes (`maintenance/new-store.ts`).
 */
import { createHash } from 'node:crypto';
import { corrupt, invalidArgument } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { traced } from '../base/tracing.ts';
import { diskError } from '../maintenance/disk-error.ts';
import { inSlices } from '../maintenance/in-slices.ts';
import {
  checkSegmentSize,
  claimNewStore,
  clearNewStore,
  finishNewStore,
} from '../maintenance/new-store.ts';
import { RestoredLog } from '../maintenance/restored-log.ts';
import type { CallOptions } from '../types.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import { nodeFs } from '../vfs/node-fs.ts';
import { BoltFile } from './bolt-file.ts';
import type { AlarmName } from './etcd-buckets.ts';
import {
  leaseRecords,
  leftOutOf,
  metaRecords,
  readAlarms,
  readCompactions,
} from './import-buckets.ts';
import { importedFrames, type Seen } from './import-records.ts';
import { type Imported, verifyImport } from './import-verify.ts';

export interface ImportOptions extends CallOptions {
  /** Take a file without the SHA-256 at its end, such as a copy of an etcd member's `member/snap/db`. */
  readonly skipHashCheck?: boolean;
  /** Default 64 MiB: the segments are about this long. */
  readonly segmentSizeBytes?: number;
  readonly fs?: FileSystem;
  readonly random?: () => number;
  readonly logger?: Logger;
  /** Told now and then: records so far, and about which part of the whole is done (0 to 1). */
  readonly onProgress?: (records: number, fraction: number) => void;
}

export interface ImportInfo extends Imported {
  /** Of the history: puts and deletes. */
  readonly records: number;
  /** That are on: with NOSPACE the store refuses puts until it is disarmed, as the source does. */
  readonly alarms: readonly AlarmName[];
  /** Buckets with something for which a store has no place: members, users, roles. */
  readonly leftOut: readonly string[];
}

const DIGEST_BYTES = 32;
const SECTOR_BYTES = 512;

/**
 * Makes a store of an etcd snapshot: what `etcdctl snapshot save`, `exportSnapshot` or a Varve server's
 * Snapshot wrote. The directory must be empty or missing, or hold what an interrupted import left. The store
 * is read back and compared before this resolves. A key whose lease the file does not know has none.
 *
 * Errors: ERR_CORRUPT (the file is damaged or no snapshot; says which page), ERR_NOT_FOUND, ERR_LOCKED,
 * ERR_NO_SPACE, ERR_INVALID_ARGUMENT (the directory is in use; options). After an error the directory is
 * empty, or what it was.
 * @public
 */
export function importSnapshot(
  file: string,
  directory: string,
  options: ImportOptions = {},
): Promise<ImportInfo> {
  const { logger = silentLogger } = options;
  return traced('restore', { directory, file }, async (trace) => {
    options.signal?.throwIfAborted();
    checkOptions(file, directory, options);
    logger.debug({ file, directory }, 'import begins');
    const info = await importFile(file, directory, options);
    if (info.leftOut.length > 0) {
      logger.warn({ file, buckets: info.leftOut }, 'a store has no place for these buckets');
    }
    logger.info({ file, directory, ...info }, 'snapshot imported');
    Object.assign(trace, info);
    return info;
  });
}

function checkOptions(file: string, directory: string, { segmentSizeBytes }: ImportOptions): void {
  const isText = typeof file === 'string' && typeof directory === 'string';
  if (!isText || file === '' || directory === '') {
    throw invalidArgument('an import needs the path of a snapshot and that of a directory');
  }
  checkSegmentSize(segmentSizeBytes);
}

async function importFile(
  path: string,
  directory: string,
  options: ImportOptions,
): Promise<ImportInfo> {
  const { fs = nodeFs, signal, skipHashCheck = false } = options;
  let source: File | undefined;
  try {
    source = fs.open(path, 'read');
    const contentBytes = await inSlices(checkedContent(source, skipHashCheck), signal);
    const bolt = new BoltFile(source, contentBytes);
    return await importInto(fs, directory, bolt, path, options);
  } catch (error) {
    throw diskError(error, source === undefined ? path : directory);
  } finally {
    source?.close();
  }
}

/** How much of the file comes before its digest, which must be right. */
function* checkedContent(file: File, skipHashCheck: boolean): Generator<undefined, number, void> {
  const bytes = file.size();
  const rest = bytes % SECTOR_BYTES;
  if (rest === 0 && bytes > 0 && skipHashCheck) return bytes;
  if (rest === 0 && bytes > 0) {
    throw corrupt(
      file.path,
      'it does not end with a SHA-256, so nothing says that it is whole: take it with `etcdctl snapshot save`, or import it with skipHashCheck',
    );
  }
  if (rest !== DIGEST_BYTES) {
    throw corrupt(
      file.path,
      `${bytes} bytes is no length that a snapshot can have: it was cut, or is something else`,
    );
  }
  const contentBytes = bytes - DIGEST_BYTES;
  if (skipHashCheck) return contentBytes;
  const hash = createHash('sha256');
  const slice = Buffer.allocUnsafe(8 * limits.backgroundSliceBytes);
  for (let at = 0; at < contentBytes; at += slice.length) {
    const part = slice.subarray(0, Math.min(slice.length, contentBytes - at));
    file.readAt(part, at);
    hash.update(part);
    yield;
  }
  const digest = Buffer.alloc(DIGEST_BYTES);
  file.readAt(digest, contentBytes);
  const found = hash.digest();
  if (found.equals(digest)) return contentBytes;
  throw corrupt(
    file.path,
    `its SHA-256 is ${found.toString('hex')} and it ends with ${digest.toString('hex')}: it is damaged, take another copy`,
  );
}

async function importInto(
  fs: FileSystem,
  directory: string,
  source: BoltFile,
  path: string,
  options: ImportOptions,
): Promise<ImportInfo> {
  const { random = Math.random, segmentSizeBytes = 64 * 1024 * 1024, signal } = options;
  const { onProgress = () => {} } = options;
  fs.makeDirectory(directory);
  const lock = fs.lock(`${directory}/LOCK`);
  try {
    claimNewStore(fs, directory, 'import into a new directory');
    const log = new RestoredLog(fs, directory, segmentSizeBytes, random);
    const seen: Seen = { records: 0, lastMain: 0, checksum: 0 };
    try {
      await inSlices(build(source, log, seen, onProgress), signal);
      const imported = await verifyImport(fs, directory, path, seen, signal);
      const { records } = seen;
      const { names: alarms } = readAlarms(source);
      const info = { ...imported, records, alarms, leftOut: leftOutOf(source) };
      onProgress(records, 1);
      finishNewStore(fs, directory);
      return info;
    } catch (error) {
      if (!log.isComplete) log.dispose();
      clearNewStore(fs, directory);
      throw error;
    }
  } finally {
    lock.release();
  }
}

function* build(
  source: BoltFile,
  log: RestoredLog,
  seen: Seen,
  onProgress: (records: number, fraction: number) => void,
): Generator<File | undefined, void, void> {
  const compactions = readCompactions(source);
  yield* log.addRecords([...metaRecords(compactions), ...readAlarms(source).records]);
  for (const records of leaseRecords(source)) yield* log.addRecords(records);
  for (const frame of importedFrames(source, seen)) {
    yield* log.addFrame(frame);
    onProgress(seen.records, source.fractionRead * WRITING_SHARE);
  }
  yield* log.finish();
}

/** The rest of the time goes into reading the store back. */
const WRITING_SHARE = 0.5;
