/**
 * A Backend over any Storage: transactions, buckets, revisions, hash and snapshot are the same whether
 * the records go to a log or stay in memory.
 */
import { assert } from '../base/assert.ts';
import type { Histogram } from '../base/histogram.ts';
import type {
  Backend,
  BackendSnapshot,
  BatchTx,
  CommitWaiter,
  ConcurrentReadTx,
  ReadTx,
  Revisions,
} from './backend.ts';
import { hashBuckets } from './backend-hash.ts';
import type { BackendState } from './backend-state.ts';
import { StorageBatchTx } from './batch-tx.ts';
import { BucketReadTx } from './read-tx.ts';
import { snapshotChunks } from './snapshot.ts';
import type { Storage } from './storage.ts';
import { verifySpace } from './verify-backend.ts';

export class StorageBackend implements Backend {
  readonly #state: BackendState;
  readonly #storage: Storage;
  readonly #revisions: Revisions;
  readonly #read: ReadTx;
  readonly #batch: StorageBatchTx;

  constructor(state: BackendState, storage: Storage) {
    this.#state = state;
    this.#storage = storage;
    const { table } = state;
    this.#revisions = state.revisions((ordinal) => {
      assert(ordinal < table.count, () => `there is no revision at ordinal ${ordinal}`);
      return storage.read(table.slotOf(ordinal), table.placeOf(ordinal));
    });
    this.#read = new BucketReadTx(this.#revisions, () => state.buckets);
    this.#batch = new StorageBatchTx(state, storage, this.#read);
  }

  readTx(): ReadTx {
    return this.#read;
  }

  concurrentReadTx(): ConcurrentReadTx {
    assert(!this.#batch.isOpen, () => 'a view sees whole transactions');
    const { revisions, close } = this.#state.freeze(this.#revisions);
    const buckets = this.#state.buckets.clone();
    return new BucketReadTx(revisions, () => buckets, close);
  }

  batchTx(): BatchTx {
    return this.#batch;
  }

  snapshot(): BackendSnapshot {
    this.forceCommit();
    const view = this.concurrentReadTx();
    return { chunks: () => snapshotChunks(view), close: () => view.close() };
  }

  hash(ignores?: (bucket: string, key: Uint8Array) => boolean): number {
    this.forceCommit();
    return hashBuckets(this.#read, ignores);
  }

  size(): number {
    return this.#storage.sizeBytes;
  }

  sizeInUse(): number {
    return this.#state.space.liveBytes;
  }

  syncDurations(): Histogram | undefined {
    return this.#storage.syncDurations;
  }

  openReadTxN(): number {
    return this.#state.openViews;
  }

  defrag(signal?: AbortSignal): Promise<void> {
    return this.#storage.defrag(signal);
  }

  clean(): void {
    this.#storage.clean();
  }

  *verify(report: (problem: string) => void): Generator<void, void, void> {
    yield* this.#storage.verify(report);
    yield* verifySpace(this.#state, report);
  }

  forceCommit(): void {
    this.#storage.commitNow();
  }

  requestCommit(): void {
    this.#storage.request();
  }

  whenCommitted(waiter: CommitWaiter): void {
    this.#storage.wait(waiter);
  }

  flush(): Promise<void> {
    return this.#storage.flush();
  }

  durableRevision(): number {
    return this.#storage.durableRevision;
  }

  failure(): Error | undefined {
    return this.#storage.failure;
  }

  onFailure(told: (failure: Error) => void): void {
    this.#storage.onFailure(told);
  }

  close(): Promise<void> {
    return this.#storage.close();
  }
}
