/** A handle on a file of the simulated disk, with the errors that the operating system would give. */
import type { File } from '../../engine/vfs/index.ts';
import { diskError } from './disk-error.ts';
import type { DoubtfulContent } from './doubtful-content.ts';

export type FileOperation = 'write' | 'truncate' | 'sync';

export interface OpenContentInit {
  readonly isWritable: boolean;
  /** Told before anything is done. */
  readonly about: (operation: FileOperation) => void;
  /** Turns of the event loop that the next sync in the background takes. */
  readonly syncTurns: () => number;
}

export function openContent(
  path: string,
  content: DoubtfulContent,
  { isWritable, about, syncTurns }: OpenContentInit,
): File {
  let isOpen = true;
  const checked = (call: string, needsWrite = false): void => {
    if (!isOpen || (needsWrite && !isWritable)) throw diskError('EBADF', call, path);
  };
  return {
    path,
    size: () => {
      checked('fstat');
      content.wasRead = true;
      return content.size;
    },
    readAt: (target, position) => {
      checked('read');
      content.wasRead = true;
      return content.readAt(target, position);
    },
    writeAt: (source, position) => {
      checked('write', true);
      about('write');
      content.writeAt(source, position);
    },
    sync: () => {
      checked('fdatasync');
      about('sync');
      content.settle(content.changes);
    },
    syncInBackground: async () => {
      checked('fdatasync');
      const covered = content.changes;
      for (let turns = syncTurns(); turns > 0; turns--) await new Promise(setImmediate);
      about('sync');
      content.settle(covered);
    },
    truncate: (size) => {
      checked('ftruncate', true);
      about('truncate');
      content.truncate(size);
    },
    close: () => {
      isOpen = false;
    },
  };
}
