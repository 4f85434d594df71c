/**
 * The multi-version store: revisions in a backend, keys in an index, and the transactions between them.
 * Reads are in `kvstore-read.ts`, writes in `kvstore-write.ts`.
 *
 * Invariants, after every transaction: the current revision is the main of the last record (1 if there
 * is none, R1); every live key's newest ordinal is a put of that key; ordinals in the index exist.
 */
import { type Backend, META_BUCKET, type Revisions } from '../backend/backend.ts';
import type { KeyString } from '../base/bytes.ts';
import { CompactedError, futureRevision } from '../base/errors.ts';
import { decodeRevision, encodeRevision } from '../base/revision.ts';
import type { Change, HashResult, KeyValue, WatchEvent } from '../types.ts';
import { hashRevisions } from './hash.ts';
import { IndexRestore } from './index-restore.ts';
import type { KV, RangeOutcome, RangeRequest, ReadView, TxnRead, TxnWrite } from './kv.ts';
import { diffChanges, type DiffRange } from './kvstore-diff.ts';
import { type HistoryRange, historyEvents } from './kvstore-history.ts';
import { KvStoreRead, type KvState } from './kvstore-read.ts';
import { KvStoreWrite } from './kvstore-write.ts';
import { rebuildIndex } from './kvstore-restore.ts';
import {
  CONSISTENT_INDEX,
  CURRENT_REVISION,
  decodeCount,
  FINISHED_COMPACTION,
  SCHEDULED_COMPACTION,
} from './meta-keys.ts';
import { TreeIndex } from './tree-index.ts';

export class KvStore implements KV {
  readonly #backend: Backend;
  readonly #state: KvState;
  readonly #read: KvStoreRead;
  readonly #write: KvStoreWrite;

  /** The index holds what the backend holds: it was its restore's consumer, or both are empty. */
  constructor(backend: Backend, index: TreeIndex) {
    this.#backend = backend;
    const { revisions } = backend.readTx();
    const empty = { currentRevision: 1, compactRevision: -1, consistentIndex: 0, reads: 0 };
    this.#state = { index, revisions, ...empty };
    this.#readBack();
    this.#read = new KvStoreRead(this.#state);
    this.#write = new KvStoreWrite(this.#state, this.#read, backend.batchTx());
  }

  /** A fresh index, and what fills it while the backend opens. */
  static newIndex(random: () => number): { index: TreeIndex; restore: IndexRestore } {
    const index = new TreeIndex(random);
    return { index, restore: new IndexRestore(index) };
  }

  get index(): TreeIndex {
    return this.#state.index;
  }

  firstRev(): number {
    return this.#state.compactRevision;
  }
  rev(): number {
    return this.#state.currentRevision;
  }
  consistentIndex(): number {
    return this.#state.consistentIndex;
  }

  /** Reads of a key or a range so far. */
  get reads(): number {
    return this.#state.reads;
  }

  range(key: KeyString, end: KeyString | undefined, request: RangeRequest): RangeOutcome {
    return this.#read.range(key, end, request);
  }
  get(key: KeyString, revision: number, keysOnly: boolean): KeyValue | undefined {
    return this.#read.get(key, revision, keysOnly);
  }

  /** Every change from one main revision to another, both included (R5). */
  history(range: HistoryRange): Generator<WatchEvent, void, void> {
    const { compactRevision } = this.#state;
    const from = range.from > 0 ? range.from : Math.max(compactRevision, 0);
    if (from < compactRevision) throw new CompactedError(compactRevision);
    return historyEvents(this.#state, { ...range, from });
  }

  /**
   * Where a stretch of history ends that begins at this revision and has about so many records, of at most
   * so many revisions: its last revision, the current one if there is not that much.
   */
  stretchEnd(from: number, recordsMax: number, revisionsMax: number): number {
    const { revisions, currentRevision } = this.#state;
    const first = revisions.nextLeft(revisions.floor(from - 1) + 1);
    const last = revisions.nextLeft(first + recordsMax - 1);
    if (first >= revisions.count) return currentRevision;
    const mostRevisions = revisions.mainOf(first) + revisionsMax - 1;
    return last < revisions.count
      ? Math.min(mostRevisions, revisions.mainOf(last))
      : Math.min(mostRevisions, currentRevision);
  }

  /** Keys that differ between two revisions, in key order. */
  diff(range: DiffRange): Generator<Change, void, void> {
    const { compactRevision } = this.#state;
    if (Math.min(range.from, range.to) < compactRevision) throw new CompactedError(compactRevision);
    return diffChanges(this.#state, range);
  }

  /** HashKV (R140-R145), in slices; 0: at the current revision. */
  hashByRev(revision: number): Generator<void, HashResult, void> {
    return hashRevisions(this.#state, revision);
  }

  /** Reads at this revision and later ones whatever is compacted, while the records are held. */
  pinnedRead(revision: number): ReadView {
    return new KvStoreRead(this.#state, revision);
  }

  /** The logical half of a compaction (R80, R81): reads below are refused from now on. */
  compact(revision: number): void {
    const { compactRevision, currentRevision } = this.#state;
    if (revision <= compactRevision) throw new CompactedError(compactRevision);
    if (revision > currentRevision) throw futureRevision();
    const batch = this.#backend.batchTx();
    batch.put(META_BUCKET, SCHEDULED_COMPACTION, encodeRevision(revision, 0));
    this.#state.compactRevision = revision;
  }

  /**
   * The physical half (R82, R83), in slices; returns how many records it removed. Only a key that has a
   * record since the compaction before, or a tombstone right there, has anything to lose: if those are few,
   * it looks at no others.
   */
  *removeCompacted(revision: number): Generator<void, number, void> {
    const { index, revisions } = this.#state;
    const batch = this.#backend.batchTx();
    const bound = { at: revisions.floor(revision), before: revisions.floor(revision - 1) };
    let removed = 0;
    const drop = (ordinal: number): void => {
      batch.removeRevision(ordinal);
      removed++;
    };
    const since = revisions.floor(this.#metaRevision(FINISHED_COMPACTION) - 1) + 1;
    const fewChanged = (bound.at - since) * CHANGED_KEY_COST < index.size;
    yield* index.compact(
      bound,
      drop,
      fewChanged ? keysFrom(revisions, since, bound.at) : undefined,
    );
    yield* batch.encodeRemovals();
    batch.begin();
    try {
      batch.put(META_BUCKET, FINISHED_COMPACTION, encodeRevision(revision, 0));
      batch.sealRemovals(revision);
    } catch (error) {
      // No room for another segment, say: the next compaction writes down what this one has removed.
      batch.rollback();
      throw error;
    }
    batch.end();
    this.#backend.requestCommit();
    return removed;
  }

  /** A compaction that was scheduled and has not finished (R89a). */
  unfinishedCompaction(): number | undefined {
    const scheduled = this.#metaRevision(SCHEDULED_COMPACTION);
    return scheduled > this.#metaRevision(FINISHED_COMPACTION) ? scheduled : undefined;
  }

  put(key: KeyString, value: string | Uint8Array, lease: bigint): number {
    const tx = this.write();
    try {
      const revision = tx.put(key, value, lease);
      tx.end();
      return revision;
    } catch (error) {
      tx.rollback();
      throw error;
    }
  }

  deleteRange(key: KeyString, end: KeyString | undefined): number {
    const tx = this.write();
    try {
      const deleted = tx.deleteRange(key, end);
      tx.end();
      return deleted;
    } catch (error) {
      tx.rollback();
      throw error;
    }
  }

  read(): TxnRead {
    return this.#read;
  }

  /** There is one write transaction, made once: the record path allocates nothing for it. */
  write(): TxnWrite {
    this.#write.begin();
    return this.#write;
  }

  commit(): void {
    this.#backend.forceCommit();
  }

  restore(): void {
    this.#state.index = rebuildIndex(this.#state.revisions, this.index.fresh());
    this.#readBack();
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  #readBack(): void {
    const { revisions } = this.#state;
    const last = revisions.count - 1;
    const scheduled = this.#metaRevision(SCHEDULED_COMPACTION);
    this.#state.compactRevision = Math.max(scheduled, this.#metaRevision(FINISHED_COMPACTION));
    // Never back, though the newest records may be gone (R89a), or a restore may have raised it.
    const newest = last < 0 ? 1 : revisions.mainOf(last);
    const raised = this.#metaCount(CURRENT_REVISION);
    this.#state.currentRevision = Math.max(newest, this.#state.compactRevision, raised);
    this.#state.consistentIndex = this.#metaCount(CONSISTENT_INDEX);
  }

  #metaCount(key: Uint8Array): number {
    const stored = this.#backend.readTx().range(META_BUCKET, key).values[0];
    return stored === undefined ? 0 : decodeCount(stored);
  }

  /** -1 if there is none. */
  #metaRevision(key: Uint8Array): number {
    const stored = this.#backend.readTx().range(META_BUCKET, key).values[0];
    return stored === undefined ? -1 : decodeRevision(stored).main;
  }
}

/** Looking up a key whose record has to be read, against meeting it on a walk through the index. */
const CHANGED_KEY_COST = 4;

/** Keys of what is alive from one ordinal to another, both included. */
function* keysFrom(
  revisions: Revisions,
  first: number,
  last: number,
): Generator<KeyString, void, void> {
  for (let at = revisions.nextLeft(first); at <= last; at = revisions.nextLeft(at + 1)) {
    if (!revisions.isDead(at)) yield revisions.read(at).key();
  }
}
