/**
 * The embedded store: the public door's one class. Each operation checks what it was given and performs it
 * synchronously on the layers below; `StoreCore` says whether it may, and when its promise resolves.
 * `getSync` and `rangeSync` never wait.
 */
import type { Backend } from './backend/backend.ts';
import { closed, invalidArgument } from './base/errors.ts';
import { backupTo } from './maintenance/backup.ts';
import { reveal } from './insides.ts';
import { LocalLeases } from './leases.ts';
import type { Lessor } from './lease/lessor.ts';
import type { Maintenance } from './maintenance/maintenance.ts';
import { type Counters, metricsText } from './maintenance/metrics.ts';
import { verifyStore } from './maintenance/verify.ts';
import type { KvStore } from './mvcc/kvstore.ts';
import type { StoreOptions } from './options.ts';
import { Past } from './past.ts';
import { LocalReadView } from './read-view.ts';
import { StoreCore } from './store-core.ts';
import { deleteOf } from './txn/delete-range.ts';
import type { WriteLimits } from './txn/limits.ts';
import { putOf } from './txn/put.ts';
import { checkedInteger } from './txn/range.ts';
import { planTxn } from './txn/plan.ts';
import { runTxn } from './txn/run.ts';
import type {
  BackupInfo,
  CallOptions,
  Change,
  CompactOptions,
  DeleteOptions,
  DeleteResult,
  DiffOptions,
  EmbeddedStore,
  HashResult,
  HistoryOptions,
  Key,
  KeyValue,
  Op,
  PutOptions,
  PutResult,
  RangeOptions,
  RangeResult,
  ReadOptions,
  ReadView,
  Selector,
  Snapshot,
  SnapshotOptions,
  Status,
  TxnRequest,
  TxnResult,
  Value,
  VerifyReport,
  Watch,
  WatchEvent,
  WatchOptions,
  WriteTxn,
} from './types.ts';
import { LocalWatches } from './watches.ts';
import { LocalWriteTxn } from './write-txn.ts';

const NO_OPTIONS = {};

export class LocalStore implements EmbeddedStore {
  readonly leases: LocalLeases;
  readonly #core: StoreCore;
  readonly #kv: KvStore;
  readonly #backend: Backend;
  readonly #limits: WriteLimits;
  readonly #maintenance: Maintenance;
  readonly #now: LocalReadView;
  readonly #past: Past;
  readonly #watches: LocalWatches;
  readonly #lessor: Lessor;
  readonly #counters: Counters = { puts: 0, deletes: 0, txns: 0 };

  /** `release` gives the directory back. */
  constructor(
    maintenance: Maintenance,
    lessor: Lessor,
    options: StoreOptions,
    release: () => void,
  ) {
    this.#core = new StoreCore(maintenance, options, release);
    this.#kv = maintenance.context.kv;
    this.#backend = maintenance.context.backend;
    this.#maintenance = maintenance;
    const { maxRequestBytes, maxTxnOps } = options;
    const { quota } = maintenance;
    this.#limits = {
      maxRequestBytes,
      maxTxnOps,
      admit: (bytes) => quota.admit(bytes),
      hasLease: (id) => lessor.has(id),
    };
    this.#now = new LocalReadView(this.#core);
    this.#past = new Past(this.#core);
    this.#watches = new LocalWatches(this.#core, options);
    this.leases = new LocalLeases(this.#core, lessor, options);
    this.#lessor = lessor;
    this.#core.onChanges((tx) => {
      lessor.follow(tx);
      this.#watches.follow(tx);
    });
    this.#core.onFailure((failure) => this.#watches.end(failure));
    reveal(this, { core: this.#core, watches: this.#watches, lessor, options });
  }

  get revision(): number {
    return this.#core.revision;
  }
  get durableRevision(): number {
    return this.#core.durableRevision;
  }
  get compactRevision(): number {
    return this.#kv.firstRev();
  }

  // ── writing ──────────────────────────────────────────────────────────────

  put(key: Key, value: Value, options: PutOptions = NO_OPTIONS): Promise<PutResult> {
    this.#counters.puts++;
    return this.#core.write(options, (tx) => putOf(tx, key, value, options, this.#limits));
  }

  delete(selector: Selector, options: DeleteOptions = NO_OPTIONS): Promise<DeleteResult> {
    this.#counters.deletes++;
    return this.#core.write(options, (tx) => deleteOf(tx, selector, options));
  }

  txn<const T extends readonly Op[], const E extends readonly Op[]>(
    request: TxnRequest<T, E>,
    options: CallOptions = NO_OPTIONS,
  ): Promise<TxnResult<T, E>> {
    this.#counters.txns++;
    try {
      options.signal?.throwIfAborted();
      const plan = planTxn(request, this.#limits);
      if (!plan.isReadOnly) {
        return this.#core.write(options, (tx) => runTxn(plan, tx, this.#limits) as TxnResult<T, E>);
      }
      this.#core.checkUsable();
      return this.#core.settle(runTxn(plan, this.#kv, this.#limits) as TxnResult<T, E>, false);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  write<R>(
    run: (tx: WriteTxn) => R,
    options: CallOptions = NO_OPTIONS,
  ): Promise<{ readonly revision: number; readonly result: R }> {
    return this.#core.write(options, (tx) => {
      const txn = new LocalWriteTxn(tx, this.#limits);
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
    return new LocalReadView(this.#core, revision);
  }

  history(
    selector: Selector,
    options: HistoryOptions = NO_OPTIONS,
  ): AsyncGenerator<WatchEvent, void, void> {
    return this.#past.history(selector, options);
  }
  diff(selector: Selector, options: DiffOptions): AsyncGenerator<Change, void, void> {
    return this.#past.diff(selector, options);
  }
  snapshot(options: SnapshotOptions = NO_OPTIONS): Promise<Snapshot> {
    return this.#past.snapshot(options);
  }
  watch(selector: Selector, options: WatchOptions = NO_OPTIONS): Watch {
    return this.#watches.watch(selector, options);
  }

  // ── maintenance ──────────────────────────────────────────────────────────

  async compact(revision: number, options: CompactOptions = NO_OPTIONS): Promise<void> {
    options.signal?.throwIfAborted();
    this.#core.checkWritable();
    const removed = this.#maintenance.compact(checkedInteger('revision', revision));
    await this.#backend.flush();
    if (options.physical === true) await removed;
  }

  async defragment(options: CallOptions = NO_OPTIONS): Promise<void> {
    this.#core.checkWritable();
    await this.#maintenance.defragment(options.signal);
  }

  async hashKv(revision = 0): Promise<HashResult> {
    this.#core.checkReadable();
    const result = await this.#maintenance.hashKv(checkedInteger('revision', revision));
    return this.#core.settle(result, false);
  }

  async backup(target: string, options: CallOptions = NO_OPTIONS): Promise<BackupInfo> {
    this.#core.checkReadable();
    const { context, pins, jobs } = this.#maintenance;
    return jobs.run(options.signal, (stopped) => backupTo(context, pins, target, stopped));
  }

  async verify(options: CallOptions = NO_OPTIONS): Promise<VerifyReport> {
    this.#core.checkReadable();
    const { context, jobs } = this.#maintenance;
    return jobs.run(options.signal, (stopped) => verifyStore(context, stopped));
  }

  metrics(): string {
    this.#core.checkReadable();
    const observed = { watchable: this.#watches.watchable, lessor: this.#lessor };
    return metricsText(this.#maintenance, this.#counters, observed);
  }

  // ── the store itself ─────────────────────────────────────────────────────

  status(): Promise<Status> {
    try {
      this.#core.checkReadable();
      return Promise.resolve({
        revision: this.revision,
        compactRevision: this.compactRevision,
        sizeBytes: this.#backend.size(),
        sizeInUseBytes: this.#backend.sizeInUse(),
        keys: this.#kv.index.liveCount,
        watchers: this.#watches.watchable.counts,
        leases: this.#lessor.size,
        alarms: this.#maintenance.quota.alarms,
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  flush(): Promise<void> {
    return this.#core.flush();
  }

  close(): Promise<void> {
    this.#watches.end(closed());
    this.leases.close();
    return this.#core.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
