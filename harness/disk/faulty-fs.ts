/**
 * A file system that fails as a plan says, over any other one. What it throws looks like the operating
 * system's errors.
 *
 *     const { fs, fired } = faulty(memoryFs(), parseFaultPlan('write:3=EIO,sync:5=lie'));
 *
 * A file counts towards `space` as soon as it was opened through here.
 */
import { posix } from 'node:path';
import type { File, FileSystem } from '../../engine/vfs/index.ts';
import { diskError } from './disk-error.ts';
import {
  type CallKind,
  type Effect,
  type Fault,
  type FaultPlan,
  printFault,
} from './fault-plan.ts';
import { FaultyFile, type Inode } from './faulty-fs-file.ts';

/** A call that did not go as it should. */
export interface Fired {
  readonly kind: CallKind;
  readonly path: string;
  /** Of all calls of this kind it was this one, from 1. */
  readonly n: number;
  /** The fault, as the plan has it. */
  readonly fault: string;
  /** Of a read that was not told the truth: the bytes of the file that it got wrong. */
  readonly misread?: { readonly from: number; readonly to: number };
}

export interface FaultyOptions {
  /** Told by how much the clock jumps. */
  readonly onClockJump?: (ms: number) => void;
  /** Told of every call before anything is done. */
  readonly onCall?: (kind: CallKind, path: string) => void;
}

export interface FaultyFs {
  readonly fs: FileSystem;
  /** Grows as it happens. */
  readonly fired: readonly Fired[];
}

export function faulty(fs: FileSystem, plan: FaultPlan, options: FaultyOptions = {}): FaultyFs {
  const faults = new Faults(plan, options);
  return { fs: faultyFileSystem(fs, faults), fired: faults.fired };
}

/** Counts calls and says what becomes of each. */
export class Faults {
  readonly fired: Fired[] = [];
  readonly #armed: readonly { readonly fault: Fault; readonly files: RegExp; calls: number }[];
  readonly #space: number;
  readonly #options: FaultyOptions;
  readonly #calls = new Map<CallKind, number>();
  readonly #inodes = new Map<string, Inode>();
  #usedBytes = 0;

  constructor(plan: FaultPlan, options: FaultyOptions) {
    this.#options = options;
    this.#armed = plan.map((fault) => ({ fault, files: filesOf(fault), calls: 0 }));
    const spaces = plan.flatMap((fault) => (fault.about === 'space' ? [fault.bytes] : []));
    this.#space = Math.min(Number.POSITIVE_INFINITY, ...spaces);
  }

  /** Throws if the call fails; else says what is special about it, if anything. */
  enter(kind: CallKind, path: string): Effect | undefined {
    this.#options.onCall?.(kind, path);
    const n = (this.#calls.get(kind) ?? 0) + 1;
    this.#calls.set(kind, n);
    let special: Effect | undefined;
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.about === 'space' || (fault.about !== 'call' && fault.about !== kind)) continue;
      if (!armed.files.test(posix.basename(path))) continue;
      armed.calls++;
      if (armed.calls !== fault.from && !(fault.forever && armed.calls > fault.from)) continue;
      this.fired.push({ kind, path, n, fault: printFault(fault) });
      if (fault.effect.does === 'clock') this.#options.onClockJump?.(fault.effect.ms);
      else special ??= fault.effect;
    }
    if (special?.does === 'fail') throw diskError(special.code, SYSCALLS[kind], path);
    return special;
  }

  /** What the read that was entered last was told wrongly. */
  misread(from: number, to: number): void {
    this.fired[this.fired.length - 1] = { ...this.fired.at(-1)!, misread: { from, to } };
  }

  /** Time that a sync takes in place. */
  elapse(ms: number): void {
    this.#options.onClockJump?.(ms);
  }

  /** What a handle on this name stands for, whatever is renamed later. */
  inode(path: string, bytes: number): Inode {
    const known = this.#inodes.get(path);
    if (known !== undefined) return known;
    const made = { path, bytes, lies: false };
    this.#inodes.set(path, made);
    this.#usedBytes += bytes;
    return made;
  }

  /** How many of so many bytes more there is room for. */
  room(path: string, growth: number): number {
    const room = Math.max(0, this.#space - this.#usedBytes);
    if (room >= growth) return growth;
    const n = this.#calls.get('write') ?? 0;
    this.fired.push({ kind: 'write', path, n, fault: `space=${this.#space}` });
    return room;
  }

  resized(inode: Inode, bytes: number): void {
    if (this.#inodes.get(inode.path) === inode) this.#usedBytes += bytes - inode.bytes;
    inode.bytes = bytes;
  }

  removed(path: string): void {
    this.#usedBytes -= this.#inodes.get(path)?.bytes ?? 0;
    this.#inodes.delete(path);
  }

  renamed(source: string, target: string): void {
    this.removed(target);
    const inode = this.#inodes.get(source);
    this.#inodes.delete(source);
    if (inode === undefined) return;
    inode.path = target;
    this.#inodes.set(target, inode);
  }
}

function faultyFileSystem(fs: FileSystem, faults: Faults): FileSystem {
  return {
    kind: `faulty ${fs.kind}`,
    open: (path, mode): File => {
      faults.enter('open', path);
      const file = fs.open(path, mode);
      return new FaultyFile(fs, file, faults.inode(path, file.size()), faults);
    },
    rename: (source, target) => {
      faults.enter('rename', source);
      fs.rename(source, target);
      if (source !== target) faults.renamed(source, target);
    },
    remove: (path) => {
      faults.enter('remove', path);
      fs.remove(path);
      faults.removed(path);
    },
    removeInBackground: async (path) => {
      faults.enter('remove', path);
      await fs.removeInBackground(path);
      faults.removed(path);
    },
    list: (directory) => {
      faults.enter('list', directory);
      return fs.list(directory);
    },
    makeDirectory: (directory) => {
      faults.enter('makedir', directory);
      fs.makeDirectory(directory);
    },
    syncDirectory: (directory) => {
      const isLie = faults.enter('syncdir', directory)?.does === 'lie';
      const inode = faults.inode(directory, 0);
      if (isLie && !inode.lies) {
        inode.lies = true;
        throw diskError('EIO', SYSCALLS.syncdir, directory);
      }
      if (!inode.lies) fs.syncDirectory(directory);
    },
    lock: (path) => {
      faults.enter('lock', path);
      return fs.lock(path);
    },
  };
}

export const SYSCALLS: Readonly<Record<CallKind, string>> = {
  open: 'open',
  read: 'read',
  write: 'write',
  sync: 'fdatasync',
  truncate: 'ftruncate',
  rename: 'rename',
  remove: 'unlink',
  list: 'scandir',
  syncdir: 'fsync',
  makedir: 'mkdir',
  lock: 'open',
};

function filesOf(fault: Fault): RegExp {
  if (fault.about === 'space' || fault.files === undefined) return /^/;
  const parts = fault.files.split('*').map((part) => part.replaceAll(/[^\w]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
