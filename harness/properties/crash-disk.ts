/**
 * A disk whose process may be killed, or whose power may fail, between any two calls. A kill leaves all
 * that was written. A power cut leaves what was synced; of the rest, sectors at random, and names up to
 * some point in their order.
 */
import { posix } from 'node:path';
import { type File, type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import type { DiskImage } from '../stores/disk-image.ts';

const SECTOR_BYTES = 512;

interface Inode {
  readonly file: File;
  synced: Uint8Array;
  /** Since then, in order. */
  pending: { readonly at: number; readonly bytes: Uint8Array }[];
}
type Names = Map<string, Inode>;

export class CrashDisk {
  readonly fs: FileSystem;
  /** Called after each call that changes something. */
  onChange: () => void = () => {};
  readonly #names: Names = new Map();
  #durable: Names = new Map();
  #nameChanges: ((names: Names) => void)[] = [];

  constructor() {
    const inner = memoryFs();
    this.fs = {
      kind: 'crash',
      open: (path, mode) => {
        const file = inner.open(path, mode);
        if (mode === 'create') {
          // A handle of its own: what is closed, and even removed, still has bytes.
          const own = inner.open(path, 'read');
          const inode: Inode = { file: own, synced: new Uint8Array(0), pending: [] };
          this.#rename((names) => names.set(posix.basename(path), inode));
        }
        return this.#watched(file, this.#names.get(posix.basename(path))!);
      },
      rename: (source, target) => {
        inner.rename(source, target);
        const inode = this.#names.get(posix.basename(source))!;
        this.#rename((names) => {
          names.delete(posix.basename(source));
          names.set(posix.basename(target), inode);
        });
      },
      remove: (path) => {
        inner.remove(path);
        this.#rename((names) => names.delete(posix.basename(path)));
      },
      removeInBackground: async (path) => this.fs.remove(path),
      list: (directory) => inner.list(directory),
      makeDirectory: (directory) => inner.makeDirectory(directory),
      syncDirectory: () => {
        this.#durable = new Map(this.#names);
        this.#nameChanges = [];
      },
      lock: (path) => inner.lock(path),
    };
  }

  killed(): DiskImage {
    return new Map([...this.#names].map(([name, { file }]) => [name, contents(file)]));
  }

  /** `random` in [0, 1). */
  powerCut(random: () => number): DiskImage {
    const names = new Map(this.#durable);
    const kept = Math.floor(random() * (this.#nameChanges.length + 1));
    for (const change of this.#nameChanges.slice(0, kept)) change(names);
    return new Map([...names].map(([name, inode]) => [name, remains(inode, random)]));
  }

  #rename(change: (names: Names) => void): void {
    change(this.#names);
    this.#nameChanges.push(change);
    this.onChange();
  }

  #watched(file: File, inode: Inode): File {
    const sync = (): void => {
      inode.synced = contents(inode.file);
      inode.pending = [];
    };
    return {
      path: file.path,
      size: () => file.size(),
      readAt: (target, position) => file.readAt(target, position),
      writeAt: (source, position) => {
        file.writeAt(source, position);
        inode.pending.push({ at: position, bytes: new Uint8Array(source) });
        this.onChange();
      },
      sync,
      syncInBackground: async () => sync(),
      truncate: (size) => {
        file.truncate(size);
        // Not told apart: what a cut leaves of it is what a sync would.
        sync();
        this.onChange();
      },
      close: () => file.close(),
    };
  }
}

function contents(file: File): Uint8Array {
  const bytes = new Uint8Array(file.size());
  file.readAt(bytes, 0);
  return bytes;
}

function remains({ synced, pending }: Inode, random: () => number): Uint8Array {
  let bytes = new Uint8Array(synced);
  for (const write of pending) {
    for (let start = 0; start < write.bytes.length; ) {
      const to = write.at + start;
      const end = Math.min(write.bytes.length, start + SECTOR_BYTES - (to % SECTOR_BYTES));
      if (random() < 0.5) bytes = written(bytes, to, write.bytes.subarray(start, end));
      start = end;
    }
  }
  return bytes;
}

function written(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.max(bytes.length, at + part.length));
  grown.set(bytes);
  grown.set(part, at);
  return grown;
}
