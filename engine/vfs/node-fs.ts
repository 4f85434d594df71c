/**
 * The operating system's files through node:fs. `writeAt` and `sync` run once a commit, so nothing
 * stands between them and the system call but a look whether the file is open.
 *
 * - Short reads and writes are continued: the kernel may stop early at 2 GiB or on a signal.
 * - `fdatasync` is enough: POSIX has it write the metadata needed to read the data back, and that
 *   is the file's length. On macOS libuv makes it F_FULLFSYNC, which reaches the platters.
 * - A directory cannot be synced on Windows, where NTFS journals names itself.
 */
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lockFile } from './file-lock.ts';
import type { File, FileSystem, Lock, OpenMode } from './fs.ts';
import { assertOpen, assertPosition, fsError, hasCode } from './fs-checks.ts';

/**
 * The disk of this machine.
 * @public
 * @remarks Since 0.1.0
 */
export const nodeFs: FileSystem = {
  kind: 'node',

  open(path: string, mode: OpenMode): File {
    const fd = openSync(path, FLAGS[mode]);
    // POSIX opens a directory for reading and complains at the first read only, naming no path.
    if (mode === 'read' && fstatSync(fd).isDirectory()) {
      closeSync(fd);
      throw fsError('EISDIR', 'open', path);
    }
    return new NodeFile(path, fd);
  },

  rename(source: string, target: string): void {
    renameSync(source, target);
  },

  remove(path: string): void {
    unlinkSync(path);
  },

  async removeInBackground(path: string): Promise<void> {
    await shrink(path);
    await unlink(path);
  },

  list(directory: string): readonly string[] {
    const names = readdirSync(directory, { encoding: 'buffer' });
    return names.sort((a, b) => a.compare(b)).map((name) => name.toString());
  },

  makeDirectory(directory: string): void {
    if (isDirectory(directory)) return;
    const parent = dirname(directory);
    if (parent !== directory && !exists(parent)) nodeFs.makeDirectory(parent);
    try {
      mkdirSync(directory);
    } catch (error) {
      // Another process may have been faster; making the name durable is then up to it.
      if (hasCode(error, 'EEXIST') && isDirectory(directory)) return;
      throw error;
    }
    nodeFs.syncDirectory(parent);
  },

  syncDirectory(directory: string): void {
    if (process.platform === 'win32') return;
    const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },

  lock(path: string): Lock {
    return lockFile(path);
  },
};

const FLAGS: Readonly<Record<OpenMode, string>> = { read: 'r', write: 'r+', create: 'wx+' };

/** node:fs takes lengths as int32; one call never asks for more than this. */
const IO_BYTES_MAX = 1 << 30;

class NodeFile implements File {
  readonly path: string;
  readonly #fd: number;
  #isOpen = true;
  #syncsRunning = 0;

  constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  size(): number {
    assertOpen(this.#isOpen, this.path);
    return fstatSync(this.#fd).size;
  }

  readAt(target: Uint8Array, position: number): number {
    assertOpen(this.#isOpen, this.path);
    assertPosition(position, this.path);
    let done = 0;
    while (done < target.byteLength) {
      const length = Math.min(target.byteLength - done, IO_BYTES_MAX);
      const count = readSync(this.#fd, target, done, length, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  writeAt(source: Uint8Array, position: number): void {
    assertOpen(this.#isOpen, this.path);
    assertPosition(position, this.path);
    let done = 0;
    while (done < source.byteLength) {
      const length = Math.min(source.byteLength - done, IO_BYTES_MAX);
      const count = writeSync(this.#fd, source, done, length, position + done);
      if (count === 0) throw fsError('EIO', 'write', this.path);
      done += count;
    }
  }

  sync(): void {
    assertOpen(this.#isOpen, this.path);
    fdatasyncSync(this.#fd);
  }

  syncInBackground(): Promise<void> {
    return new Promise((resolve, reject) => {
      assertOpen(this.#isOpen, this.path);
      this.#syncsRunning++;
      fdatasync(this.#fd, (error) => {
        this.#syncsRunning--;
        try {
          this.#closeWhenIdle();
        } catch (closeError) {
          reject(error ?? closeError);
        }
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  truncate(size: number): void {
    assertOpen(this.#isOpen, this.path);
    assertPosition(size, this.path);
    ftruncateSync(this.#fd, size);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#closeWhenIdle();
  }

  /**
   * A descriptor closed under a running sync may be given to the next file opened, and the sync
   * would then vouch for the wrong file. So the last sync to end closes it.
   */
  #closeWhenIdle(): void {
    if (!this.#isOpen && this.#syncsRunning === 0) closeSync(this.#fd);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * A file system takes milliseconds for each megabyte that it frees, and may hold its journal meanwhile, so
 * that a rename or a sync of the main thread waits for the whole of it: freed in steps, it waits for one.
 */
const FREED_AT_ONCE_BYTES = 8 * 1024 * 1024;

async function shrink(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    let { size } = await handle.stat();
    while (size > FREED_AT_ONCE_BYTES) {
      size -= FREED_AT_ONCE_BYTES;
      await handle.truncate(size);
    }
  } finally {
    await handle.close();
  }
}
