/**
 * A disk that loses power: what was not synced survives in part, sector by sector, at random; names that
 * were not synced survive up to some point in their order. Not part of the build.
 */
import type { File, FileSystem, OpenMode } from '../vfs/index.ts';
import { osError } from './log.testing.ts';

const SECTOR = 512;

interface Inode {
  bytes: Buffer;
  /** As of the last sync. */
  synced: Buffer;
  /** Since then, in order. */
  pending: { readonly at: number; readonly bytes: Buffer }[];
}

type Names = Map<string, Inode>;

export class PowerFs implements FileSystem {
  readonly kind = 'power';
  #names: Names = new Map();
  #durable: Names = new Map();
  #nameOps: ((names: Names) => void)[] = [];

  /** What a power cut leaves. `random` in [0, 1). */
  powerCut(random: () => number): PowerFs {
    const after = new PowerFs();
    const names = new Map(this.#durable);
    const kept = Math.floor(random() * (this.#nameOps.length + 1));
    for (const op of this.#nameOps.slice(0, kept)) op(names);
    for (const [name, inode] of names) {
      const bytes = remains(inode, random);
      const copy: Inode = { bytes, synced: Buffer.from(bytes), pending: [] };
      after.#names.set(name, copy);
      after.#durable.set(name, copy);
    }
    return after;
  }

  open(path: string, mode: OpenMode): File {
    const name = nameOf(path);
    const found = this.#names.get(name);
    if (mode === 'create') {
      if (found !== undefined) throw osError('EEXIST');
      const inode: Inode = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0), pending: [] };
      this.#do((names) => names.set(name, inode));
      return new PowerFile(path, inode);
    }
    if (found === undefined) throw osError('ENOENT');
    return new PowerFile(path, found);
  }
  rename(source: string, target: string): void {
    const [from, to] = [nameOf(source), nameOf(target)];
    const inode = this.#names.get(from);
    if (inode === undefined) throw osError('ENOENT');
    this.#do((names) => {
      names.delete(from);
      names.set(to, inode);
    });
  }
  remove(path: string): void {
    const name = nameOf(path);
    if (!this.#names.has(name)) throw osError('ENOENT');
    this.#do((names) => names.delete(name));
  }
  async removeInBackground(path: string): Promise<void> {
    this.remove(path);
  }
  list(): readonly string[] {
    return [...this.#names.keys()].sort();
  }
  makeDirectory(): void {}
  syncDirectory(): void {
    this.#durable = new Map(this.#names);
    this.#nameOps = [];
  }
  lock(): { release(): void } {
    return { release() {} };
  }

  #do(op: (names: Names) => void): void {
    op(this.#names);
    this.#nameOps.push(op);
  }
}

/** The disk as one process has it: what is still under way when that is killed does not reach the disk any more. */
export class Attached {
  readonly fs: FileSystem;
  #isCut = false;

  constructor(fs: PowerFs) {
    this.fs = this.#through(fs);
  }

  cut(): void {
    this.#isCut = true;
  }

  #through<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (this.#isCut) throw osError('EIO');
          const result: unknown = Reflect.apply(value, target, args);
          return result instanceof PowerFile ? this.#through(result) : result;
        };
      },
    });
  }
}

class PowerFile implements File {
  readonly path: string;
  readonly #inode: Inode;

  constructor(path: string, inode: Inode) {
    this.path = path;
    this.#inode = inode;
  }
  size(): number {
    return this.#inode.bytes.length;
  }
  readAt(target: Uint8Array, position: number): number {
    const part = this.#inode.bytes.subarray(position, position + target.length);
    target.set(part);
    return part.length;
  }
  writeAt(source: Uint8Array, position: number): void {
    const inode = this.#inode;
    const bytes = Buffer.from(source);
    inode.bytes = written(inode.bytes, position, bytes);
    inode.pending.push({ at: position, bytes });
  }
  sync(): void {
    this.#inode.synced = Buffer.from(this.#inode.bytes);
    this.#inode.pending = [];
  }
  async syncInBackground(): Promise<void> {
    this.sync();
  }
  truncate(): void {
    throw new Error('not modelled');
  }
  close(): void {}
}

function remains({ synced, pending }: Inode, random: () => number): Buffer {
  let bytes: Buffer = Buffer.from(synced);
  for (const write of pending) {
    for (let start = 0; start < write.bytes.length; ) {
      const end = Math.min(write.bytes.length, start + SECTOR - ((write.at + start) % SECTOR));
      if (random() < 0.5) {
        bytes = written(bytes, write.at + start, write.bytes.subarray(start, end));
      }
      start = end;
    }
  }
  return bytes;
}

function written(bytes: Buffer, at: number, part: Buffer): Buffer {
  const grown = Buffer.alloc(Math.max(bytes.length, at + part.length));
  bytes.copy(grown);
  part.copy(grown, at);
  return grown;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
