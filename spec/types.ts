/**
 * What can be asked of a store and what it answers, as plain data. Everything here can be printed, read
 * back and compared (see `describe.ts`); nothing here knows how a store is built.
 *
 * Keys and values are byte strings. In this specification a byte string is a **string with one char a
 * byte** (latin1): `'\x00'` is the NUL key, `'\xc3\xa9'` is "é" in UTF-8. So `<` is the order of
 * unsigned bytes that R8 asks for, equality is `===`, and a script can show keys as they are.
 */
import type { LeaseAnswer, LeaseOperation } from './lease-types.ts';
import type { HistoryAnswer, Maintenance, MaintenanceAnswer } from './maintenance-types.ts';
import type { Txn, TxnAnswer } from './txn-types.ts';
import type { WatchAnswer, WatchOperation } from './watch-types.ts';

export type Bytes = string;

/** A key's state at one revision (R7, R10). */
export interface KeyValue {
  readonly key: Bytes;
  readonly value: Bytes;
  /** Revision of the first put of this life of the key. */
  readonly createRevision: number;
  /** Revision of the last put. */
  readonly modRevision: number;
  /** Puts in this life of the key: 1 for the first. */
  readonly version: number;
  /** 0n = none. */
  readonly lease: bigint;
}

/**
 * Which keys are meant (R11). Etcd's `range_end` in these words: absent is `{ key }`, the single byte
 * 00 is `{ gte }`, any other one is `{ gte, lt }`.
 */
export type Selector =
  | { readonly key: Bytes }
  | { readonly prefix: Bytes }
  | Bounds
  | { readonly all: true };

/** Every bound given must hold; one for each side at most, and at least one. */
export interface Bounds {
  readonly gte?: Bytes;
  readonly gt?: Bytes;
  readonly lt?: Bytes;
  readonly lte?: Bytes;
}

export type SortTarget = 'key' | 'version' | 'create' | 'mod' | 'value';

/** Absent numbers are 0, absent flags false. */
export interface RangeOptions {
  /** Read as of this revision; 0 or negative = now (R20). */
  readonly revision?: number;
  /** Leave values out (R25). */
  readonly keysOnly?: boolean;
  /** 0 or negative = all (R23). */
  readonly limit?: number;
  readonly reverse?: boolean;
  readonly sort?: SortTarget;
  /** Inclusive bounds, active when not 0 (R26). */
  readonly minModRevision?: number;
  readonly maxModRevision?: number;
  readonly minCreateRevision?: number;
  readonly maxCreateRevision?: number;
}

export interface PutOptions {
  readonly lease?: bigint;
  readonly prevKv?: boolean;
  /** Keep the value the key has (R42). */
  readonly ignoreValue?: boolean;
  /** Keep the lease the key has (R42). */
  readonly ignoreLease?: boolean;
  /** Only if this is the key's mod revision; 0 = only if the key does not exist. */
  readonly ifModRevision?: number;
}

export type Get = { readonly op: 'get'; readonly key: Bytes } & Pick<
  RangeOptions,
  'revision' | 'keysOnly'
>;
export type Range = { readonly op: 'range'; readonly selector: Selector } & RangeOptions;
export type Put = { readonly op: 'put'; readonly key: Bytes; readonly value: Bytes } & PutOptions;
export interface Delete {
  readonly op: 'delete';
  readonly selector: Selector;
  readonly prevKv?: boolean;
  /** For a single key: only if this is its mod revision. */
  readonly ifModRevision?: number;
}

/** One call inside a write transaction, or the exception that ends it. */
export type WriteStep =
  | Get
  | Range
  | Pick<Put, 'op' | 'key' | 'value' | 'lease'>
  | Pick<Delete, 'op' | 'selector'>
  | { readonly op: 'throw' };

/** A write transaction: what its steps change gets one revision, or nothing happens at all. */
export interface Write {
  readonly op: 'write';
  readonly steps: readonly WriteStep[];
  /** The caller catches what a step throws and goes on. Else a refused step rolls everything back. */
  readonly lenient?: boolean;
}

export interface Count {
  readonly op: 'count';
  readonly selector: Selector;
  readonly revision?: number;
}

export type Operation =
  | Get
  | Range
  | Count
  | Put
  | Delete
  | Write
  | Txn
  | Maintenance
  | LeaseOperation
  | WatchOperation
  /** Everything to disk; nothing to be seen. */
  | { readonly op: 'flush' }
  /**
   * Closed and opened again: snapshots and watches are over, and leases begin anew (R127). Of the data
   * nothing is to be seen.
   */
  | { readonly op: 'restart' };

export interface RangeAnswer {
  readonly kind: 'range';
  /** The current revision, never the one asked for (R21). */
  readonly revision: number;
  /** Keys in the range, before filters and limit (R22). */
  readonly count: number;
  /** The limit cut something off (R23). */
  readonly more: boolean;
  readonly kvs: readonly KeyValue[];
}

export type StepAnswer =
  | RangeAnswer
  | Refusal
  | { readonly kind: 'get'; readonly kv: KeyValue | undefined }
  | { readonly kind: 'deleted'; readonly deleted: number }
  | { readonly kind: 'done' };

export type Response =
  | StepAnswer
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'put'; readonly revision: number; readonly prevKv: KeyValue | undefined }
  | {
      readonly kind: 'delete';
      readonly revision: number;
      readonly deleted: number;
      readonly prevKvs: readonly KeyValue[];
    }
  | { readonly kind: 'write'; readonly revision: number; readonly steps: readonly StepAnswer[] }
  | { readonly kind: 'rolled back'; readonly steps: readonly StepAnswer[] }
  | TxnAnswer
  | MaintenanceAnswer
  | HistoryAnswer
  | LeaseAnswer
  | WatchAnswer;

/** An error as an answer: the store is as it was before (R3). The text is etcd's, if etcd has one. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly text: string;
  /** Of ERR_COMPACTED: the first revision that can be read. Undefined if nothing was compacted (R98). */
  readonly compactRevision?: number;
  /** Of ERR_CONFLICT: what is there instead, if anything. */
  readonly current?: KeyValue;
}
