/**
 * The backend on disk: revisions and buckets in the segmented log, their places in memory, a checkpoint
 * beside the log so that opening is proportional to what came after it.
 */
import { closed, VarveError } from '../base/errors.ts';
import type { Histogram } from '../base/histogram.ts';
import type { CommitWaiter } from '../log/commit-job.ts';
import { Log, type LogOptions } from '../log/log.ts';
import type { LogWriter } from '../log/log-writer.ts';
import { RECORD_REMOVE, type RecordFields } from '../log/record.ts';
import type { Segment } from '../log/segment.ts';
import { verifyOpenLog } from '../log/verify-log.ts';
import type { Backend, StoredRevision } from './backend.ts';
import { BackendState, entryBytes } from './backend-state.ts';
import { Checkpointer } from './checkpointer.ts';
import { Cleaner } from './cleaner.ts';
import { restoreLog } from './log-restore.ts';
import { noIndex, type RevisionIndex } from './revision-index.ts';
import type { Storage } from './storage.ts';
import { StorageBackend } from './storage-backend.ts';

export interface LogBackendOptions extends LogOptions {
  /** Built from the revisions while opening. */
  readonly index?: RevisionIndex;
  readonly signal?: AbortSignal | undefined;
}

export class LogBackend {
  /** The directory exists and is locked by the caller. */
  static async open(options: LogBackendOptions): Promise<Backend> {
    const { index = noIndex, signal } = options;
    const log = new Log(options);
    try {
      const state = new BackendState();
      await restoreLog(log, state, { ...options, index, signal });
      return new StorageBackend(state, new LogStorage(log, state, index, options));
    } catch (error) {
      log.close();
      throw error;
    }
  }
}

class LogStorage implements Storage {
  readonly #log: Log;
  readonly #state: BackendState;
  readonly #checkpointer: Checkpointer;
  readonly #cleaner: Cleaner;
  readonly #readOnly: boolean;
  readonly #writer: LogWriter;
  /** A segment was sealed: once that is on disk, it may be worth cleaning. */
  #hasSealed = false;
  #firstOrdinal = 0;
  #closed = false;
  appendedBytes = 0;

  constructor(log: Log, state: BackendState, index: RevisionIndex, options: LogBackendOptions) {
    this.#log = log;
    this.#state = state;
    this.#readOnly = options.readOnly;
    this.#checkpointer = new Checkpointer(log, state, index, options.logger);
    log.start(state.table.lastMain, {
      onMove: (from, to, shift) => this.#move(from, to, shift),
      onSeal: (segment) => {
        this.#checkpointer.sealed(segment.capacityBytes);
        this.#hasSealed = true;
      },
      onBatch: (batch) => {
        if (!this.#cleaner.isBusy) this.#checkpointer.batch(batch);
      },
      onDurable: (batch) => {
        if (this.#hasSealed) this.clean();
        this.#hasSealed = false;
        // One that is written while places change would be thrown away.
        if (!this.#cleaner.isBusy) this.#checkpointer.durable(batch);
      },
    });
    this.#writer = log.writer;
    this.#cleaner = new Cleaner({
      ...options,
      log,
      state,
      onSwap: () => this.#checkpointer.invalidate(),
      onClean: (bytes) => this.#checkpointer.sealed(bytes),
    });
  }

  begin(): void {
    if (this.#closed) throw closed();
    if (this.#readOnly) {
      throw new VarveError('ERR_READ_ONLY', 'the backend was opened with readOnly: true');
    }
    this.#writer.begin();
    this.#firstOrdinal = this.#state.table.count;
  }
  end(): void {
    this.#writer.end();
  }
  rollback(): void {
    this.#writer.rollback();
  }

  append(record: RecordFields): number {
    const at = this.#writer.append(record);
    const { active } = this.#writer;
    this.appendedBytes = active.tail - at;
    if (record.kind >= RECORD_REMOVE) this.#state.space.mix(active.slot);
    return at;
  }

  get activeSlot(): number {
    return this.#writer.active.slot;
  }

  read(slot: number, at: number): StoredRevision {
    const view = this.#log.read(slot, at);
    view.readMetadata();
    return view;
  }

  request(): void {
    this.#log.commit.request();
  }
  wait(waiter: CommitWaiter): void {
    this.#log.commit.wait(waiter);
  }
  flush(): Promise<void> {
    return this.#log.commit.flush();
  }
  commitNow(): void {
    if (!this.#readOnly) this.#log.commit.commitNow();
  }
  onFailure(told: (failure: Error) => void): void {
    this.#log.commit.onFailure = told;
  }
  get durableRevision(): number {
    return this.#log.commit.durableRevision;
  }
  get failure(): Error | undefined {
    return this.#log.commit.failure;
  }
  get syncDurations(): Histogram {
    return this.#log.commit.syncDurations;
  }
  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  clean(): void {
    if (!this.#readOnly && !this.#closed) this.#cleaner.clean();
  }

  defrag(signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    return this.#cleaner.defrag(signal);
  }

  verify(report: (problem: string) => void): Generator<void, void, void> {
    return verifyOpenLog(this.#log.set, report);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#cleaner.close();
      await this.#log.set.spares.discard();
      if (!this.#readOnly && this.failure === undefined) {
        this.#log.commit.close();
        await this.#checkpointer.close();
      }
    } finally {
      this.#log.close();
    }
  }

  /** The open transaction went to another segment. */
  #move(from: Segment, to: Segment, shift: number): void {
    const { table, space, openEntries } = this.#state;
    // Perhaps what it holds went along.
    if (space.isMixed(from.slot)) space.mix(to.slot);
    for (let ordinal = this.#firstOrdinal; ordinal < table.count; ordinal++) {
      space.move(from.slot, to.slot, table.sizeOf(ordinal), table.isBuried(ordinal));
      table.move(ordinal, to.slot, table.placeOf(ordinal) + shift);
    }
    for (const { entries, key, entry } of openEntries) {
      const isDead = entries.get(key) !== entry;
      space.move(from.slot, to.slot, entryBytes(key, entry), isDead);
      entry.slot = to.slot;
      entry.at += shift;
    }
  }
}
