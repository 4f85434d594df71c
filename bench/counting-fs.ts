/**
 * The disk of this machine behind the engine's own seam, with a count of the bytes written. Zeros that a
 * segment is filled with ahead of its tail are counted apart: they are never part of a record, and the
 * same blocks are written once more.
 */
import { type File, type FileSystem, nodeFs } from '../engine/vfs/index.ts';

export interface Written {
  bytes: number;
  /** Parts of those. */
  zeroBytes: number;
  checkpointBytes: number;
}

export function countingFs(written: Written): FileSystem {
  return {
    kind: nodeFs.kind,
    open: (path, mode) => new CountingFile(nodeFs.open(path, mode), written),
    rename: (source, target) => nodeFs.rename(source, target),
    remove: (path) => nodeFs.remove(path),
    removeInBackground: (path) => nodeFs.removeInBackground(path),
    list: (directory) => nodeFs.list(directory),
    makeDirectory: (directory) => nodeFs.makeDirectory(directory),
    syncDirectory: (directory) => nodeFs.syncDirectory(directory),
    lock: (path) => nodeFs.lock(path),
  };
}

class CountingFile implements File {
  readonly path: string;
  readonly #file: File;
  readonly #written: Written;
  readonly #isCheckpoint: boolean;

  constructor(file: File, written: Written) {
    this.path = file.path;
    this.#isCheckpoint = /\/CHECKPOINT[^/]*$/.test(file.path);
    this.#file = file;
    this.#written = written;
  }

  writeAt(source: Uint8Array, position: number): void {
    this.#file.writeAt(source, position);
    this.#written.bytes += source.length;
    if (this.#isCheckpoint) this.#written.checkpointBytes += source.length;
    else if (isZeros(source)) this.#written.zeroBytes += source.length;
  }

  size(): number {
    return this.#file.size();
  }
  readAt(target: Uint8Array, position: number): number {
    return this.#file.readAt(target, position);
  }
  sync(): void {
    this.#file.sync();
  }
  syncInBackground(): Promise<void> {
    return this.#file.syncInBackground();
  }
  truncate(size: number): void {
    this.#file.truncate(size);
  }
  close(): void {
    this.#file.close();
  }
}

const ZEROS = Buffer.alloc(1024 * 1024);

/** More at once is no filling ahead. */
const isZeros = (bytes: Uint8Array): boolean =>
  bytes[0] === 0 && ZEROS.subarray(0, bytes.length).equals(bytes);
