/** Compaction, hashes, the past as events, and snapshots, as plain data. */
import type { Bytes, Count, Get, KeyValue, Range, Selector } from './types.ts';

export interface Compact {
  readonly op: 'compact';
  readonly revision: number;
  /** Answered only when the records are gone: nothing else is to be seen of it (R81). */
  readonly physical?: boolean;
}

export interface HashKv {
  readonly op: 'hashkv';
  /** 0 or absent: the current one (R140). */
  readonly revision?: number;
}

export interface History {
  readonly op: 'history';
  readonly selector: Selector;
  /** First and last revision; absent: the oldest that is left, and the current one. */
  readonly from?: number;
  readonly to?: number;
}

export interface Diff {
  readonly op: 'diff';
  readonly selector: Selector;
  /** 0: before the first revision. */
  readonly from: number;
  readonly to?: number;
}

/** A view of one revision that stays readable, whatever is compacted, until released or restarted. */
export interface Snapshot {
  readonly op: 'snapshot';
  readonly name: string;
  /** Absent: the current one. */
  readonly revision?: number;
}

export type Maintenance =
  | Compact
  | HashKv
  | History
  | Diff
  | Snapshot
  /** A read in a snapshot; it names no revision of its own. */
  | { readonly op: 'in'; readonly name: string; readonly read: Get | Range | Count }
  | { readonly op: 'release'; readonly name: string }
  /** Space is given back; nothing to be seen. */
  | { readonly op: 'defragment' };

/** R143. */
export interface MaintenanceAnswer {
  readonly kind: 'hash';
  readonly hash: number;
  readonly compactRevision: number;
  /** The current one. */
  readonly revision: number;
}

/**
 * R103: of a delete only the key and the revision mean something. The state before its revision is there
 * if a watch asked for it, and it is known (R104).
 */
export type Event =
  | {
      readonly type: 'put';
      readonly kv: KeyValue;
      readonly isCreate: boolean;
      readonly prevKv?: KeyValue;
    }
  | {
      readonly type: 'delete';
      readonly key: Bytes;
      readonly revision: number;
      readonly prevKv?: KeyValue;
    };

export interface Difference {
  readonly key: Bytes;
  readonly before: KeyValue | undefined;
  readonly after: KeyValue | undefined;
}

export type HistoryAnswer =
  | { readonly kind: 'history'; readonly events: readonly Event[] }
  | { readonly kind: 'diff'; readonly differences: readonly Difference[] };
