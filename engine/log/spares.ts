/**
 * Files of dropped segments, kept for the next active ones as long as the writer is busy. Their blocks are there
 * already, so nothing has to be zero-filled ahead: a log that turns over writes each byte once, not twice.
 *
 *     4.seg, dropped ──rename──► 4.seg.old ──rename──► 9.seg, with a header of its own
 *
 * Such a file still holds the frames of its former life. None of them passes for one of the new segment: their
 * checksums are seeded with another segment's id, and their sequences are lower. Under its name in between it is no
 * segment to anybody, and an open clears it away.
 */
import type { File, FileSystem } from '../vfs/fs.ts';
import { SEGMENT_HEADER_BYTES } from './format.ts';

interface Kept {
  readonly path: string;
  readonly bytes: number;
}

export class Spares {
  readonly #fs: FileSystem;
  #kept: Kept[] = [];
  #lastRemoval: Promise<void> = Promise.resolve();

  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  /** Of all of them. */
  get bytes(): number {
    return this.#kept.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Nobody else reads the file, and the manifest without it is durable. False if it has to be removed instead. */
  keep(file: File, bytes: number): boolean {
    const path = `${file.path}.old`;
    try {
      // Whoever looks for what is left of a damaged store shall not take it for the segment it was.
      file.writeAt(new Uint8Array(SEGMENT_HEADER_BYTES), 0);
      file.close();
      this.#fs.rename(file.path, path);
    } catch {
      return false;
    }
    this.#kept.push({ path, bytes });
    return true;
  }

  /** Bytes of the one that `take` gives; 0 if there is none. */
  get next(): number {
    return this.#kept[0]?.bytes ?? 0;
  }

  /** The oldest, under its new name. If that fails, it is a spare no more. */
  take(path: string): File {
    const { path: source } = this.#kept.shift()!;
    this.#fs.rename(source, path);
    return this.#fs.open(path, 'write');
  }

  /** All of them, off the main thread. */
  discard(): Promise<void> {
    const kept = this.#kept;
    this.#kept = [];
    for (const { path } of kept) {
      this.#lastRemoval = this.#lastRemoval
        .then(() => this.#fs.removeInBackground(path))
        // The next open clears it away.
        .catch(() => {});
    }
    return this.#lastRemoval;
  }

  /** One of them, at once. False if there is none. */
  discardOne(): boolean {
    const one = this.#kept.pop();
    if (one === undefined) return false;
    try {
      this.#fs.remove(one.path);
      return true;
    } catch {
      return false;
    }
  }
}
