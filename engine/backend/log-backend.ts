/**
 * The backend on disk: revisions and buckets in the segmented log, their places in memory, a checkpoint
 * beside the log so that opening is proportional to what came after it.
 */
import { closed, VarveError } from '../base/errors.ts';
import type { CommitWaiter } from '../log/group-commit.ts';
import { Log, type LogOptions } from '../log/log.ts';
import type { LogWriter } from '../log/log-writer.ts';
import {
  RECORD_BUCKET,
  RECORD_PUT,
  RECORD_REMOVE,
  RECORD_TOMBSTONE,
  type RecordFields,
} from '../log/record.ts';
import type { Segment } from '../log/segment.ts';
import { type Backend, KEY_BUCKET, type StoredRevision } from './backend.ts';
import { BackendState } from './backend-state.ts';
import { wellKnownNumber } from './buckets.ts';
import { Checkpointer } from './checkpointer.ts';
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
  readonly #readOnly: boolean;
  #writer: LogWriter;
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
      onSeal: (segment) => this.#checkpointer.sealed(segment.capacityBytes),
      onBatch: (batch) => this.#checkpointer.batch(batch),
      onDurable: (batch) => this.#checkpointer.durable(batch),
    });
    this.#writer = log.writer;
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
    this.appendedBytes = this.#writer.active.tail - at;
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
  get durableRevision(): number {
    return this.#log.commit.durableRevision;
  }
  get failure(): Error | undefined {
    return this.#log.commit.failure;
  }
  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  defrag(): void {
    const { table, buckets } = this.#state;
    this.#checkpointer.invalidate();
    const moved: { ordinal: number; slot: number; at: number }[] = [];
    this.#log.rewrite((writer) => {
      const append = (record: RecordFields): number => {
        writer.begin();
        const at = writer.append(record);
        writer.end();
        return at;
      };
      for (const { name, number, entries } of buckets.image()) {
        if (name === KEY_BUCKET) continue;
        if (wellKnownNumber(name) < 0) {
          append({ ...PLAIN, kind: RECORD_BUCKET, bucket: number, key: name, value: '' });
        }
        for (const [key, value] of entries) {
          append({ ...PLAIN, kind: RECORD_PUT, bucket: number, key, value });
        }
      }
      for (let ordinal = 0; ordinal < table.count; ordinal++) {
        if (!this.#state.isNeeded(ordinal)) continue;
        const at = append(this.#fields(ordinal));
        moved.push({ ordinal, slot: writer.active.slot, at });
        // Only an open view needs it: it must not come back to life at the next open.
        if (table.isDead(ordinal)) append(this.#removal(ordinal));
      }
    });
    for (const { ordinal, slot, at } of moved) table.move(ordinal, slot, at);
    this.#writer = this.#log.writer;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      if (!this.#readOnly && this.failure === undefined) {
        this.#log.commit.close();
        await this.#checkpointer.close();
      }
    } finally {
      this.#log.close();
    }
  }

  #removal(ordinal: number): RecordFields {
    const { table } = this.#state;
    const [main, sub] = [table.mainOf(ordinal), table.subOf(ordinal)];
    return { ...PLAIN, kind: RECORD_REMOVE, bucket: 0, main, sub, key: '', value: '' };
  }

  #fields(ordinal: number): RecordFields {
    const { table } = this.#state;
    const stored = this.read(table.slotOf(ordinal), table.placeOf(ordinal));
    const { main, sub, create, version, lease } = stored;
    const kind = table.isTombstone(ordinal) ? RECORD_TOMBSTONE : RECORD_PUT;
    const key = stored.key();
    return { bucket: 0, kind, main, sub, create, version, lease, key, value: stored.value() };
  }

  /** The open transaction went to another segment. */
  #move(_from: Segment, to: Segment, shift: number): void {
    const { table } = this.#state;
    for (let ordinal = this.#firstOrdinal; ordinal < table.count; ordinal++) {
      table.move(ordinal, to.slot, table.placeOf(ordinal) + shift);
    }
  }
}

const PLAIN = { main: 0, sub: 0, create: 0, version: 0, lease: 0n } as const;
