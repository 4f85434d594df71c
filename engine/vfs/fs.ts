/**
 * The disk as Varve sees it. Every byte that the engine reads or writes passes here, so that another
 * implementation (memory, a simulated disk that loses power) can stand in for the real one.
 *
 * The model is that of POSIX, and pessimistic:
 * - What was written is durable only after `sync` of the file returned; until then a power cut may keep
 *   any part of it. That includes the file's length.
 * - A created, renamed or removed name is durable only after `syncDirectory` of its directory.
 * - `rename` is atomic: after a power cut the target is the old file or the new one, never neither.
 *
 * All calls block except those in the background: they are short, and a synchronous core is deterministic.
 * A failed call throws the operating system's error with its `code` (ENOENT, ENOSPC, EACCES, EIO, …);
 * the layers above turn it into a VarveError. Paths are joined with '/'.
 */
export interface FileSystem {
  readonly kind: string;

  /**
   * - 'read': an existing file, for reading (ENOENT if missing).
   * - 'write': an existing file, for reading and writing (ENOENT if missing).
   * - 'create': a new, empty file, for reading and writing (EEXIST if present).
   */
  open(path: string, mode: OpenMode): File;
  /** Replaces `target` if it exists. Both lie on one file system. */
  rename(source: string, target: string): void;
  /** Removes a file's name (ENOENT if missing). An open File stays usable. */
  remove(path: string): void;
  /** The same off the main thread, for a file that nobody has open: freeing a large one takes its time. */
  removeInBackground(path: string): Promise<void>;
  /** The names in a directory, in byte order (ENOENT if missing, ENOTDIR if a file). */
  list(directory: string): readonly string[];
  /** With its parents; no error if it is there already. The new names are made durable. */
  makeDirectory(directory: string): void;
  /** Makes names created, renamed or removed in this directory durable. */
  syncDirectory(directory: string): void;
  /**
   * Takes the lock at this path for this process until `release`, or until the process dies.
   * Held by somebody alive: throws ERR_LOCKED naming the owner. Left by a dead process: taken over.
   */
  lock(path: string): Lock;
}

export type OpenMode = 'read' | 'write' | 'create';

/** An open file. Positions and sizes are in bytes. */
export interface File {
  readonly path: string;
  size(): number;
  /** Fills `target` from `position`; returns the bytes read, fewer than asked only at the end of the file. */
  readAt(target: Uint8Array, position: number): number;
  /** Writes all of `source` at `position` or throws; past the end the file grows. Does not keep `source`. */
  writeAt(source: Uint8Array, position: number): void;
  /** Blocks until all that was written to this file, and its length, is durable. */
  sync(): void;
  /** The same off the main thread. What is written while it runs is not covered. */
  syncInBackground(): Promise<void>;
  /** Cuts the file or fills it with zeros up to `size`. */
  truncate(size: number): void;
  /** Closing twice is allowed; anything else after closing is an error. */
  close(): void;
}

export interface Lock {
  /** Releasing twice is allowed. */
  release(): void;
}
