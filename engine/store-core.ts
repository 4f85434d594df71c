/**
 * What every operation of the store stands on: whether the store may be used, one write transaction at a
 * time, and when a promise resolves. The operations themselves are in `store.ts`.
 *
 * With `sync: 'commit'` a resolved write is on disk, and a default read resolves only when what it shows
 * is; in the other modes a write is acknowledged at once. After a failed write or sync nothing more is
 * written (ERR_POISONED), and reads show the last state that was acknowledged.
 */
import type { Backend, CommitWaiter } from './backend/backend.ts';
import { AssertionError } from './base/assert.ts';
import { closed, futureRevision, invalidArgument, VarveError } from './base/errors.ts';
import { diskError } from './maintenance/disk-error.ts';
import type { Maintenance } from './maintenance/maintenance.ts';
import type { ReadView as KvReadView, TxnWrite } from './mvcc/kv.ts';
import type { KvStore } from './mvcc/kvstore.ts';
import type { StoreOptions } from './options.ts';
import type { ReadSource } from './read-view.ts';
import { Settling } from './settling.ts';
import type { CallOptions } from './types.ts';

export class StoreCore implements ReadSource {
  readonly kv: KvStore;
  readonly maintenance: Maintenance;
  readonly #backend: Backend;
  readonly #options: StoreOptions;
  readonly #release: () => void;
  /** What was there at the start was on disk, though no record may bear that revision any more. */
  readonly #revisionAtOpen: number;
  /** Why the store cannot be used at this moment: it is closed, or inside `write`. */
  #blocked: (() => VarveError) | null = null;
  /** A broken invariant: as final as a failed disk. */
  #broken: VarveError | undefined;
  #closing: Promise<void> | undefined;
  #onChanges: (tx: TxnWrite) => void = () => {};
  #onFailure: (failure: Error) => void = () => {};

  /** `release` gives the directory back. */
  constructor(maintenance: Maintenance, options: StoreOptions, release: () => void) {
    const { kv, backend } = maintenance.context;
    this.kv = kv;
    this.maintenance = maintenance;
    this.#backend = backend;
    this.#options = options;
    this.#release = release;
    this.#revisionAtOpen = kv.rev();
  }

  /** `follow` is told of every transaction that changed something, right after its end. */
  onChanges(follow: (tx: TxnWrite) => void): void {
    this.#onChanges = follow;
  }

  /** `told` runs when nothing can be written any more: the disk has failed, or an invariant is broken. */
  onFailure(told: (failure: Error) => void): void {
    this.#onFailure = told;
    this.#backend.onFailure(told);
  }

  get revision(): number {
    return this.readable(0) || this.kv.rev();
  }
  get durableRevision(): number {
    return Math.max(this.#revisionAtOpen, this.#backend.durableRevision());
  }

  /** The last revision that could be acknowledged: nothing above it may be shown to anybody. */
  get shownRevision(): number {
    return this.#options.sync === 'commit' ? this.durableRevision : this.kv.rev();
  }

  /**
   * One write transaction around `perform`; throwing takes everything back. `applied` follows it in memory,
   * once nothing can be taken back any more.
   */
  write<T>(
    options: CallOptions,
    perform: (tx: TxnWrite) => T,
    applied?: (result: T) => void,
  ): Promise<T> {
    const { quota } = this.maintenance;
    let tx: TxnWrite | undefined;
    try {
      options.signal?.throwIfAborted();
      this.checkWritable();
      tx = this.kv.write();
      this.#blocked = insideWrite;
      const result = perform(tx);
      this.#blocked = null;
      tx.end();
      const ended = tx;
      tx = undefined;
      if (quota.isUnsettled) quota.settle();
      if (ended.changeCount > 0 || ended.hasRecords) this.#backend.requestCommit();
      applied?.(result);
      if (ended.changeCount > 0) this.#onChanges(ended);
      return ended.hasRecords ? this.#committed(result) : this.settle(result, false);
    } catch (error) {
      if (tx === undefined) {
        if (error instanceof AssertionError) this.#break(error);
      } else {
        this.#blocked = null;
        this.#rollback(tx, error);
        if (quota.isUnsettled && this.#failure() === undefined) quota.settle();
      }
      return Promise.reject(error);
    }
  }

  checkReadable(): void {
    if (this.#blocked !== null) throw this.#blocked();
  }

  checkUsable(): void {
    this.checkReadable();
    const failure = this.#failure();
    if (failure !== undefined) throw failure;
  }

  checkWritable(): void {
    this.checkUsable();
    if (this.#options.readOnly) {
      throw new VarveError('ERR_READ_ONLY', 'the store was opened with readOnly: true');
    }
  }

  reader(): KvReadView {
    this.checkReadable();
    return this.kv;
  }

  readable(revision: number): number {
    const failure = this.#backend.failure();
    if (failure === undefined) return revision;
    // A compaction that was not acknowledged either has passed all that could be shown.
    if (this.durableRevision < this.kv.firstRev()) throw failure;
    if (revision > this.durableRevision) throw futureRevision();
    return revision > 0 ? revision : this.durableRevision;
  }

  settle<T>(value: T, serializable: boolean): Promise<T> {
    return this.mustWait(serializable) ? this.#afterCommit(value) : Promise.resolve(value);
  }

  /** What was read now may not be shown before a commit is through. */
  mustWait(serializable: boolean): boolean {
    return (
      !serializable &&
      this.#options.sync === 'commit' &&
      this.kv.rev() > this.durableRevision &&
      this.#backend.failure() === undefined
    );
  }

  /** For what has no revision to wait for. */
  #committed<T>(value: T): Promise<T> {
    const waits = this.#options.sync === 'commit' && this.#backend.failure() === undefined;
    return waits ? this.#afterCommit(value) : Promise.resolve(value);
  }

  #afterCommit<T>(value: T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.whenCommitted(new Settling(value, resolve, reject));
    });
  }

  /** Told when everything written so far is through. */
  whenCommitted(waiter: CommitWaiter): void {
    this.#backend.whenCommitted(waiter);
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
      await this.maintenance.close();
      await this.kv.close();
    } catch (error) {
      throw diskError(error, this.maintenance.context.directory ?? 'the store');
    } finally {
      this.#release();
    }
  }

  #failure(): Error | undefined {
    return this.#broken ?? this.#backend.failure();
  }

  #rollback(tx: TxnWrite, cause: unknown): void {
    try {
      if (cause instanceof AssertionError) throw cause;
      tx.rollback();
    } catch (error) {
      this.#break(error);
    }
  }

  /** Memory and log may disagree now: no further write may build on that. */
  #break(cause: unknown): void {
    if (this.#broken !== undefined) return;
    this.#broken = new VarveError(
      'ERR_POISONED',
      `an invariant is broken (${String(cause)}): nothing more is written; close the store and report this`,
      { cause },
    );
    this.#onFailure(this.#broken);
  }
}

const insideWrite = (): VarveError =>
  invalidArgument('inside write() use the transaction it hands you, not the store');
