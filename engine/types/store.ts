/** The store itself: what an embedded store and a remote one have in common, and what only the former can. */
import type { Leases } from './leasing.ts';
import type { Change, DiffOptions, HistoryOptions, WatchEvent } from './history.ts';
import type { RangeOptions, RangeResult, ReadOptions, ReadView } from './reading.ts';
import type { Op, TxnRequest, TxnResult } from './txn.ts';
import type { CallOptions, Key, KeyValue, Revision, Selector, Value } from './vocabulary.ts';
import type { Watch, WatchOptions } from './watching.ts';
import type { DeleteOptions, DeleteResult, PutOptions, PutResult, WriteTxn } from './writing.ts';

export interface Status {
  readonly revision: Revision;
  readonly compactRevision: Revision;
  /** Bytes of the log's files. */
  readonly sizeBytes: number;
  /** Bytes of records that are still part of the store. */
  readonly sizeInUseBytes: number;
  /** That exist now. */
  readonly keys: number;
  readonly watchers: {
    readonly synced: number;
    readonly unsynced: number;
    readonly victims: number;
  };
  readonly leases: number;
  readonly alarms: readonly ('NOSPACE' | 'CORRUPT')[];
}

export interface CompactOptions extends CallOptions {
  /** Resolve only when the records are gone for good (R81). */
  readonly physical?: boolean;
}

/** R143. */
export interface HashResult {
  readonly hash: number;
  readonly compactRevision: Revision;
  /** The current revision, not the one hashed. */
  readonly revision: Revision;
}

export interface Store extends ReadView, AsyncDisposable {
  put(key: Key, value: Value, options?: PutOptions): Promise<PutResult>;
  delete(selector: Selector, options?: DeleteOptions): Promise<DeleteResult>;
  /** Compares, then one of two lists of operations; all changes share one revision (R60-R74). */
  txn<const T extends readonly Op[], const E extends readonly Op[]>(
    request: TxnRequest<T, E>,
    options?: CallOptions,
  ): Promise<TxnResult<T, E>>;
  /** Every change of the keys selected, from now on or from a revision on (R90-R112). */
  watch(selector: Selector, options?: WatchOptions): Watch;
  readonly leases: Leases;
  /** The store as it was at this revision. */
  at(revision: Revision): ReadView;
  /**
   * Forgets what only reads below `revision` could see (R80-R84). Reads below it are refused at once; the
   * records go in the background. CompactedError if it was compacted already, ERR_FUTURE_REVISION.
   */
  compact(revision: Revision, options?: CompactOptions): Promise<void>;
  /** Gives all dead space back to the file system, a slice at a time: nobody has to wait for it. */
  defragment(options?: CallOptions): Promise<void>;
  /** etcd's own HashKV number over the history up to `revision` (R140-R145); 0 or absent: the current one. */
  hashKv(revision?: Revision): Promise<HashResult>;
  status(): Promise<Status>;
  close(): Promise<void>;
}

/** A read view that holds compaction back until it is disposed. */
export interface Snapshot extends ReadView, AsyncDisposable {
  readonly revision: Revision;
}

export interface SnapshotOptions extends CallOptions {
  /** Default the current revision. */
  readonly revision?: Revision;
}

export interface BackupInfo {
  readonly revision: Revision;
  readonly bytes: number;
  /** SHA-256 of the file's content before its own 32-byte digest, in hexadecimal. */
  readonly checksum: string;
}

export interface VerifyReport {
  readonly ok: boolean;
  /** Each names file and offset, or key and revision. */
  readonly problems: readonly string[];
}

export interface EmbeddedStore extends Store {
  readonly revision: Revision;
  /** The last revision that is on disk. */
  readonly durableRevision: Revision;
  /** -1 = never compacted. */
  readonly compactRevision: Revision;
  /** Like `get`, at once, and without waiting for what it reads to be durable. */
  getSync(key: Key, options?: ReadOptions): KeyValue | undefined;
  rangeSync(selector: Selector, options?: RangeOptions): RangeResult;
  /** Resolves when the changes are durable. `run` must not be asynchronous. No change: no revision. */
  write<R>(
    run: (tx: WriteTxn) => R,
    options?: CallOptions,
  ): Promise<{ readonly revision: Revision; readonly result: R }>;
  /** The store at one revision, readable until disposed though compaction goes on. */
  snapshot(options?: SnapshotOptions): Promise<Snapshot>;
  /** Every change in a range of revisions, in order, whole revisions. */
  history(selector: Selector, options?: HistoryOptions): AsyncIterableIterator<WatchEvent>;
  /** Keys that differ between two revisions, in key order. */
  diff(selector: Selector, options: DiffOptions): AsyncIterableIterator<Change>;
  /**
   * Writes a consistent copy to this file, which must not exist, while reading and writing go on; the file
   * appears whole or not at all. `varve restore` makes a store of it.
   */
  backup(target: string, options?: CallOptions): Promise<BackupInfo>;
  /** Checks every checksum and invariant on disk, and the index against the log. */
  verify(options?: CallOptions): Promise<VerifyReport>;
  /** Prometheus text, with etcd's metric names where one exists. */
  metrics(): string;
  /** Resolves when everything written so far is on disk, whatever the sync mode. */
  flush(): Promise<void>;
}
