/**
 * The directory of a store that is being made of something else: a backup, an etcd snapshot, a damaged store.
 *
 *     RESTORE-UNFINISHED    made first: while it is there and MANIFEST is not, the directory does not open
 *     0000000001.seg …      what is restored
 *     MANIFEST              makes it a store; then the marker goes
 *
 * Whoever is interrupted leaves nothing that opens, and may begin again in the same directory.
 */
import { invalidArgument } from '../base/errors.ts';
import type { FileSystem } from '../vfs/fs.ts';
import { hasCode } from './disk-error.ts';

export const MARKER = 'RESTORE-UNFINISHED';
const MANIFEST = 'MANIFEST';

/**
 * The directory is ours from now on. ERR_INVALID_ARGUMENT, with `advice`, if it holds anything but what was left
 * by somebody who was interrupted.
 */
export function claimNewStore(fs: FileSystem, directory: string, advice: string): void {
  const names = namesIn(fs, directory);
  const isLeftover = names.includes(MARKER) && !names.includes(MANIFEST);
  if (names.length > 0 && !isLeftover) {
    throw invalidArgument(`${directory} is not empty (it holds ${names[0]}): ${advice}`);
  }
  if (isLeftover) clearNewStore(fs, directory);
  fs.open(`${directory}/${MARKER}`, 'create').close();
  fs.syncDirectory(directory);
}

/** After the manifest: the directory is a store. */
export function finishNewStore(fs: FileSystem, directory: string): void {
  fs.remove(`${directory}/${MARKER}`);
  fs.syncDirectory(directory);
}

/** Without its manifest, which goes first, it is no store; the marker goes last. */
export function clearNewStore(fs: FileSystem, directory: string): void {
  try {
    fs.remove(`${directory}/${MANIFEST}`);
    fs.syncDirectory(directory);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const names = namesIn(fs, directory);
  for (const name of names) if (name !== MARKER) fs.remove(`${directory}/${name}`);
  fs.syncDirectory(directory);
  if (names.includes(MARKER)) fs.remove(`${directory}/${MARKER}`);
  fs.syncDirectory(directory);
}

const namesIn = (fs: FileSystem, directory: string): string[] =>
  fs.list(directory).filter((name) => !name.startsWith('LOCK'));

/** Of its options. */
export function checkSegmentSize(segmentSizeBytes: number | undefined): void {
  if (segmentSizeBytes === undefined) return;
  if (Number.isSafeInteger(segmentSizeBytes) && segmentSizeBytes >= 4096) return;
  throw invalidArgument(`segmentSizeBytes is 4096 or more, not ${segmentSizeBytes}`);
}
