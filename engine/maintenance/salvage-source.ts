/**
 * A directory that is looked at and left as it is, whatever state it is in. Its lock is taken meanwhile only if
 * that leaves no trace: where a dead process left one behind, taking it would remove that.
 */
import { checkpointState } from '../backend/checkpoint.ts';
import { invalidArgument, VarveError } from '../base/errors.ts';
import { CHECKPOINT, type CheckpointChunk, readCheckpoint } from '../log/checkpoint-file.ts';
import { type FoundLog, findLog } from '../log/salvage-find.ts';
import { SurvivingLog } from '../log/salvage-log.ts';
import { isSegmentName } from '../log/salvage-segment.ts';
import { MANIFEST } from '../log/manifest.ts';
import type { FileSystem, Lock } from '../vfs/fs.ts';
import { judgeOwner, ownerOfThisProcess, parseOwner } from '../vfs/lock-owner.ts';
import { hasCode } from './disk-error.ts';
import { MARKER } from './new-store.ts';

const LOCK = 'LOCK';
/** Offset of a checkpoint's store id, and its length. */
const STORE_ID = [12, 8] as const;
/** The section that says where each revision lies: 8 bytes, and then their mains, 8 bytes each. */
const PLACES = 2;

export interface SalvageSource {
  readonly log: FoundLog;
  readonly surviving: SurvivingLog;
  readonly checkpoint: CheckpointView;
  /** What holds no store yet: an interrupted creation or restore. */
  readonly unfinished: 'creation' | 'restore' | undefined;
}

/** `sequence`: it covers everything up to this frame; 0 unless it is used. */
export interface CheckpointView {
  readonly state: 'absent' | 'used' | 'damaged' | 'outdated';
  readonly sequence: number;
  /** Segments that opening does not read, for it says all of them. */
  readonly covered: readonly number[];
  /** The last one that it knows of, whether it is used or not; 1 if none. */
  readonly revision: number;
}

/** Yields between slices. ERR_NOT_FOUND if there is nothing of a store. */
export function* examine(fs: FileSystem, directory: string): Generator<void, SalvageSource, void> {
  const names = fs.list(directory);
  const isRestore = names.includes(MARKER) && !names.includes(MANIFEST);
  if (!isRestore && !names.includes(MANIFEST) && !names.some(isSegmentName)) {
    throw new VarveError('ERR_NOT_FOUND', `there is no store in ${directory}: check the path`);
  }
  const log = yield* findLog(fs, directory, checkpointStore(fs, directory, names));
  const isEmpty =
    !names.includes(MANIFEST) && log.segments.every(({ found }) => found?.isBlank === true);
  const checkpoint = checkpointOf(fs, directory, names, log);
  const creation = isEmpty ? 'creation' : undefined;
  return {
    log,
    surviving: new SurvivingLog(fs, log, checkpoint.sequence),
    checkpoint,
    unfinished: isRestore ? 'restore' : creation,
  };
}

function checkpointStore(
  fs: FileSystem,
  directory: string,
  names: readonly string[],
): string | undefined {
  if (!names.includes(CHECKPOINT)) return undefined;
  const file = fs.open(`${directory}/${CHECKPOINT}`, 'read');
  try {
    const bytes = Buffer.alloc(STORE_ID[1]);
    return file.readAt(bytes, STORE_ID[0]) < bytes.length ? undefined : bytes.toString('hex');
  } finally {
    file.close();
  }
}

/** As opening sees it (R89b): it counts only if it is whole and no segment it speaks of was replaced. */
function checkpointOf(
  fs: FileSystem,
  directory: string,
  names: readonly string[],
  { storeId, segments }: FoundLog,
): CheckpointView {
  const none = { sequence: 0, covered: [], revision: 1 };
  if (!names.includes(CHECKPOINT)) return { ...none, state: 'absent' };
  const chunks = readCheckpoint(fs, directory, storeId);
  const state = chunks && checkpointState(chunks);
  if (chunks === undefined || state === undefined) return { ...none, state: 'damaged' };
  const ids = new Set(segments.map(({ id }) => id));
  const isOutdated = state.slotIds.some((id) => id !== 0 && !ids.has(id));
  const revision = lastRevision(chunks);
  if (isOutdated) return { ...none, revision, state: 'outdated' };
  const covered = state.log.sealed.map(({ id }) => id);
  return { state: 'used', sequence: state.log.sequence, covered, revision };
}

/** The main revision of its last row of places. */
function lastRevision(chunks: readonly CheckpointChunk[]): number {
  let last = 1;
  for (const { section, bytes } of chunks) {
    if (section !== PLACES) continue;
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const rows = data.getUint32(0, true);
    if (rows > 0) last = Math.max(last, data.getFloat64(8 * rows, true));
  }
  return last;
}

/** What a process that is gone left behind. */
export interface ReadingLock extends Lock {
  readonly isStale: boolean;
  /** ERR_LOCKED if somebody has opened the store since. */
  check(): void;
}

/** ERR_LOCKED if somebody has the store open. */
export function lockToRead(fs: FileSystem, directory: string): ReadingLock {
  const path = `${directory}/${LOCK}`;
  const left = textOf(fs, directory);
  const owner = left === undefined ? undefined : parseOwner(left);
  const isStale =
    left !== undefined &&
    (owner === undefined || judgeOwner(owner, ownerOfThisProcess()) === 'dead');
  if (isStale) {
    const check = (): void => {
      if (textOf(fs, directory) === left) return;
      throw new VarveError('ERR_LOCKED', `${path}: somebody opened the store meanwhile: try again`);
    };
    return { isStale, check, release: () => {} };
  }
  try {
    const lock = fs.lock(path);
    return { isStale, check: () => {}, release: () => lock.release() };
  } catch (error) {
    // What cannot be written needs no lock: nobody can write it.
    if (!['EROFS', 'EACCES', 'EPERM'].some((code) => hasCode(error, code))) throw error;
    return { isStale, check: () => {}, release: () => {} };
  }
}

function textOf(fs: FileSystem, directory: string): string | undefined {
  if (!fs.list(directory).includes(LOCK)) return undefined;
  const file = fs.open(`${directory}/${LOCK}`, 'read');
  try {
    const bytes = Buffer.alloc(file.size());
    file.readAt(bytes, 0);
    return bytes.toString('utf8');
  } finally {
    file.close();
  }
}

export function checkPath(directory: unknown, what: string): void {
  if (typeof directory === 'string' && directory !== '') return;
  throw invalidArgument(`${what} needs the path of a directory`);
}
