/** Writing: puts, deletes and synchronous write transactions (R40-R51). */
import type { Lease } from './leasing.ts';
import type { RangeOptions, RangeResult } from './reading.ts';
import type {
  CallOptions,
  Key,
  KeyValue,
  LeaseId,
  Revision,
  Selector,
  Value,
} from './vocabulary.ts';

export interface PutOptions extends CallOptions {
  /** The key goes away with this lease. ERR_LEASE_NOT_FOUND. */
  readonly lease?: LeaseId | Lease;
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

/** A synchronous write transaction: all changes share one revision; throwing rolls back. */
export interface WriteTxn {
  /** The one that the changes will bear. */
  readonly revision: Revision;
  /** Sees this transaction's own changes. */
  get(key: Key): KeyValue | undefined;
  range(selector: Selector, options?: RangeOptions): RangeResult;
  put(key: Key, value: Value, options?: { readonly lease?: LeaseId | Lease }): void;
  /** Returns how many keys were deleted. */
  delete(selector: Selector): number;
}
