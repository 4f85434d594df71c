/**
 * A disk whose syncs take their time, so that other things happen meanwhile. In place a sync takes long by the
 * store's clock, whereupon the store syncs in the background; there it ends some turns of the event loop
 * later. After a while of that the store tries in place again.
 */
import { setImmediate } from 'node:timers/promises';
import type { File, FileSystem, Lock, OpenMode } from '../../engine/vfs/index.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Whoever measures what is done without a pause is told that it took long; leases do not notice. */
export class SlowClock extends VirtualClock {
  #busyMs = 0;

  override now(): number {
    return super.now() + this.#busyMs;
  }

  /** So much goes by, and comes back as soon as anything else may run. */
  busy(ms: number): void {
    this.#busyMs += ms;
    queueMicrotask(() => (this.#busyMs = 0));
  }
}

const SYNC_MS = 50;
/** Each background sync takes one of these after the other. */
const TURNS: readonly number[] = [1, 3, 2, 6, 1, 4];

export class SlowFs implements FileSystem {
  readonly kind: string;
  readonly #fs: FileSystem;
  readonly #clock: SlowClock;
  #syncs = 0;

  constructor(fs: FileSystem, clock: SlowClock) {
    this.kind = fs.kind;
    this.#fs = fs;
    this.#clock = clock;
  }

  open(path: string, mode: OpenMode): File {
    return new SlowFile(this.#fs.open(path, mode), {
      sync: () => this.#clock.busy(SYNC_MS),
      syncInBackground: async () => {
        for (let left = TURNS[this.#syncs++ % TURNS.length]!; left > 0; left--) {
          await setImmediate();
        }
      },
    });
  }
  rename(source: string, target: string): void {
    this.#fs.rename(source, target);
  }
  remove(path: string): void {
    this.#fs.remove(path);
  }
  removeInBackground(path: string): Promise<void> {
    return this.#fs.removeInBackground(path);
  }
  list(directory: string): readonly string[] {
    return this.#fs.list(directory);
  }
  makeDirectory(directory: string): void {
    this.#fs.makeDirectory(directory);
  }
  syncDirectory(directory: string): void {
    this.#fs.syncDirectory(directory);
  }
  lock(path: string): Lock {
    return this.#fs.lock(path);
  }
}

/** What comes before a sync ends. */
interface Delay {
  readonly sync: () => void;
  readonly syncInBackground: () => Promise<void>;
}

class SlowFile implements File {
  readonly #file: File;
  readonly #delay: Delay;

  constructor(file: File, delay: Delay) {
    this.#file = file;
    this.#delay = delay;
  }

  get path(): string {
    return this.#file.path;
  }
  size(): number {
    return this.#file.size();
  }
  readAt(target: Uint8Array, position: number): number {
    return this.#file.readAt(target, position);
  }
  writeAt(source: Uint8Array, position: number): void {
    this.#file.writeAt(source, position);
  }
  sync(): void {
    this.#delay.sync();
    this.#file.sync();
  }
  async syncInBackground(): Promise<void> {
    await this.#delay.syncInBackground();
    await this.#file.syncInBackground();
  }
  truncate(size: number): void {
    this.#file.truncate(size);
  }
  close(): void {
    this.#file.close();
  }
}
