/**
 * What a store wrote to its log, in which order, and what it had heard by then to be durable. That tells later
 * whether a loss may be excused on a disk that does not tell the truth: frames say which earlier ones are
 * durable, so a revision may be missing only if every byte that could have spoken for it is damaged as well.
 */
import { posix } from 'node:path';
import type { File, FileSystem } from '../../engine/vfs/index.ts';
import type { Image } from '../disk/simulated-disk.ts';

interface LogWrite {
  readonly path: string;
  readonly from: number;
  readonly bytes: Uint8Array;
  /** Written after this many syncs: whatever has a greater number knows this as durable. */
  readonly epoch: number;
  /** The last revision that was asked for by then. */
  readonly revision: number;
}

export class LogRecord {
  readonly #revision: () => number;
  #writes: LogWrite[] = [];
  #epoch = 0;
  /** Of the checkpoint that is being written, and of the one that counts. */
  #aside: { readonly revision: number; bytes: Buffer } = { revision: 0, bytes: Buffer.alloc(0) };
  #checkpoint: { readonly revision: number; readonly bytes: Buffer } | undefined;

  constructor(revision: () => number) {
    this.#revision = revision;
  }

  over(fs: FileSystem): FileSystem {
    return {
      kind: `recorded ${fs.kind}`,
      open: (path, mode) => {
        if (posix.basename(path) === 'CHECKPOINT.tmp' && mode === 'create') {
          this.#aside = { revision: this.#revision(), bytes: Buffer.alloc(0) };
        }
        return this.#file(fs.open(path, mode));
      },
      rename: (source, target) => {
        fs.rename(source, target);
        if (posix.basename(target) === 'CHECKPOINT') this.#checkpoint = this.#aside;
      },
      remove: (path) => fs.remove(path),
      removeInBackground: (path) => fs.removeInBackground(path),
      list: (directory) => fs.list(directory),
      makeDirectory: (directory) => fs.makeDirectory(directory),
      syncDirectory: (directory) => fs.syncDirectory(directory),
      lock: (path) => fs.lock(path),
    };
  }

  /** What came after this revision is lost, and the revisions after it are given out again. */
  recovered(revision: number): void {
    this.#writes = this.#writes.filter((write) => write.revision <= revision);
  }

  /** Why this revision should be there, if anything that is left in these files says so. */
  claimOn(revision: number, image: Image): string | undefined {
    const isIntact = ({ path, from, bytes }: LogWrite): boolean =>
      Buffer.compare(bytes, image.get(path)?.subarray(from, from + bytes.length) ?? NOTHING) === 0;
    const { revision: covered = 0, bytes } = this.#checkpoint ?? {};
    const isCheckpointIntact = [...image].some(
      ([path, is]) => posix.basename(path) === 'CHECKPOINT' && bytes?.equals(is),
    );
    if (covered >= revision && isCheckpointIntact) return 'the checkpoint holds it';
    const first = this.#writes.find((write) => write.revision >= revision);
    if (first === undefined) return 'it never was written';
    const claimant = this.#writes.find((write) => write.epoch > first.epoch && isIntact(write));
    if (claimant !== undefined) {
      return `what was written later to ${claimant.path} at ${claimant.from} is intact`;
    }
    const own = this.#writes.filter(({ epoch }) => epoch === first.epoch);
    return own.every(isIntact) ? 'its own bytes are intact' : undefined;
  }

  #file(file: File): File {
    const name = posix.basename(file.path);
    const write = (source: Uint8Array, from: number): void => {
      if (name === 'CHECKPOINT.tmp') {
        const grown = Buffer.alloc(Math.max(this.#aside.bytes.length, from + source.length));
        this.#aside.bytes.copy(grown);
        grown.set(source, from);
        this.#aside.bytes = grown;
      }
      // Headers, and zeros that are filled in ahead, say nothing of any revision.
      if (!name.endsWith('.seg') || from === 0 || source.every((byte) => byte === 0)) return;
      const [path, bytes] = [file.path, Uint8Array.from(source)];
      this.#writes.push({ path, from, bytes, epoch: this.#epoch, revision: this.#revision() });
    };
    return {
      path: file.path,
      size: () => file.size(),
      readAt: (target, position) => file.readAt(target, position),
      writeAt: (source, position) => {
        file.writeAt(source, position);
        write(source, position);
      },
      sync: () => {
        file.sync();
        this.#epoch++;
      },
      syncInBackground: async () => {
        await file.syncInBackground();
        this.#epoch++;
      },
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
    };
  }
}

const NOTHING = new Uint8Array(0);
