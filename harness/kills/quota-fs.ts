/**
 * A disk with room for so many bytes of one directory, and not for more. As on a real one, a write that does
 * not fit is done as far as it does.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { File, FileSystem } from '../../engine/vfs/index.ts';
import type { Quota } from './script.ts';

/** `inner`: the real disk. Files of others count, too. */
export function quotaFs(inner: FileSystem, { directory, bytes }: Quota): FileSystem {
  const used = (): number => bytesIn(directory);
  const limited = (file: File): File => ({
    path: file.path,
    size: () => file.size(),
    readAt: (target, position) => file.readAt(target, position),
    writeAt: (source, position) => {
      const growth = position + source.length - file.size();
      const missing = growth <= 0 ? 0 : growth - Math.max(0, bytes - used());
      if (missing <= 0) return file.writeAt(source, position);
      const fitting = source.length - missing;
      if (fitting > 0) file.writeAt(source.subarray(0, fitting), position);
      throw noSpace(file.path);
    },
    sync: () => file.sync(),
    syncInBackground: () => file.syncInBackground(),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  });
  return {
    kind: inner.kind,
    open: (path, mode) => {
      const file = inner.open(path, mode);
      return path.startsWith(`${directory}/`) ? limited(file) : file;
    },
    rename: (source, target) => inner.rename(source, target),
    remove: (path) => inner.remove(path),
    removeInBackground: (path) => inner.removeInBackground(path),
    list: (path) => inner.list(path),
    makeDirectory: (path) => inner.makeDirectory(path),
    syncDirectory: (path) => inner.syncDirectory(path),
    lock: (path) => {
      if (used() >= bytes) throw noSpace(path);
      return inner.lock(path);
    },
  };
}

function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(directory, name), { throwIfNoEntry: false }))
    .reduce((sum, entry) => sum + (entry?.isFile() === true ? entry.size : 0), 0);
}

function noSpace(path: string): Error {
  const message = `ENOSPC: no space left on device, write '${path}'`;
  return Object.assign(new Error(message), { code: 'ENOSPC', syscall: 'write', path });
}
