/**
 * The public API in types: what a program that imports Varve sees. Bodies are in `store.ts`.
 *
 * Words: *revision*, the number every write gets (1 in an empty store, the first write is 2; R1, R2);
 * *current*, the last one; *durable*, on disk. Sizes are in bytes, times in milliseconds.
 */
import type { Clock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import type { FileSystem } from './vfs/fs.ts';

/** Safe integer, asserted. */
export type Revision = number;
/** int64, as in etcd; 0n = no lease. */
export type LeaseId = bigint;
/** A string is its UTF-8 bytes; order is byte order (R8). */
export type Key = string | Uint8Array;
export type Value = string | Uint8Array;

/** A key's state at one revision (R7, R10). Bytes are the caller's own copy. */
export interface KeyValue {
  /** UTF-8 decoded; bytes that are not UTF-8 show as U+FFFD. */
  readonly key: string;
  readonly keyBytes: Uint8Array;
  readonly value: Uint8Array;
  /** Revision of the first put of this life of the key. */
  readonly createRevision: Revision;
  /** Revision of the last put. */
  readonly modRevision: Revision;
  /** Puts in this life of the key: 1 for the first. */
  readonly version: number;
  readonly lease: LeaseId;
  text(): string;
  json<T = unknown>(): T;
}

/**
 * One selector everywhere: get, range, delete, count, history. `{ gte, lt }` and the like bound both
 * ends (R11); a lower bound above the upper one selects nothing and is no error (R12).
 */
export type Selector =
  | Key
  | { readonly prefix: Key }
  | { readonly gte?: Key; readonly gt?: Key; readonly lt?: Key; readonly lte?: Key }
  | { readonly all: true };

export interface OpenOptions {
  /** Default true; false: ERR_NOT_FOUND if the directory holds no store. */
  readonly createIfMissing?: boolean;
  /** Nothing is changed on disk; writes reject with ERR_READ_ONLY. */
  readonly readOnly?: boolean;
  /**
   * 'commit' (default): a resolved write is on disk. 'interval': written and synced every
   * `batchIntervalMs` or `batchLimit` records, a crash may lose what came after. 'never': the operating
   * system decides when.
   */
  readonly sync?: 'commit' | 'interval' | 'never';
  /** Default 100. */
  readonly batchIntervalMs?: number;
  /** Default 10 000 records. */
  readonly batchLimit?: number;
  /**
   * Default 64 MiB. The first segment is 1 MiB and each next one doubles up to this. Larger ones mean
   * fewer files and larger steps of cleaning.
   */
  readonly segmentSizeBytes?: number;
  /** Default 256 MiB: sealed segments kept in memory; what does not fit is read from disk. */
  readonly cacheSizeBytes?: number;
  /** Default 1.5 MiB: the most one put may hold, key and value (R44). */
  readonly maxRequestBytes?: number;
  /** The seams that a harness uses. */
  readonly fs?: FileSystem;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Pino-shaped; silent by default. */
  readonly logger?: Logger;
  /** Aborts a long open. */
  readonly signal?: AbortSignal;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ReadOptions extends CallOptions {
  /** Time travel: 0 or absent = now (R20). */
  readonly revision?: Revision;
  /** Leave values out (R25). */
  readonly keysOnly?: boolean;
  /** Do not wait until what is read is durable. */
  readonly serializable?: boolean;
}

export interface RangeOptions extends ReadOptions {
  /** 0 or absent = all (R23). */
  readonly limit?: number;
  /** Descending order. */
  readonly reverse?: boolean;
  /** Default 'key'. Any other target sorts the whole range before the limit (R28). */
  readonly sort?: 'key' | 'version' | 'create' | 'mod' | 'value';
  /** Inclusive bounds; 0 = none (R26). */
  readonly minModRevision?: Revision;
  readonly maxModRevision?: Revision;
  readonly minCreateRevision?: Revision;
  readonly maxCreateRevision?: Revision;
}

export interface RangeResult {
  readonly kvs: readonly KeyValue[];
  /** Keys in the range, before limit and filters (R22). */
  readonly count: number;
  /** The limit cut something off (R23). */
  readonly more: boolean;
  /** The store's revision when it was read, never the one asked for (R21). */
  readonly revision: Revision;
}

export interface ReadView {
  get(key: Key, options?: ReadOptions): Promise<KeyValue | undefined>;
  has(key: Key, options?: ReadOptions): Promise<boolean>;
  range(selector: Selector, options?: RangeOptions): Promise<RangeResult>;
  count(selector: Selector, options?: ReadOptions): Promise<number>;
  /** Pages through a range of any size at one fixed revision. Order by key only. */
  iterate(selector: Selector, options?: RangeOptions): AsyncIterableIterator<KeyValue>;
}

export interface PutOptions extends CallOptions {
  readonly lease?: LeaseId;
  readonly prevKv?: boolean;
  /** Keep the value, advance the revision: the value given must be empty, the key must exist (R42). */
  readonly ignoreValue?: boolean;
  readonly ignoreLease?: boolean;
  /** 0 = must not exist; else the key's current modRevision, or ConflictError. */
  readonly ifModRevision?: Revision;
}
export interface PutResult {
  readonly revision: Revision;
  readonly prevKv?: KeyValue;
}

export interface DeleteOptions extends CallOptions {
  readonly prevKv?: boolean;
  /** For a single key: delete only if this is its modRevision, or ConflictError. */
  readonly ifModRevision?: Revision;
}
export interface DeleteResult {
  /** The delete's own revision if it deleted anything, else the current one (R50). */
  readonly revision: Revision;
  readonly deleted: number;
  /** In key order; empty unless asked for. */
  readonly prevKvs: readonly KeyValue[];
}

export type WatchEvent =
  | {
      readonly type: 'put';
      readonly kv: KeyValue;
      readonly prevKv?: KeyValue;
      readonly revision: Revision;
      readonly isCreate: boolean;
    }
  | {
      readonly type: 'delete';
      /** Only key and modRevision mean something (R103). */
      readonly kv: KeyValue;
      readonly prevKv?: KeyValue;
      readonly revision: Revision;
      readonly isCreate: false;
    };

/** A synchronous write transaction: all changes share one revision; throwing rolls back. */
export interface WriteTxn {
  /** The one that the changes will bear. */
  readonly revision: Revision;
  /** Sees this transaction's own changes. */
  get(key: Key): KeyValue | undefined;
  range(selector: Selector, options?: RangeOptions): RangeResult;
  put(key: Key, value: Value, options?: { readonly lease?: LeaseId }): void;
  /** Returns how many keys were deleted. */
  delete(selector: Selector): number;
}

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

export interface Store extends ReadView, AsyncDisposable {
  put(key: Key, value: Value, options?: PutOptions): Promise<PutResult>;
  delete(selector: Selector, options?: DeleteOptions): Promise<DeleteResult>;
  /** The store as it was at this revision. */
  at(revision: Revision): ReadView;
  status(): Promise<Status>;
  close(): Promise<void>;
}

export interface HistoryOptions extends CallOptions {
  /** First revision; default the oldest that is left. Below the compacted one: CompactedError. */
  readonly from?: Revision;
  /** Last revision; default the current one. */
  readonly to?: Revision;
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
  /** Every change in a range of revisions, in order, whole revisions. */
  history(selector: Selector, options?: HistoryOptions): AsyncIterableIterator<WatchEvent>;
  /** Resolves when everything written so far is on disk, whatever the sync mode. */
  flush(): Promise<void>;
}
