/** Reading at a revision: which revisions may be read, and what a range of keys looked like then. */
import type { Revisions } from '../backend/backend.ts';
import type { KeyString } from '../base/bytes.ts';
import { CompactedError, futureRevision } from '../base/errors.ts';
import type { KeyValue } from '../types.ts';
import { keyValueOf } from './key-value.ts';
import type { RangeOutcome, RangeRequest, TxnRead } from './kv.ts';
import type { TreeIndex } from './tree-index.ts';

/** What reads, writes and the store itself share. */
export interface KvState {
  index: TreeIndex;
  readonly revisions: Revisions;
  currentRevision: number;
  /** -1 if nothing was ever compacted. */
  compactRevision: number;
  consistentIndex: number;
  /** Reads of a key or a range so far. */
  reads: number;
}

export class KvStoreRead implements TxnRead {
  readonly #state: KvState;
  /** Reads may go down to this revision, whatever is compacted: its records are held. */
  readonly #pinned: number;

  constructor(state: KvState, pinned: number = Number.POSITIVE_INFINITY) {
    this.#state = state;
    this.#pinned = pinned;
  }

  firstRev(): number {
    return this.#state.compactRevision;
  }
  rev(): number {
    return this.#state.currentRevision;
  }
  end(): void {}

  range(key: KeyString, end: KeyString | undefined, request: RangeRequest): RangeOutcome {
    const at = this.ordinalAt(request.revision);
    const kvs: KeyValue[] = [];
    const { index } = this.#state;
    const revision = this.rev();
    if (end === undefined) {
      const ordinal = index.keyIndex(key)?.revisionAt(at) ?? -1;
      if (ordinal < 0) return { kvs, count: 0, revision };
      if (request.want !== 'count') kvs.push(this.#load(key, ordinal, request.keysOnly));
      return { kvs, count: 1, revision };
    }
    if (key >= end) return { kvs, count: 0, revision };
    const { limit, reverse, keysOnly, want } = request;
    if (want !== 'count') {
      index.visit(key, end, at, reverse, (found, ordinal) => {
        kvs.push(this.#load(found, ordinal, keysOnly));
        return kvs.length !== limit;
      });
    }
    if (want === 'kvs') return { kvs, count: 0, revision };
    const all = want === 'both' && (limit === 0 || kvs.length < limit);
    const count = all ? kvs.length : index.countRevisions(key, end, at);
    return { kvs, count, revision };
  }

  get(key: KeyString, revision: number, keysOnly: boolean): KeyValue | undefined {
    const at = this.ordinalAt(revision);
    const ordinal = this.#state.index.keyIndex(key)?.revisionAt(at) ?? -1;
    return ordinal < 0 ? undefined : this.#load(key, ordinal, keysOnly);
  }

  /** The last ordinal that a read at this revision sees (R20, R70). */
  ordinalAt(revision: number): number {
    const { revisions, currentRevision, compactRevision } = this.#state;
    this.#state.reads++;
    // Inside a write transaction the current revision, named, is the one before its changes (R71).
    if (revision <= 0) return revisions.count - 1;
    if (revision > currentRevision) throw futureRevision();
    if (revision < Math.min(compactRevision, this.#pinned)) {
      throw new CompactedError(compactRevision);
    }
    return revisions.floor(revision);
  }

  #load(key: KeyString, ordinal: number, keysOnly: boolean): KeyValue {
    return keyValueOf(key, this.#state.revisions.read(ordinal), keysOnly);
  }
}
