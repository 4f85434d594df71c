/**
 * The real disk, and in one of its calls this process is killed: before it, or, if it is a write, in the middle of
 * it. A kill from outside hardly ever meets those moments.
 */
import type { File, FileSystem } from '../../engine/vfs/index.ts';
import type { Suicide } from './script.ts';

export function suicidalFs(inner: FileSystem, { call, share }: Suicide): FileSystem {
  let calls = 0;
  /** `half`: what is done of the call before the end. */
  const count = (half?: () => void): void => {
    if (++calls !== call) return;
    half?.();
    process.kill(process.pid, 'SIGKILL');
  };
  const counted = (file: File): File => ({
    path: file.path,
    size: () => file.size(),
    readAt: (target, position) => file.readAt(target, position),
    writeAt: (source, position) => {
      count(() => file.writeAt(source.subarray(0, Math.floor(share * source.length)), position));
      file.writeAt(source, position);
    },
    sync: () => {
      count();
      file.sync();
    },
    syncInBackground: () => {
      count();
      return file.syncInBackground();
    },
    truncate: (size) => {
      count();
      file.truncate(size);
    },
    close: () => file.close(),
  });
  return {
    kind: inner.kind,
    open: (path, mode) => {
      if (mode === 'create') count();
      return counted(inner.open(path, mode));
    },
    rename: (source, target) => {
      count();
      inner.rename(source, target);
    },
    remove: (path) => {
      count();
      inner.remove(path);
    },
    removeInBackground: (path) => {
      count();
      return inner.removeInBackground(path);
    },
    list: (directory) => inner.list(directory),
    makeDirectory: (directory) => inner.makeDirectory(directory),
    syncDirectory: (directory) => {
      count();
      inner.syncDirectory(directory);
    },
    lock: (path) => inner.lock(path),
  };
}
