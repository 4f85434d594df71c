/**
 * What is put on trial: one store, in every shape that changes which code answers. Small segments make
 * it roll all the time, no cache makes it read sealed segments from disk every time.
 */
import { type EmbeddedStore, open, openMemory, type OpenOptions } from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';
import { DIRECTORY, diskWith, imageOf } from './disk-image.ts';
import type { KeyForm } from './plain.ts';
import { Session } from './session.ts';

export interface Shape {
  readonly name: string;
  open(options?: OpenOptions): Promise<Session>;
}

/** Cannot be closed and opened again: its restart is a flush. */
export const memoryShape: Shape = {
  name: 'memory',
  async open(options = {}) {
    const store = await openMemory(options);
    return new Session(store, 'text', async (store) => {
      await store.flush();
      return store;
    });
  },
};

export const directoryShape: Shape = onDirectory('directory', 'bytes', {});

const TINY: OpenOptions = { segmentSizeBytes: 4096, cacheSizeBytes: 0 };

export const shapes: readonly Shape[] = [
  memoryShape,
  directoryShape,
  onDirectory('tiny segments, no cache', 'text', TINY),
  onDirectory('tiny segments, interval', 'bytes', {
    ...TINY,
    sync: 'interval',
    batchIntervalMs: 1,
    batchLimit: 5,
  }),
  onDirectory('tiny segments, never', 'bytes', { ...TINY, sync: 'never', batchIntervalMs: 1 }),
  killed('tiny segments, killed', 'text', TINY),
];

function onDirectory(name: string, form: KeyForm, shape: OpenOptions): Shape {
  return {
    name,
    async open(options = {}) {
      const all: OpenOptions = { ...shape, ...options, fs: memoryFs() };
      return new Session(await open(DIRECTORY, all), form, async (store: EmbeddedStore) => {
        await store.close();
        return open(DIRECTORY, all);
      });
    },
  };
}

/** Its restart finds the files as a process leaves them that is killed: no close, no checkpoint. */
function killed(name: string, form: KeyForm, shape: OpenOptions): Shape {
  return {
    name,
    async open(options = {}) {
      let fs = memoryFs();
      const all: OpenOptions = { ...shape, ...options };
      return new Session(await open(DIRECTORY, { ...all, fs }), form, async (store) => {
        const next = diskWith(imageOf(fs));
        await store.close();
        fs = next;
        return open(DIRECTORY, { ...all, fs });
      });
    },
  };
}
