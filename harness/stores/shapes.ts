/**
 * One store, in every shape that changes which code answers. Small segments make it roll all the time, no
 * cache makes it read sealed segments from disk every time.
 */
import { open, openMemory, type OpenOptions } from '../../engine/index.ts';
import { type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import type { ModelOptions } from '../../spec/model.ts';
import { DIRECTORY, diskWith, imageOf } from './disk-image.ts';
import type { KeyForm } from './plain.ts';
import { Session } from './session.ts';
import { SlowClock, SlowFs } from './slow-disk.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface Shape {
  readonly name: string;
  /** What it acknowledges is on disk. */
  readonly isDurable: boolean;
  /** What the model allows; absent: the small ones that the store is opened with. */
  readonly limits?: ModelOptions;
  open(options?: OpenOptions): Promise<Session>;
}

/** Cannot be closed and opened again: its restart is a flush. */
export const memoryShape: Shape = {
  name: 'memory',
  isDurable: false,
  async open(options = {}) {
    const clock = new VirtualClock();
    const store = await openMemory({ ...options, clock });
    const reopen = async (): Promise<typeof store> => {
      await store.flush();
      return store;
    };
    return new Session({ store, form: 'text', reopen, clock });
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
  onDirectory('tiny segments, time left is kept', 'bytes', { ...TINY, leaseCheckpoints: true }),
  onDirectory('slow disk', 'text', TINY, slow),
  killed('slow disk, killed', 'bytes', {}, slow),
];

function onDirectory(name: string, form: KeyForm, shape: OpenOptions, disk: Disk = fast): Shape {
  return {
    name,
    isDurable: (shape.sync ?? 'commit') === 'commit',
    async open(options = {}) {
      const { clock, on } = disk();
      const fs = on(memoryFs());
      const all: OpenOptions = { ...FULL_TIME, ...shape, ...options, fs, clock };
      const store = await open(DIRECTORY, all);
      const reopen: Session['reopen'] = async (store) => {
        await store.close();
        return open(DIRECTORY, all);
      };
      return new Session({ store, form, reopen, clock });
    },
  };
}

/** Its restart finds the files as a process leaves them that is killed: no close, no checkpoint. */
function killed(name: string, form: KeyForm, shape: OpenOptions, disk: Disk = fast): Shape {
  return {
    name,
    isDurable: true,
    async open(options = {}) {
      const { clock, on } = disk();
      let fs = on(memoryFs());
      const all: OpenOptions = { ...FULL_TIME, ...shape, ...options, clock };
      const store = await open(DIRECTORY, { ...all, fs });
      const reopen: Session['reopen'] = async (store) => {
        const next = on(diskWith(imageOf(fs)));
        await store.close();
        fs = next;
        return open(DIRECTORY, { ...all, fs });
      };
      return new Session({ store, form, reopen, clock });
    },
  };
}

/** Of one store: its time, and what lies between it and its files. */
type Disk = () => {
  readonly clock: VirtualClock;
  readonly on: (fs: FileSystem) => FileSystem;
};

function fast(): ReturnType<Disk> {
  return { clock: new VirtualClock(), on: (fs) => fs };
}

function slow(): ReturnType<Disk> {
  const clock = new SlowClock();
  return { clock, on: (fs) => new SlowFs(fs, clock) };
}

/** R127: leases begin anew after a restart, as they do in the model. */
const FULL_TIME: OpenOptions = { leaseCheckpoints: false };
