/**
 * A file system in memory: for stores that need not survive the process, and for tests. It keeps
 * names, errors and open files as POSIX does, so that what works here works on a disk.
 * Deterministic: no clock, no randomness, and no state outside the instance.
 *
 * - Relative paths start at '/', which always exists.
 * - Handles point at contents, directories at names: removing or renaming a name leaves handles
 *   alone.
 *
 * Left out: permissions, links, times, and power cuts (the harness has a simulated disk for those).
 */
import { posix } from 'node:path';
import { VarveError } from '../base/errors.ts';
import type { File, FileSystem, Lock, OpenMode } from './fs.ts';
import { fsError } from './fs-checks.ts';
import { MemoryContent, MemoryFile } from './memory-file.ts';

/**
 * A fresh and empty file system.
 * @public
 * @remarks Since 0.1.0
 */
export function memoryFs(): FileSystem {
  return new MemoryFileSystem();
}

/** Locks hang on the directory that holds the name, so they move with it. */
class Directory {
  readonly entries: Map<string, Directory | MemoryContent> = new Map();
  readonly locks: Set<string> = new Set();
}

/** Where a path leads: the directory of its last name, and what stands there, if anything. */
interface Place {
  readonly parent: Directory;
  readonly name: string;
  readonly entry: Directory | MemoryContent | undefined;
}

class MemoryFileSystem implements FileSystem {
  readonly kind = 'memory';
  readonly #root = new Directory();

  open(path: string, mode: OpenMode): File {
    const { parent, name, entry } = this.#find(path, 'open');
    if (mode === 'create') {
      if (entry !== undefined) throw fsError('EEXIST', 'open', path);
      const content = new MemoryContent();
      parent.entries.set(name, content);
      return new MemoryFile(path, content, true);
    }
    if (entry === undefined) throw fsError('ENOENT', 'open', path);
    if (entry instanceof Directory) throw fsError('EISDIR', 'open', path);
    return new MemoryFile(path, entry, mode === 'write');
  }

  rename(source: string, target: string): void {
    const from = this.#find(source, 'rename');
    const to = this.#find(target, 'rename');
    if (from.entry === undefined) throw fsError('ENOENT', 'rename', source);
    if (from.entry === to.entry) return;
    if (from.entry instanceof Directory) {
      if (isInside(target, source)) throw fsError('EINVAL', 'rename', source);
      if (to.entry instanceof MemoryContent) throw fsError('ENOTDIR', 'rename', target);
      if (to.entry !== undefined && to.entry.entries.size > 0) {
        throw fsError('ENOTEMPTY', 'rename', target);
      }
    } else if (to.entry instanceof Directory) throw fsError('EISDIR', 'rename', target);
    to.parent.entries.set(to.name, from.entry);
    from.parent.entries.delete(from.name);
  }

  remove(path: string): void {
    const { parent, name, entry } = this.#find(path, 'unlink');
    if (entry === undefined) throw fsError('ENOENT', 'unlink', path);
    if (entry instanceof Directory) throw fsError('EISDIR', 'unlink', path);
    parent.entries.delete(name);
  }

  async removeInBackground(path: string): Promise<void> {
    this.remove(path);
  }

  list(directory: string): readonly string[] {
    const { entries } = this.#directory(directory, 'scandir');
    // By the bytes of UTF-8, as the real one: UTF-16 order differs beyond the basic plane.
    const names = Array.from(entries.keys(), (name) => Buffer.from(name));
    return names.sort((a, b) => a.compare(b)).map((name) => name.toString());
  }

  makeDirectory(directory: string): void {
    let current = this.#root;
    const names = namesOf(directory);
    for (const [index, name] of names.entries()) {
      const next = current.entries.get(name) ?? new Directory();
      if (next instanceof MemoryContent) {
        const isLast = index === names.length - 1;
        throw fsError(isLast ? 'EEXIST' : 'ENOTDIR', 'mkdir', directory);
      }
      current.entries.set(name, next);
      current = next;
    }
  }

  syncDirectory(directory: string): void {
    this.#directory(directory, 'open');
  }

  lock(path: string): Lock {
    const { parent, name } = this.#find(path, 'lock');
    if (parent.locks.has(name)) {
      throw new VarveError(
        'ERR_LOCKED',
        `${path} is locked: this very process (${process.pid}) has it open in this memory file ` +
          'system. Close the other store first, or use that one.',
      );
    }
    parent.locks.add(name);
    let isHeld = true;
    return {
      release(): void {
        if (isHeld) parent.locks.delete(name);
        isHeld = false;
      },
    };
  }

  #find(path: string, syscall: string): Place {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw fsError('EISDIR', syscall, path);
    const parent = this.#walk(names, syscall, path);
    return { parent, name, entry: parent.entries.get(name) };
  }

  #directory(path: string, syscall: string): Directory {
    return this.#walk(namesOf(path), syscall, path);
  }

  #walk(names: readonly string[], syscall: string, path: string): Directory {
    let current = this.#root;
    for (const name of names) {
      const next = current.entries.get(name);
      if (next === undefined) throw fsError('ENOENT', syscall, path);
      if (next instanceof MemoryContent) throw fsError('ENOTDIR', syscall, path);
      current = next;
    }
    return current;
  }
}

function namesOf(path: string): string[] {
  return posix.resolve('/', path).split('/').filter(Boolean);
}

function isInside(path: string, directory: string): boolean {
  return `${posix.resolve('/', path)}/`.startsWith(`${posix.resolve('/', directory)}/`);
}
