/** Reading: what can be asked of a range of keys at a revision, and what is answered (R20-R31). */
import type { CallOptions, Key, KeyValue, Revision, Selector } from './vocabulary.ts';

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
