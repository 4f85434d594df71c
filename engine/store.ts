/**
 * The embedded store: the public door's one class. It checks whether the store may be used, performs the
 * request synchronously on the layers below, and decides when its promise resolves.
 *
 * What a promise means (DESIGN §2): with `sync: 'commit'` a resolved write is on disk, and a default read
 * resolves only when what it shows is; in the other modes a write is acknowledged at once. `getSync` and
 * `rangeSync` never wait. After a failed write or sync nothing more is written (ERR_POISONED), and reads
 * show the last state that was acknowledged.
 */
import type { Backend } from './backend/backend.ts';
import { AssertionError } from './base/assert.ts';
import { closed, futureRevision, invalidArgument, VarveError } from './base/errors.ts';
import type { ReadView as KvReadView, TxnWrite } from './mvcc/kv.ts';
import type { KvStore } from './mvcc/kvstore.ts';
import type { StoreOptions } from './options.ts';
import { failing, LocalReadView, type ReadSource } from './read-view.ts';
import { Settling } from './settling.ts';
import { deleteOf } from './txn/delete-range.ts';
import { putOf } from './txn/put.ts';
import { checkedInteger } from './txn/range.ts';
import { keyRangeOf } from './txn/selector.ts';
import type {
  CallOptions,
  DeleteOptions,
  DeleteResult,
  EmbeddedStore,
  HistoryOptions,
  Key,
  KeyValue,
  PutOptions,
  PutResult,
  RangeOptions,
  RangeResult,
  ReadOptions,
  ReadView,
  Selector,
  Status,
  Value,
  WatchEvent,
  WriteTxn,
} from './types.ts';
import { LocalWriteTxn } from './write-txn.ts';

const NO_OPTIONS = {};

export class LocalStore implements EmbeddedStore, ReadSource {
  readonly #kv: KvStore;
  readonly #backend: Backend;
  readonly #options: StoreOptions;
  readonly #release: () => void;
  readonly #now: LocalReadView;
  /** Why the store cannot be used at this moment: it is closed, or inside `write`. */
  #blocked: (() => VarveError) | null = null;
  /** A broken invariant: as final as a failed disk. */
  #broken: VarveError | undefined;
  #closing: Promise<void> | undefined;

  /** `release` gives the directory back. */
  constructor(kv: KvStore, backend: Backend, options: StoreOptions, release: () => void) {
    this.#kv = kv;
    this.#backend = backend;
    this.#options = options;
    this.#release = release;
    this.#now = new LocalReadView(this);
  }

  get revision(): number {
    return this.readable(0) || this.#kv.rev();
  }
  get durableRevision(): number {
    return Math.max(1, this.#backend.durableRevision());
  }
  get compactRevision(): number {
    return this.#kv.firstRev();
  }

  // ── writing ──────────────────────────────────────────────────────────────

  put(key: Key, value: Value, options: PutOptions = NO_OPTIONS): Promise<PutResult> {
    return this.#write(options, (tx) =>
      putOf(tx, key, value, options, this.#options.maxRequestBytes),
    );
  }

  delete(selector: Selector, options: DeleteOptions = NO_OPTIONS): Promise<DeleteResult> {
    return this.#write(options, (tx) => deleteOf(tx, selector, options));
  }

  write<R>(
    run: (tx: WriteTxn) => R,
    options: CallOptions = NO_OPTIONS,
  ): Promise<{ readonly revision: number; readonly result: R }> {
    return this.#write(options, (tx) => {
      const txn = new LocalWriteTxn(tx, this.#options.maxRequestBytes);
      try {
        const result = run(txn);
        if (typeof (result as { then?: unknown } | null | undefined)?.then === 'function') {
          throw invalidArgument('the function given to write() must not be asynchronous');
        }
        return { revision: tx.rev(), result };
      } finally {
        txn.close();
      }
    });
  }

  /** One write transaction around `perform`; throwing takes everything back. */
  #write<T>(options: CallOptions, perform: (tx: TxnWrite) => T): Promise<T> {
    let tx: TxnWrite | undefined;
    try {
      options.signal?.throwIfAborted();
      this.#checkWritable();
      tx = this.#kv.write();
      this.#blocked = insideWrite;
      const result = perform(tx);
      this.#blocked = null;
      const changed = tx.changeCount > 0;
      tx.end();
      if (changed) this.#backend.requestCommit();
      return this.settle(result, false);
    } catch (error) {
      if (tx !== undefined) {
        this.#blocked = null;
        this.#rollback(tx, error);
      }
      return Promise.reject(error);
    }
  }

  #rollback(tx: TxnWrite, cause: unknown): void {
    try {
      if (cause instanceof AssertionError) throw cause;
      tx.rollback();
    } catch (error) {
      // The index and the log may disagree now: no further write may build on that.
      this.#broken = new VarveError(
        'ERR_POISONED',
        `an invariant is broken (${String(error)}): nothing more is written; close the store and report this`,
        { cause: error },
      );
    }
  }

  #checkWritable(): void {
    if (this.#blocked !== null) throw this.#blocked();
    const failure = this.#failure();
    if (failure !== undefined) throw failure;
    if (this.#options.readOnly) {
      throw new VarveError('ERR_READ_ONLY', 'the store was opened with readOnly: true');
    }
  }

  #failure(): Error | undefined {
    return this.#broken ?? this.#backend.failure();
  }

  // ── reading ──────────────────────────────────────────────────────────────

  getSync(key: Key, options: ReadOptions = NO_OPTIONS): KeyValue | undefined {
    return this.#now.getSync(key, options);
  }
  rangeSync(selector: Selector, options: RangeOptions = NO_OPTIONS): RangeResult {
    return this.#now.rangeSync(selector, options);
  }
  get(key: Key, options: ReadOptions = NO_OPTIONS): Promise<KeyValue | undefined> {
    return this.#now.get(key, options);
  }
  has(key: Key, options: ReadOptions = NO_OPTIONS): Promise<boolean> {
    return this.#now.has(key, options);
  }
  range(selector: Selector, options: RangeOptions = NO_OPTIONS): Promise<RangeResult> {
    return this.#now.range(selector, options);
  }
  count(selector: Selector, options: ReadOptions = NO_OPTIONS): Promise<number> {
    return this.#now.count(selector, options);
  }
  iterate(selector: Selector, options: RangeOptions = NO_OPTIONS): AsyncIterableIterator<KeyValue> {
    return this.#now.iterate(selector, options);
  }

  at(revision: number): ReadView {
    checkedInteger('revision', revision);
    return new LocalReadView(this, revision);
  }

  history(
    selector: Selector,
    options: HistoryOptions = NO_OPTIONS,
  ): AsyncGenerator<WatchEvent, void, void> {
    try {
      this.reader();
      const to = checkedInteger('to', options.to) || this.revision;
      const from = checkedInteger('from', options.from);
      if (to > this.revision) throw futureRevision();
      return this.#events(this.#kv.history({ ...keyRangeOf(selector), from, to }), options);
    } catch (error) {
      return failing(error);
    }
  }

  async *#events(
    events: Iterable<WatchEvent>,
    options: HistoryOptions,
  ): AsyncGenerator<WatchEvent, void, void> {
    await this.settle(undefined, false);
    for (const event of events) {
      options.signal?.throwIfAborted();
      yield event;
      // The consumer ran in between.
      this.reader();
    }
  }

  /** @internal */
  reader(): KvReadView {
    if (this.#blocked !== null) throw this.#blocked();
    return this.#kv;
  }

  /** @internal */
  readable(revision: number): number {
    if (this.#backend.failure() === undefined) return revision;
    if (revision > this.durableRevision) throw futureRevision();
    return revision > 0 ? revision : this.durableRevision;
  }

  /** @internal */
  settle<T>(value: T, serializable: boolean): Promise<T> {
    const waits =
      !serializable &&
      this.#options.sync === 'commit' &&
      this.#kv.rev() > this.durableRevision &&
      this.#backend.failure() === undefined;
    if (!waits) return Promise.resolve(value);
    return new Promise((resolve, reject) => {
      this.#backend.whenCommitted(new Settling(value, resolve, reject));
    });
  }

  // ── the store itself ─────────────────────────────────────────────────────

  status(): Promise<Status> {
    try {
      this.reader();
      return Promise.resolve({
        revision: this.revision,
        compactRevision: this.compactRevision,
        sizeBytes: this.#backend.size(),
        sizeInUseBytes: this.#backend.sizeInUse(),
        keys: this.#kv.index.liveCount,
        // Nothing makes any of these yet, so there are none.
        watchers: { synced: 0, unsynced: 0, victims: 0 },
        leases: 0,
        alarms: [],
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  flush(): Promise<void> {
    if (this.#blocked !== null) return Promise.reject(this.#blocked());
    if (this.#options.readOnly) return Promise.resolve();
    return this.#backend.flush();
  }

  /** Everything written is on disk when this resolves; closing twice is allowed. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#blocked = closed;
    try {
      await this.#kv.close();
    } finally {
      this.#release();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const insideWrite = (): VarveError =>
  invalidArgument('inside write() use the transaction it hands you, not the store');
