/**
 * The contracts of the multi-version store, in etcd's words. Everything is synchronous: a transaction
 * runs from `read` or `write` to `end` without suspending, so transactions never interleave.
 *
 * A range is [key, end): `end` undefined means exactly `key`, AFTER_ALL_KEYS every key from `key` on.
 */
import type { KeyString } from '../base/bytes.ts';
import type { KeyValue, WatchEvent } from '../types.ts';

export interface RangeRequest {
  /** Read at this revision; 0 or negative: the current one (R20). */
  readonly revision: number;
  /** At most so many keys, 0: all. */
  readonly limit: number;
  readonly reverse: boolean;
  /** Leave values out (R25). */
  readonly keysOnly: boolean;
  /** What to do beside collecting: `count` says how many keys there are, which costs more for the past. */
  readonly want: 'kvs' | 'count' | 'both';
}

export interface RangeOutcome {
  /** In key order; empty if only the count was wanted. */
  readonly kvs: KeyValue[];
  /** Keys in the range before the limit (R22); 0 unless it was wanted. */
  readonly count: number;
  /** The current revision, not the one asked for (R21). */
  readonly revision: number;
}

export interface ReadView {
  /** The compacted revision: reads below it are refused. -1 if nothing was ever compacted. */
  firstRev(): number;
  /** The current revision; inside a write transaction that changed something, the one it makes (R71). */
  rev(): number;
  /** ERR_FUTURE_REVISION, CompactedError (R20). */
  range(key: KeyString, end: KeyString | undefined, request: RangeRequest): RangeOutcome;
  /** One key: `range` without the frills. */
  get(key: KeyString, revision: number, keysOnly: boolean): KeyValue | undefined;
}

export interface WriteView {
  /**
   * Makes a revision of the key (R4, R10) and returns the main revision the transaction will have.
   * The key is not empty; the value is copied.
   */
  put(key: KeyString, value: string | Uint8Array, lease: bigint): number;
  /** Deletes every key of the range that exists, in key order (R50, R51); returns how many. */
  deleteRange(key: KeyString, end: KeyString | undefined): number;
}

export interface TxnRead extends ReadView {
  end(): void;
}

export interface TxnWrite extends TxnRead, WriteView {
  /**
   * Changes so far; each is known by its sub revision, which counts from 0 (R5). What is said of them stays
   * true after `end`, until the next transaction begins.
   */
  readonly changeCount: number;
  keyOf(sub: number): KeyString;
  /** The lease that a put gave its key; 0n for a put without one and for a tombstone. */
  leaseOf(sub: number): bigint;
  /** The change as watchers see it, without the state before it. */
  eventOf(sub: number): WatchEvent;
  /** An entry of a bucket other than `key`, kept in the same atomic record as the changes. */
  putRecord(bucket: string, key: Uint8Array, value: Uint8Array): void;
  deleteRecord(bucket: string, key: Uint8Array): void;
  /** There were any of the last two: there is something to be committed even without a change. */
  readonly hasRecords: boolean;
  /** Takes everything back: as if `write` had not been called. Ends the transaction. */
  rollback(): void;
  /**
   * The index of the log entry that this transaction applies, for stores behind a consensus log: kept
   * in the same atomic record as the changes.
   */
  setConsistentIndex(index: number): void;
}

export interface KV extends ReadView, WriteView {
  read(): TxnRead;
  /** One at a time; without a change it makes no revision (R3). */
  write(): TxnWrite;
  /** Blocks until everything is on disk. */
  commit(): void;
  /** Goes back to what the backend holds: another backend may have taken the place of the one before. */
  restore(): void;
  close(): Promise<void>;
  /** The last index set by `setConsistentIndex`; 0 if none ever was. */
  consistentIndex(): number;
}
