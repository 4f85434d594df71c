/** A disk in memory that fails when told to: `onCall` may throw, before anything has happened. */
import { type File, type FileSystem, memoryFs } from '../../engine/vfs/index.ts';

export class FaultyDisk implements FileSystem {
  readonly kind = 'faulty';
  readonly #inner: FileSystem;
  /** Gets every call that changes something, as 'write /path', 'rename /from /to' and the like. */
  onCall: (call: string) => void = () => {};

  constructor(inner: FileSystem = memoryFs()) {
    this.#inner = inner;
  }

  open(path: string, mode: 'read' | 'write' | 'create'): File {
    if (mode === 'create') this.onCall(`create ${path}`);
    const file = this.#inner.open(path, mode);
    return {
      path,
      size: () => file.size(),
      readAt: (target, position) => file.readAt(target, position),
      writeAt: (source, position) => {
        this.onCall(`write ${path}`);
        file.writeAt(source, position);
      },
      sync: () => {
        this.onCall(`sync ${path}`);
        file.sync();
      },
      syncInBackground: async () => {
        this.onCall(`sync ${path}`);
        await file.syncInBackground();
      },
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
    };
  }
  rename(source: string, target: string): void {
    this.onCall(`rename ${source} ${target}`);
    this.#inner.rename(source, target);
  }
  remove(path: string): void {
    this.onCall(`remove ${path}`);
    this.#inner.remove(path);
  }
  async removeInBackground(path: string): Promise<void> {
    this.remove(path);
  }
  list(directory: string): readonly string[] {
    return this.#inner.list(directory);
  }
  makeDirectory(directory: string): void {
    this.#inner.makeDirectory(directory);
  }
  syncDirectory(directory: string): void {
    this.onCall(`sync ${directory}`);
    this.#inner.syncDirectory(directory);
  }
  lock(path: string): ReturnType<FileSystem['lock']> {
    return this.#inner.lock(path);
  }
}

/** The process is gone: this call and every later one fail. */
export function killAt(disk: FaultyDisk, call: number): void {
  let calls = 0;
  disk.onCall = () => {
    if (calls++ >= call) throw new Error('killed');
  };
}

export const noSpace = (): Error => Object.assign(new Error('no space left'), { code: 'ENOSPC' });

export function bytesOf(fs: FileSystem, path: string): Buffer {
  const file = fs.open(path, 'read');
  const bytes = Buffer.alloc(file.size());
  file.readAt(bytes, 0);
  file.close();
  return bytes;
}

export function flip(fs: FileSystem, path: string, at: number): void {
  const file = fs.open(path, 'write');
  const byte = new Uint8Array(1);
  file.readAt(byte, at);
  byte[0]! ^= 0x20;
  file.writeAt(byte, at);
  file.close();
}
