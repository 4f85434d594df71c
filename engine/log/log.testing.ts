/**
 * What the log's tests share: a clock and a file system that the test holds in its hand, images of a
 * directory, and a log of puts whose content can be told at a glance. Not part of the build.
 */
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { silentLogger } from '../base/logger.ts';
import { type File, type FileSystem, memoryFs, type OpenMode } from '../vfs/index.ts';
import { Log, type LogCheckpoint, type LogOptions } from './log.ts';
import { emptyView, visitRecords } from './log-reader.ts';
import { RECORD_PUT, type RecordFields } from './record.ts';
import type { CommitWaiter } from './commit-job.ts';

export const DIRECTORY = '/store';

/** Time passes when the test says so. */
export class FakeClock implements Clock {
  #now = 1000;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }
  get timers(): number {
    return this.#timers.size;
  }
  setTimer(delayMs: number, run: () => void): Disposable {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }
  advance(ms: number): void {
    this.#now += ms;
    const due = [...this.#timers].filter(({ at }) => at <= this.#now);
    for (const timer of due) {
      if (this.#timers.delete(timer)) timer.run();
    }
  }
}

export interface HeldSync {
  readonly path: string;
  resolve(): void;
  reject(error: Error): void;
}

/** Tells the test of every changing call, which may throw, and lets it hold background syncs. */
export class WatchedFs implements FileSystem {
  readonly kind = 'watched';
  readonly inner: FileSystem;
  /** 'write NAME AT LENGTH', 'sync NAME', 'background NAME', 'rename A B', 'create NAME', … */
  readonly calls: string[] = [];
  readonly held: HeldSync[] = [];
  holds = false;
  onCall: (call: string) => void = () => {};

  constructor(inner: FileSystem = memoryFs()) {
    this.inner = inner;
  }

  call(call: string): void {
    const shown = call.replaceAll(`${DIRECTORY}/`, '');
    this.calls.push(shown);
    this.onCall(shown);
  }
  /** The calls since the last time. */
  take(): string[] {
    return this.calls.splice(0);
  }
  open(path: string, mode: OpenMode): File {
    if (mode === 'create') this.call(`create ${path}`);
    return new WatchedFile(this, this.inner.open(path, mode));
  }
  rename(source: string, target: string): void {
    this.call(`rename ${source} ${target}`);
    this.inner.rename(source, target);
  }
  remove(path: string): void {
    this.call(`remove ${path}`);
    this.inner.remove(path);
  }
  async removeInBackground(path: string): Promise<void> {
    this.remove(path);
  }
  list(directory: string): readonly string[] {
    return this.inner.list(directory);
  }
  makeDirectory(directory: string): void {
    this.inner.makeDirectory(directory);
  }
  syncDirectory(directory: string): void {
    this.call('sync-directory');
    this.inner.syncDirectory(directory);
  }
  lock(path: string): { release(): void } {
    return this.inner.lock(path);
  }
}

class WatchedFile implements File {
  readonly path: string;
  readonly #fs: WatchedFs;
  readonly #file: File;

  constructor(fs: WatchedFs, file: File) {
    this.#fs = fs;
    this.#file = file;
    this.path = file.path;
  }
  size(): number {
    return this.#file.size();
  }
  readAt(target: Uint8Array, position: number): number {
    return this.#file.readAt(target, position);
  }
  writeAt(source: Uint8Array, position: number): void {
    this.#fs.call(`write ${this.path} ${position} ${source.length}`);
    this.#file.writeAt(source, position);
  }
  sync(): void {
    this.#fs.call(`sync ${this.path}`);
    this.#file.sync();
  }
  syncInBackground(): Promise<void> {
    this.#fs.call(`background ${this.path}`);
    if (!this.#fs.holds) return this.#file.syncInBackground();
    return new Promise((resolve, reject) => {
      this.#fs.held.push({ path: this.path, resolve, reject });
    });
  }
  truncate(size: number): void {
    this.#fs.call(`truncate ${this.path} ${size}`);
    this.#file.truncate(size);
  }
  close(): void {
    this.#file.close();
  }
}

/** The files of the directory. */
export type Image = ReadonlyMap<string, Buffer>;

export function imageOf(fs: FileSystem): Image {
  const image = new Map<string, Buffer>();
  for (const name of fs.list(DIRECTORY)) {
    const file = fs.open(`${DIRECTORY}/${name}`, 'read');
    const bytes = Buffer.alloc(file.size());
    file.readAt(bytes, 0);
    file.close();
    image.set(name, bytes);
  }
  return image;
}

export function fsOf(image: Image): FileSystem {
  const fs = emptyFs();
  for (const [name, bytes] of image) {
    const file = fs.open(`${DIRECTORY}/${name}`, 'create');
    file.writeAt(bytes, 0);
    file.close();
  }
  return fs;
}

/** A copy of the image in which `change` has edited one file. */
export function edited(
  image: Image,
  name: string,
  change: (bytes: Buffer) => Buffer | void,
): Image {
  const copy = Buffer.from(image.get(name)!);
  return new Map([...image, [name, change(copy) ?? copy]]);
}

export function emptyFs(): FileSystem {
  const fs = memoryFs();
  fs.makeDirectory(DIRECTORY);
  return fs;
}

export function logOptions(fs: FileSystem, options: Partial<LogOptions> = {}): LogOptions {
  return {
    fs,
    directory: DIRECTORY,
    sync: 'commit',
    batchIntervalMs: 100,
    batchLimit: 10_000,
    segmentSizeBytes: 64 * 1024,
    cacheSizeBytes: 1024 * 1024,
    readOnly: false,
    clock: new FakeClock(),
    random: () => 0.5,
    logger: silentLogger,
    ...options,
  };
}

export const put = (main: number, value: string | Uint8Array, key = `k${main}`): RecordFields => ({
  bucket: 0,
  kind: RECORD_PUT,
  main,
  sub: 0,
  key,
  value,
  create: main,
  version: 1,
  lease: 0n,
});

const none = (): void => {};

/** A log, open, with what recovery found in it: 'main key value' of each record. */
export interface OpenLog {
  readonly log: Log;
  readonly found: readonly string[];
}

export function openLog(
  fs: FileSystem,
  options: Partial<LogOptions> = {},
  checkpoint?: LogCheckpoint,
): OpenLog {
  const log = new Log(logOptions(fs, options));
  const found: string[] = [];
  const view = emptyView();
  try {
    for (const frame of log.recover(checkpoint)) {
      visitRecords(frame, view, (record) => {
        found.push(`${record.main} ${record.key()} ${Buffer.from(record.value()).toString()}`);
      });
    }
  } catch (error) {
    log.close();
    throw error;
  }
  log.start(found.length === 0 ? 0 : Number(found.at(-1)!.split(' ')[0]), {
    onMove: none,
    onSeal: none,
    onBatch: none,
    onDurable: none,
  });
  return { log, found };
}

/** One transaction of these records. */
export function transact(log: Log, ...records: RecordFields[]): void {
  log.writer.begin();
  for (const record of records) log.append(record);
  log.writer.end();
}

/** A transaction, on disk. */
export function commit(log: Log, ...records: RecordFields[]): void {
  transact(log, ...records);
  log.commit.commitNow();
}

export function waiter(name: string, told: string[]): CommitWaiter {
  return {
    committed: () => void told.push(`${name} committed`),
    failed: (error) => void told.push(`${name} failed ${error.code}`),
  };
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const defaults = { ...limits };

/** Small limits make small tests; `afterEach(resetLimits)` undoes them. */
export function shrinkLimits(some: Partial<typeof limits>): void {
  Object.assign(limits, some);
}
export function resetLimits(): void {
  Object.assign(limits, defaults);
}

export function osError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
