/**
 * The multi-version store: revisions in a backend, keys in an index, and the transactions between them.
 * Reads are in `kvstore-read.ts`, writes in `kvstore-write.ts`.
 *
 * Invariants, after every transaction: the current revision is the main of the last record (1 if there
 * is none, R1); every live key's newest ordinal is a put of that key; ordinals in the index exist.
 */
import { type Backend, META_BUCKET } from '../backend/backend.ts';
import { keyBytesOf, type KeyString } from '../base/bytes.ts';
import { CompactedError } from '../base/errors.ts';
import type { KeyValue, WatchEvent } from '../types.ts';
import { IndexRestore } from './index-restore.ts';
import type { KV, RangeOutcome, RangeRequest, TxnRead, TxnWrite } from './kv.ts';
import { type HistoryRange, historyEvents } from './kvstore-history.ts';
import { KvStoreRead, type KvState } from './kvstore-read.ts';
import { KvStoreWrite } from './kvstore-write.ts';
import { rebuildIndex } from './kvstore-restore.ts';
import { TreeIndex } from './tree-index.ts';

const CONSISTENT_INDEX = 'consistent_index';

export class KvStore implements KV {
  readonly #backend: Backend;
  readonly #state: KvState;
  readonly #read: KvStoreRead;
  readonly #write: KvStoreWrite;

  /** The index holds what the backend holds: it was its restore's consumer, or both are empty. */
  constructor(backend: Backend, index: TreeIndex) {
    this.#backend = backend;
    const { revisions } = backend.readTx();
    this.#state = { index, revisions, currentRevision: 1, compactRevision: -1, consistentIndex: 0 };
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

  range(key: KeyString, end: KeyString | undefined, request: RangeRequest): RangeOutcome {
    return this.#read.range(key, end, request);
  }
  get(key: KeyString, revision: number, keysOnly: boolean): KeyValue | undefined {
    return this.#read.get(key, revision, keysOnly);
  }

  /** Every change from one main revision to another, both included (R5). */
  history(range: HistoryRange): Generator<WatchEvent, void, void> {
    const { compactRevision, revisions } = this.#state;
    const from = range.from > 0 ? range.from : Math.max(compactRevision, 0);
    if (from < compactRevision) throw new CompactedError(compactRevision);
    return historyEvents(revisions, { ...range, from });
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
    this.#state.currentRevision = last < 0 ? 1 : revisions.mainOf(last);
    const stored = this.#backend.readTx().range(META_BUCKET, keyBytesOf(CONSISTENT_INDEX))
      .values[0];
    this.#state.consistentIndex = stored === undefined ? 0 : decodeIndex(stored);
  }
}

const decodeIndex = (bytes: Uint8Array): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0));
