/**
 * A disk that remembers what was written where, and in which order. That is what tells later whether a
 * loss may be excused: the log's frames say which earlier ones are durable, so a revision may only be
 * missing if every byte that could have spoken for it is damaged as well.
 */
import { posix } from 'node:path';
import { type File, type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { type DiskImage, imageOf } from '../stores/disk-image.ts';

/** Bytes of the log: one frame or several, or a mark. */
export interface LogWrite {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Written after this many syncs: whatever has a greater number knows this as durable. */
  readonly epoch: number;
  /** The last revision that was appended by then. */
  readonly revision: number;
}

export class RecordedDisk {
  readonly fs: FileSystem;
  readonly #inner: FileSystem = memoryFs();
  readonly #revision: () => number;
  readonly #writes: LogWrite[] = [];
  #epoch = 0;
  /** Of the checkpoint that is being written, and of the one that counts. */
  #checkpointAside = 0;
  #checkpoint = 0;

  /** `revision` tells the last one appended. */
  constructor(revision: () => number) {
    this.#revision = revision;
    const inner = this.#inner;
    this.fs = {
      kind: 'recorded',
      open: (path, mode) => {
        if (posix.basename(path) === 'CHECKPOINT.tmp') this.#checkpointAside = this.#revision();
        return this.#record(inner.open(path, mode));
      },
      rename: (source, target) => {
        inner.rename(source, target);
        if (posix.basename(target) === 'CHECKPOINT') this.#checkpoint = this.#checkpointAside;
      },
      remove: (path) => inner.remove(path),
      removeInBackground: (path) => inner.removeInBackground(path),
      list: (directory) => inner.list(directory),
      makeDirectory: (directory) => inner.makeDirectory(directory),
      syncDirectory: (directory) => inner.syncDirectory(directory),
      lock: (path) => inner.lock(path),
    };
  }

  get writes(): readonly LogWrite[] {
    return this.#writes;
  }

  /** Everything up to this revision is in the checkpoint; 0 if there is none. */
  get checkpointRevision(): number {
    return this.#checkpoint;
  }

  image(): DiskImage {
    return imageOf(this.#inner);
  }

  #record(file: File): File {
    const name = posix.basename(file.path);
    const isSegment = name.endsWith('.seg');
    return {
      path: file.path,
      size: () => file.size(),
      readAt: (target, position) => file.readAt(target, position),
      writeAt: (source, position) => {
        file.writeAt(source, position);
        const isLog = isSegment && position > 0 && source.some((byte) => byte !== 0);
        if (!isLog) return;
        this.#writes.push({
          name,
          from: position,
          to: position + source.length,
          epoch: this.#epoch,
          revision: this.#revision(),
        });
      },
      sync: () => {
        this.#epoch++;
        file.sync();
      },
      syncInBackground: () => file.syncInBackground(),
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
    };
  }
}
