/** The words of the public API: revisions, keys, values, and how keys are selected. */

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

export interface CallOptions {
  readonly signal?: AbortSignal;
}
