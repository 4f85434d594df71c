/**
 * The write transaction: keeps buckets and revision table in step with the storage, and undoes all three
 * together on rollback.
 */
import { assert } from '../base/assert.ts';
import { bufferOf, type KeyString, keyStringOf } from '../base/bytes.ts';
import { closed, invalidArgument } from '../base/errors.ts';
import { decodeRevision } from '../base/revision.ts';
import {
  RECORD_BUCKET,
  RECORD_COMPACT,
  RECORD_PUT,
  RECORD_REMOVE,
  RECORD_TOMBSTONE,
  type RecordFields,
} from '../log/record.ts';
import {
  type BatchTx,
  type Entries,
  KEY_BUCKET,
  type NewRevision,
  type ReadTx,
  type Revisions,
} from './backend.ts';
import type { BackendState } from './backend-state.ts';
import { decodeKeyValue, type KeyValueMessage } from './key-value-message.ts';
import { lowerOrdinal, revisionEntry } from './read-tx.ts';
import type { Storage } from './storage.ts';

export class StorageBatchTx implements BatchTx {
  readonly #state: BackendState;
  readonly #storage: Storage;
  readonly #read: ReadTx;
  #open = false;
  #stopped = false;
  /** To undo the open transaction: the revisions before it, and what happened to the buckets. */
  #countBefore = 0;
  #revisionBytes = 0;
  readonly #undo: (() => void)[] = [];
  /** The open transaction writes down what was removed. */
  #sealing = false;

  constructor(state: BackendState, storage: Storage, read: ReadTx) {
    this.#state = state;
    this.#storage = storage;
    this.#read = read;
  }

  get isOpen(): boolean {
    return this.#open;
  }
  /** The first ordinal of the open transaction. */
  get firstOrdinal(): number {
    return this.#countBefore;
  }
  get revisions(): Revisions {
    return this.#read.revisions;
  }

  range(bucket: string, key: Uint8Array, end?: Uint8Array, limit?: number): Entries {
    return this.#read.range(bucket, key, end, limit);
  }
  forEach(bucket: string, visit: (key: Uint8Array, value: Uint8Array) => void): void {
    this.#read.forEach(bucket, visit);
  }
  buckets(): readonly string[] {
    return this.#read.buckets();
  }

  begin(): void {
    if (this.#stopped) throw closed();
    assert(!this.#open, () => 'a transaction is open');
    this.#storage.begin();
    this.#open = true;
    this.#countBefore = this.#state.table.count;
    this.#revisionBytes = 0;
  }

  end(): void {
    assert(this.#open, () => 'no transaction is open');
    this.#open = false;
    this.#forgetUndo();
    this.#storage.end();
    if (this.#sealing) this.#state.sealed();
    this.#sealing = false;
  }

  rollback(): void {
    assert(this.#open, () => 'no transaction is open');
    this.#open = false;
    for (const undo of this.#undo.reverse()) undo();
    this.#forgetUndo();
    this.#sealing = false;
    this.#state.table.truncate(this.#countBefore);
    this.#state.space.takeBack(this.#storage.activeSlot, this.#revisionBytes);
    this.#storage.rollback();
  }

  createBucket(bucket: string): void {
    const { buckets } = this.#state;
    if (buckets.has(bucket)) return;
    const number = buckets.nextNumber();
    if (number > 0xff) throw invalidArgument('a backend holds at most 256 buckets');
    this.#within(() => {
      this.#append({ ...ENTRY, kind: RECORD_BUCKET, bucket: number, key: keyStringOf(bucket) });
      buckets.create(bucket, number);
      this.#undo.push(() => buckets.drop(bucket));
    });
  }

  put(bucket: string, key: Uint8Array, value: Uint8Array): void {
    if (bucket === KEY_BUCKET) {
      this.#putMessage(key, value);
      return;
    }
    if (!this.#open) return this.#within(() => this.put(bucket, key, value));
    const { number, entries } = this.#state.buckets.get(bucket);
    const keyString = keyStringOf(key);
    // A literal: grants of leases come this way by the hundred thousand.
    const at = this.#append({
      bucket: number,
      kind: RECORD_PUT,
      main: 0,
      sub: 0,
      key: keyString,
      value,
      create: 0,
      version: 0,
      lease: 0n,
    });
    const entry = { value: keyStringOf(value), slot: this.#storage.activeSlot, at };
    this.#state.openEntries.push({ entries, key: keyString, entry });
    const previous = this.#state.setEntry(entries, keyString, entry);
    this.#undo.push(() => this.#state.resetEntry(entries, keyString, previous));
  }

  seqPut(bucket: string, key: Uint8Array, value: Uint8Array): void {
    this.put(bucket, key, value);
  }

  delete(bucket: string, key: Uint8Array): void {
    if (bucket === KEY_BUCKET) {
      this.#removeRevision(key);
      return;
    }
    const { number, entries } = this.#state.buckets.get(bucket);
    const keyString = keyStringOf(key);
    if (!entries.has(keyString)) return;
    this.#within(() => {
      this.#append({ ...ENTRY, kind: RECORD_REMOVE, bucket: number, key: keyString });
      const previous = this.#state.setEntry(entries, keyString, undefined);
      this.#undo.push(() => this.#state.resetEntry(entries, keyString, previous));
    });
  }

  putRevision(revision: NewRevision): number {
    if (!this.#open) {
      let ordinal = -1;
      this.#within(() => {
        ordinal = this.putRevision(revision);
      });
      return ordinal;
    }
    const { main, sub, tombstone, key, value, create, version, lease } = revision;
    // Literals of one shape: this is the record path.
    const at = this.#append({
      bucket: 0,
      kind: tombstone ? RECORD_TOMBSTONE : RECORD_PUT,
      main,
      sub,
      key,
      value,
      create,
      version,
      lease,
    });
    const bytes = this.#storage.appendedBytes;
    this.#revisionBytes += bytes;
    return this.#state.append(main, sub, tombstone, this.#storage.activeSlot, at, bytes);
  }

  removeRevision(ordinal: number): void {
    assert(!this.#open, () => 'removals are not part of a transaction');
    this.#state.remove(ordinal);
  }

  encodeRemovals(): Generator<void, void, void> {
    return this.#state.encodeRemovals();
  }

  sealRemovals(main: number): void {
    assert(this.#open, () => 'removals are sealed in a transaction');
    for (const value of this.#state.encodedRemovals) {
      this.#append({ ...ENTRY, kind: RECORD_COMPACT, main, value });
    }
    this.#sealing = true;
  }

  commit(): void {
    assert(!this.#open, () => 'a transaction is open');
    this.#storage.commitNow();
  }

  commitAndStop(): void {
    this.commit();
    this.#stopped = true;
  }

  /** Setting an array's length costs more than the rest of `end`, and there is rarely anything in it. */
  #forgetUndo(): void {
    if (this.#undo.length > 0) this.#undo.length = 0;
    if (this.#state.openEntries.length > 0) this.#state.openEntries.length = 0;
  }

  #append(record: RecordFields): number {
    return this.#storage.append(record);
  }

  /** Runs inside the open transaction, or as one of its own that goes to disk as the sync mode says. */
  #within(write: () => void): void {
    if (this.#open) {
      write();
      return;
    }
    this.begin();
    try {
      write();
    } catch (error) {
      this.rollback();
      throw error;
    }
    this.end();
    this.#storage.request();
  }

  #putMessage(revisionKey: Uint8Array, bytes: Uint8Array): void {
    const { main, sub, tombstone } = decodeRevision(revisionKey);
    const { table } = this.#state;
    const last = table.count - 1;
    if (
      last >= 0 &&
      (main < table.lastMain || (main === table.lastMain && sub <= table.subOf(last)))
    ) {
      throw invalidArgument(
        `revision ${main}.${sub} is not above the last one, ${table.lastMain}.${table.subOf(last)}: bucket "key" only grows`,
      );
    }
    if (sub > 0xffff_ffff) throw invalidArgument(`sub revision ${sub} is beyond 32 bits`);
    const message = decodeKeyValue(bytes);
    const { key, value, create, version, lease } = message;
    if (!fits(message, main, tombstone)) {
      throw invalidArgument(
        tombstone
          ? 'a tombstone in bucket "key" holds the key and nothing else'
          : `a put in bucket "key" needs create_revision, version, and mod_revision ${main}`,
      );
    }
    this.putRevision({ main, sub, tombstone, key, value, create, version, lease });
  }

  #removeRevision(revisionKey: Uint8Array): void {
    const { revisions } = this;
    const ordinal = lowerOrdinal(revisions, revisionKey);
    if (ordinal >= revisions.count || revisions.isDead(ordinal)) return;
    const { key } = revisionEntry(revisions, ordinal);
    if (!bufferOf(key).equals(revisionKey)) return;
    const { main, sub } = revisions.read(ordinal);
    this.#within(() => {
      this.#append({ ...ENTRY, kind: RECORD_REMOVE, bucket: 0, main, sub });
      this.#state.kill(ordinal);
      this.#undo.push(() => this.#state.revive(ordinal));
    });
  }
}

const isCount = (count: number): boolean => Number.isSafeInteger(count) && count > 0;

/** Nothing of the message would be lost: what is stored is shown as the same message again. */
function fits(message: KeyValueMessage, main: number, tombstone: boolean): boolean {
  const { create, mod, version, value, lease } = message;
  if (tombstone) {
    return create === 0 && mod === 0 && version === 0 && value.length === 0 && lease === 0n;
  }
  return mod === main && isCount(create) && isCount(version);
}

/** A record outside the revisions, to be filled in. */
const ENTRY = {
  bucket: 0,
  kind: RECORD_PUT,
  main: 0,
  sub: 0,
  key: '' as KeyString,
  value: '' as string | Uint8Array,
  create: 0,
  version: 0,
  lease: 0n,
} as const satisfies RecordFields;
