/** The past as events: what watchers see, and what `history` and `diff` yield. */
import type { CallOptions, KeyValue, Revision } from './vocabulary.ts';

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

export interface HistoryOptions extends CallOptions {
  /** First revision; default the oldest that is left. Below the compacted one: CompactedError. */
  readonly from?: Revision;
  /** Last revision; default the current one. */
  readonly to?: Revision;
}

export interface DiffOptions extends CallOptions {
  /** Below the compacted revision: CompactedError. */
  readonly from: Revision;
  /** Default the current revision. */
  readonly to?: Revision;
}

/** A key whose state differs between two revisions; undefined where it does not exist. */
export interface Change {
  readonly key: string;
  readonly before: KeyValue | undefined;
  readonly after: KeyValue | undefined;
}
