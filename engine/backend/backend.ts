/**
 * The contract between MVCC and whatever keeps its bytes: etcd's `Backend`, so that another engine can be
 * put under the same store. `LogBackend` and `MemoryBackend` pass one suite, `backend.contract.ts`.
 *
 * Buckets are ordered maps from bytes to bytes. Bucket `key` is special: its keys are revisions (R6) that
 * only grow, its values are etcd's KeyValue messages (R7). Because it only grows, each of its records has
 * an **ordinal**, its place in revision order, and that is how MVCC addresses it; the byte view of the
 * bucket is for tools, hashes and exchange.
 */
import type { KeyString } from '../base/bytes.ts';
import type { Histogram } from '../base/histogram.ts';
import type { CommitWaiter } from '../log/commit-job.ts';

export type { CommitWaiter };

/** etcd's bucket names (R175). */
export const KEY_BUCKET = 'key';
export const META_BUCKET = 'meta';
export const LEASE_BUCKET = 'lease';
export const ALARM_BUCKET = 'alarm';

export interface Entries {
  readonly keys: readonly Uint8Array[];
  readonly values: readonly Uint8Array[];
}

/** One record of bucket `key`; a view, valid until the next read. `key` and `value` return copies. */
export interface StoredRevision {
  readonly main: number;
  readonly sub: number;
  readonly create: number;
  readonly version: number;
  readonly lease: bigint;
  /** Encoded size. */
  readonly bytes: number;
  key(): KeyString;
  value(): Uint8Array;
}

/** Bucket `key` by ordinal. Ordinals run from 0, in (main, sub) order, and never change. */
export interface Revisions {
  /** Ordinals below this are visible. */
  readonly count: number;
  mainOf(ordinal: number): number;
  subOf(ordinal: number): number;
  isTombstone(ordinal: number): boolean;
  /** Taken out by `delete`. Dead records are not read. */
  isDead(ordinal: number): boolean;
  /** The last ordinal whose main revision is at most `main`, or -1. */
  floor(main: number): number;
  /** The first ordinal from this one on that is on disk, dead or alive; `count` if there is none. */
  nextLeft(ordinal: number): number;
  read(ordinal: number): StoredRevision;
}

export interface ReadTx {
  /**
   * R171: `key` ≤ k < `end`, in order, at most `limit` (0 or absent: all). Without `end` exactly `key`,
   * limit 1. A limit other than 1 is for bucket `key` and tools. Unknown bucket: ERR_NOT_FOUND.
   */
  range(bucket: string, key: Uint8Array, end?: Uint8Array, limit?: number): Entries;
  forEach(bucket: string, visit: (key: Uint8Array, value: Uint8Array) => void): void;
  /** Names, in byte order. */
  buckets(): readonly string[];
  readonly revisions: Revisions;
}

/** A private view: sees nothing written after it was made, and blocks nobody. */
export interface ConcurrentReadTx extends ReadTx {
  close(): void;
}

/** A revision to be stored. Revisions must grow from call to call. */
export interface NewRevision {
  readonly main: number;
  readonly sub: number;
  readonly tombstone: boolean;
  readonly key: KeyString;
  /** Empty for a tombstone. */
  readonly value: string | Uint8Array;
  /** 0, 0 and 0n for a tombstone. */
  readonly create: number;
  readonly version: number;
  readonly lease: bigint;
}

/**
 * The one write transaction, long-lived: its writes are readable at once and go to disk in batches.
 * What happens between `begin` and `end` is atomic: a crash keeps all of it or nothing. A write outside
 * of them is a transaction of its own. Nothing else may be called while one is open.
 */
export interface BatchTx extends ReadTx {
  begin(): void;
  end(): void;
  /** As if `begin` had never been called. */
  rollback(): void;
  /** No error if it exists. */
  createBucket(bucket: string): void;
  /** In bucket `key`: a revision greater than any before, and a KeyValue message; else ERR_INVALID_ARGUMENT. */
  put(bucket: string, key: Uint8Array, value: Uint8Array): void;
  /** A put whose key is greater than any in the bucket: a hint that costs nothing to keep. */
  seqPut(bucket: string, key: Uint8Array, value: Uint8Array): void;
  delete(bucket: string, key: Uint8Array): void;
  /** `seqPut` into bucket `key` without the detour over bytes; returns the ordinal. */
  putRevision(revision: NewRevision): number;
  /**
   * Takes a revision out of the store: in memory at once, on disk with the next `sealRemovals`. What was
   * not sealed is back after a crash. Not inside a transaction.
   */
  removeRevision(ordinal: number): void;
  /** Prepares the record of all removals since the last one, in slices … */
  encodeRemovals(): Generator<void, void, void>;
  /** … and appends it to the open transaction; `main` bounds them all. */
  sealRemovals(main: number): void;
  /** Blocks until everything is on disk. */
  commit(): void;
  /** The last commit: later writes are ERR_CLOSED. */
  commitAndStop(): void;
}

/** A consistent copy of everything, as the bytes of one segment file. */
export interface BackendSnapshot {
  chunks(): Iterable<Uint8Array>;
  close(): void;
}

export interface Backend {
  /** Shared: sees everything written. */
  readTx(): ReadTx;
  concurrentReadTx(): ConcurrentReadTx;
  batchTx(): BatchTx;
  /** R173: commits, then copies; later writes do not show. */
  snapshot(): BackendSnapshot;
  /** R146: CRC-32C over all buckets, their keys and values, but for the keys that `ignores` names. */
  hash(ignores?: (bucket: string, key: Uint8Array) => boolean): number;
  /** Bytes of the files. */
  size(): number;
  /** Bytes of what is alive in them. */
  sizeInUse(): number;
  /** How long commits took to sync; undefined if there is nothing to sync. */
  syncDurations(): Histogram | undefined;
  /** Concurrent read transactions that are open. */
  openReadTxN(): number;
  /**
   * Gives the space of everything dead back (R174), segment by segment and in slices: readers and writers
   * go on. What is under way when `signal` aborts is left as it was.
   */
  defrag(signal?: AbortSignal): Promise<void>;
  /** Does the same in the background where a large share is dead, if anywhere. */
  clean(): void;
  /** Reads back what is on disk and checks it, and what is counted; each problem is told as a sentence. */
  verify(report: (problem: string) => void): Generator<void, void, void>;
  /** Blocks until everything is on disk. */
  forceCommit(): void;
  /** Sees to it that what was written goes to disk as the sync mode says. */
  requestCommit(): void;
  /** Told when everything written so far is through, and synced as the sync mode says. */
  whenCommitted(waiter: CommitWaiter): void;
  /** Resolves when everything written so far is on disk, whatever the sync mode. */
  flush(): Promise<void>;
  /** The last main revision on disk. */
  durableRevision(): number;
  /** Why nothing can be written any more, if so. */
  failure(): Error | undefined;
  /** `told` runs once, when there comes to be such a reason. Of several the last one given is told. */
  onFailure(told: (failure: Error) => void): void;
  close(): Promise<void>;
}
