/**
 * The write transaction. Its changes go to the index and the backend at once, so its own reads see them;
 * `end` makes them the current revision, `rollback` takes them back from both.
 */
import { type BatchTx, KEY_BUCKET, META_BUCKET } from '../backend/backend.ts';
import { assert } from '../base/assert.ts';
import type { KeyString } from '../base/bytes.ts';
import type { KeyValue, WatchEvent } from '../types.ts';
import type { KeyIndex } from './key-index.ts';
import { eventOf } from './key-value.ts';
import type { RangeOutcome, RangeRequest, TxnWrite } from './kv.ts';
import type { KvState, KvStoreRead } from './kvstore-read.ts';
import { CONSISTENT_INDEX, encodeCount } from './meta-keys.ts';

const NOTHING: Uint8Array = new Uint8Array(0);

export class KvStoreWrite implements TxnWrite {
  readonly #state: KvState;
  readonly #read: KvStoreRead;
  readonly #batch: BatchTx;
  #open = false;
  #firstOrdinal = 0;
  /** The index touched by each change; entries from the change count on are leftovers. */
  readonly #touched: KeyIndex[] = [];
  /** The lease of each change. */
  readonly #leases: bigint[] = [];
  #changeCount = 0;
  #hasRecords = false;
  #consistentIndex = 0;

  constructor(state: KvState, read: KvStoreRead, batch: BatchTx) {
    this.#state = state;
    this.#read = read;
    this.#batch = batch;
  }

  begin(): void {
    assert(!this.#open, () => 'a write transaction is open');
    this.#batch.begin();
    this.#open = true;
    this.#firstOrdinal = this.#state.revisions.count;
    this.#consistentIndex = this.#state.consistentIndex;
    this.#changeCount = 0;
    this.#hasRecords = false;
  }

  get hasRecords(): boolean {
    return this.#hasRecords;
  }
  get changeCount(): number {
    return this.#changeCount;
  }
  firstRev(): number {
    return this.#read.firstRev();
  }
  rev(): number {
    return this.#state.currentRevision + (this.#changeCount > 0 ? 1 : 0);
  }

  /** Past revisions are read as they are; the current one with this transaction's changes (R71). */
  range(key: KeyString, end: KeyString | undefined, request: RangeRequest): RangeOutcome {
    return { ...this.#read.range(key, end, request), revision: this.rev() };
  }
  get(key: KeyString, revision: number, keysOnly: boolean): KeyValue | undefined {
    return this.#read.get(key, revision, keysOnly);
  }

  put(key: KeyString, value: string | Uint8Array, lease: bigint): number {
    assert(this.#open && key.length > 0, () => 'a put needs an open transaction and a key');
    const { index, currentRevision } = this.#state;
    const main = currentRevision + 1;
    const found = index.keyIndex(key);
    const alive = found !== undefined && !found.isDeleted;
    const ordinal = this.#batch.putRevision({
      main,
      sub: this.#changeCount,
      tombstone: false,
      key,
      value,
      create: alive ? found.created : main,
      version: alive ? found.version + 1 : 1,
      lease,
    });
    if (found === undefined) {
      this.#changed(index.putFirst(key, ordinal, main), lease);
    } else {
      index.putAgain(found, ordinal, main);
      this.#changed(found, lease);
    }
    return main;
  }

  deleteRange(key: KeyString, end: KeyString | undefined): number {
    assert(this.#open && key.length > 0, () => 'a delete needs an open transaction and a key');
    const keys = this.#keysOf(key, end);
    for (const found of keys) this.#tombstone(found);
    return keys.length;
  }

  #keysOf(key: KeyString, end: KeyString | undefined): readonly KeyString[] {
    const { index } = this.#state;
    if (end !== undefined) {
      return key < end ? index.range(key, end, this.#state.revisions.count - 1).keys : [];
    }
    const found = index.keyIndex(key);
    return found === undefined || found.isDeleted ? [] : [key];
  }

  #tombstone(key: KeyString): void {
    const { index, currentRevision } = this.#state;
    const ordinal = this.#batch.putRevision({
      main: currentRevision + 1,
      sub: this.#changeCount,
      tombstone: true,
      key,
      value: NOTHING,
      create: 0,
      version: 0,
      lease: 0n,
    });
    this.#changed(index.tombstone(key, ordinal), 0n);
  }

  #changed(index: KeyIndex, lease: bigint): void {
    this.#leases[this.#changeCount] = lease;
    this.#touched[this.#changeCount++] = index;
  }

  keyOf(sub: number): KeyString {
    assert(sub < this.#changeCount, () => `there is no change ${sub}`);
    return this.#touched[sub]!.key;
  }

  leaseOf(sub: number): bigint {
    assert(sub < this.#changeCount, () => `there is no change ${sub}`);
    return this.#leases[sub]!;
  }

  eventOf(sub: number): WatchEvent {
    const { revisions } = this.#state;
    const ordinal = this.#firstOrdinal + sub;
    return eventOf(this.keyOf(sub), revisions.read(ordinal), revisions.isTombstone(ordinal));
  }

  putRecord(bucket: string, key: Uint8Array, value: Uint8Array): void {
    assert(this.#open && bucket !== KEY_BUCKET, () => `no transaction, or bucket ${bucket}`);
    this.#batch.put(bucket, key, value);
    this.#hasRecords = true;
  }

  deleteRecord(bucket: string, key: Uint8Array): void {
    assert(this.#open && bucket !== KEY_BUCKET, () => `no transaction, or bucket ${bucket}`);
    this.#batch.delete(bucket, key);
    this.#hasRecords = true;
  }

  setConsistentIndex(index: number): void {
    assert(index >= this.#consistentIndex, () => `consistent index ${index} went back`);
    this.#consistentIndex = index;
  }

  end(): void {
    assert(this.#open, () => 'no write transaction is open');
    const state = this.#state;
    if (this.#consistentIndex !== state.consistentIndex) {
      this.#batch.put(META_BUCKET, CONSISTENT_INDEX, encodeCount(this.#consistentIndex));
      state.consistentIndex = this.#consistentIndex;
    }
    this.#open = false;
    this.#batch.end();
    if (this.#changeCount > 0) state.currentRevision++;
  }

  rollback(): void {
    assert(this.#open, () => 'no write transaction is open');
    this.#open = false;
    while (this.#changeCount > 0) {
      const sub = --this.#changeCount;
      this.#state.index.retract(this.#touched[sub]!, this.#firstOrdinal + sub - 1);
    }
    this.#batch.rollback();
  }
}
