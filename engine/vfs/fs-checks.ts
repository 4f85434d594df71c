/**
 * What every FileSystem checks and throws alike: misuse is an AssertionError, and a file system
 * that is not the operating system's speaks in the operating system's codes.
 */
import { assert } from '../base/assert.ts';

export type FsErrorCode = keyof typeof TEXTS;

/** An error as node:fs would have thrown it: same code, same shape of message. */
export function fsError(code: FsErrorCode, syscall: string, path: string): Error {
  const error = new Error(`${code}: ${TEXTS[code]}, ${syscall} '${path}'`);
  return Object.assign(error, { code, syscall, path });
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

export function assertOpen(isOpen: boolean, path: string): void {
  assert(isOpen, () => `${path} is used after it was closed`);
}

/** node:fs reads NaN or -1 as "wherever the file stands": wrong ones must not get that far. */
export function assertPosition(position: number, path: string): void {
  assert(
    Number.isSafeInteger(position) && position >= 0,
    () => `${path}: a position or size must be a whole number of bytes, got ${position}`,
  );
}

const TEXTS = {
  EBADF: 'bad file descriptor',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
} as const;
