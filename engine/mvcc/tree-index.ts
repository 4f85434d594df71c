/**
 * The index of all keys: an ordered map for ranges, a hash table for single keys, and for counting an
 * ordered set of the keys that are deleted now but still have history. The three agree at all times.
 *
 * Revisions are ordinals, as in `KeyIndex`; `at` is the last ordinal a reader sees. `end` is exclusive
 * and may be AFTER_ALL_KEYS.
 */
import { assert } from '../base/assert.ts';
import { AFTER_ALL_KEYS, type KeyString, flatKey } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { bulkLoad, newOrderedMap, type OrderedMap, rank } from '../base/ordered-map.ts';
import { type IndexedRevision, KeyIndex } from './key-index.ts';
import { compact, type CompactBound } from './key-index-compact.ts';
import { KeyTable } from './key-table.ts';

/** What looking at a key costs, in revisions. */
const KEY_COST = 4;
const PAGE_KEYS = 128;

/** Returned by a range's callback to end it. */
const STOP: { readonly break: true } = { break: true };

export interface IndexedRange {
  readonly keys: readonly KeyString[];
  /** The ordinal of each key's put. */
  readonly revisions: readonly number[];
}

export class TreeIndex {
  #tree: OrderedMap<KeyIndex> = newOrderedMap<KeyIndex>();
  /** Keys whose open generation is empty. */
  #deleted: OrderedMap<true> = newOrderedMap<true>();
  readonly #table: KeyTable;
  readonly #random: () => number;
  /** Nothing above this ordinal is in the index. */
  #newest = -1;
  /** While restoring: every key so far; tree and deleted set are built at the end. */
  #restoring: KeyIndex[] | null = null;
  #restoredInOrder = true;

  /** `random` in [0, 1) seeds the hash table. */
  constructor(random: () => number) {
    this.#random = random;
    this.#table = new KeyTable(Math.floor(random() * 0x7fffffff));
  }

  /** An empty one with a seed of its own. */
  fresh(): TreeIndex {
    return new TreeIndex(this.#random);
  }

  /** Keys in the index, deleted ones with history included. */
  get size(): number {
    return this.#tree.size;
  }
  /** Keys that exist now. */
  get liveCount(): number {
    return this.#tree.size - this.#deleted.size;
  }

  keyIndex(key: KeyString): KeyIndex | undefined {
    return this.#table.get(key);
  }

  /** The key's state at `at`, or undefined. */
  get(key: KeyString, at: number): IndexedRevision | undefined {
    return this.#table.get(key)?.get(at);
  }

  /** A put of the key at this ordinal and main revision; returns its index. */
  put(key: KeyString, ordinal: number, main: number): KeyIndex {
    const found = this.#table.get(key);
    if (found === undefined) return this.putFirst(key, ordinal, main);
    this.putAgain(found, ordinal, main);
    return found;
  }

  /** The same for a caller that knows the key is not in the index … */
  putFirst(key: KeyString, ordinal: number, main: number): KeyIndex {
    const index = new KeyIndex(flatKey(key), ordinal, main, 1);
    this.insert(index);
    return index;
  }

  /** … and for one that has its index at hand. */
  putAgain(index: KeyIndex, ordinal: number, main: number): void {
    if (index.isDeleted && this.#restoring === null) this.#deleted.delete(index.key);
    index.put(ordinal, main);
    this.#newest = ordinal;
  }

  /** Deletes a key that exists. */
  tombstone(key: KeyString, ordinal: number): KeyIndex {
    const index = this.#table.get(key);
    assert(index !== undefined, () => 'a tombstone needs a key that exists');
    index.tombstone(ordinal);
    if (this.#restoring === null) this.#deleted.set(index.key, true);
    this.#newest = ordinal;
    return index;
  }

  /** A key that the index does not have yet. */
  insert(index: KeyIndex): void {
    this.#table.insert(index);
    if (index.modified > this.#newest) this.#newest = index.modified;
    if (this.#restoring !== null) {
      const last = this.#restoring.at(-1);
      if (last !== undefined && last.key > index.key) this.#restoredInOrder = false;
      this.#restoring.push(index);
      return;
    }
    this.#tree.set(index.key, index);
    if (index.isDeleted) this.#deleted.set(index.key, true);
  }

  /** Takes the newest revision of the key back; `newest` is the last ordinal that stays. */
  retract(index: KeyIndex, newest: number): void {
    if (index.isDeleted) this.#deleted.delete(index.key);
    index.retract();
    if (index.isEmpty) {
      this.#forget(index);
    } else if (index.isDeleted) {
      this.#deleted.set(index.key, true);
    }
    this.#newest = newest;
  }

  /** Calls `visit` for each key of [key, end) that exists at `at`, in order, until it returns false. */
  visit(
    key: KeyString,
    end: KeyString,
    at: number,
    reverse: boolean,
    visit: (key: KeyString, ordinal: number) => boolean,
  ): void {
    if (reverse) {
      this.#visitReversed(key, end, at, visit);
      return;
    }
    this.#tree.forRange(key, end, false, (found, index) => {
      const ordinal = index.revisionAt(at);
      return ordinal >= 0 && !visit(found, ordinal) ? STOP : undefined;
    });
  }

  #visitReversed(
    key: KeyString,
    end: KeyString,
    at: number,
    visit: (key: KeyString, ordinal: number) => boolean,
  ): void {
    const pair = ['', undefined] as unknown as [KeyString, KeyIndex];
    for (const [found, index] of this.#tree.entriesReversed(end, pair, true)) {
      if (found < key) return;
      const ordinal = index.revisionAt(at);
      if (ordinal >= 0 && !visit(found, ordinal)) return;
    }
  }

  /** Ordinals of the puts that a read of [key, end) at `at` sees, at most `limit` (0: all). */
  revisions(key: KeyString, end: KeyString, at: number, limit = 0): number[] {
    return [...this.range(key, end, at, limit).revisions];
  }

  range(key: KeyString, end: KeyString, at: number, limit = 0): IndexedRange {
    const keys: KeyString[] = [];
    const revisions: number[] = [];
    this.visit(key, end, at, false, (found, ordinal) => {
      keys.push(found);
      revisions.push(ordinal);
      return revisions.length !== limit;
    });
    return { keys, revisions };
  }

  /** How many keys of [key, end) exist at `at`: O(log n) for now, O(keys in the range) for the past. */
  countRevisions(key: KeyString, end: KeyString, at: number): number {
    if (key >= end) return 0;
    if (at >= this.#newest) {
      return rangeSize(this.#tree, key, end) - rangeSize(this.#deleted, key, end);
    }
    let count = 0;
    this.visit(key, end, at, false, () => {
      count++;
      return true;
    });
    return count;
  }

  /**
   * Compacts every key (R82-R86), or just `keys`, of which some may not exist, in slices; between them
   * anything may happen to the index. `dropped` gets each ordinal that goes.
   */
  *compact(
    bound: CompactBound,
    dropped: (ordinal: number) => void,
    keys?: Iterable<KeyString>,
  ): Generator<void, void, void> {
    let left = limits.compactionSliceRevisions;
    for (const index of keys === undefined ? this.#pages() : this.#indicesOf(keys)) {
      left -= compact(index, bound, dropped) + KEY_COST;
      if (index.isEmpty) this.#forget(index);
      if (left > 0) continue;
      yield;
      left = limits.compactionSliceRevisions;
    }
  }

  /** All, in key order. */
  *#pages(): Generator<KeyIndex, void, void> {
    let from: KeyString | undefined = '';
    while (from !== undefined) {
      const page: KeyIndex[] = [];
      const start: KeyString = from;
      from = undefined;
      this.visitIndices(start, AFTER_ALL_KEYS, (index) => {
        if (page.length < PAGE_KEYS) page.push(index);
        else from = index.key;
        return from === undefined;
      });
      yield* page;
    }
  }

  *#indicesOf(keys: Iterable<KeyString>): Generator<KeyIndex, void, void> {
    for (const key of keys) {
      const index = this.#table.get(key);
      if (index !== undefined) yield index;
    }
  }

  #forget(index: KeyIndex): void {
    this.#table.remove(index);
    this.#tree.delete(index.key);
    this.#deleted.delete(index.key);
  }

  /** Every key's index, in order, from `from` on, until `visit` returns false. */
  visitIndices(from: KeyString, end: KeyString, visit: (index: KeyIndex) => boolean): void {
    this.#tree.forRange(from, end, false, (_key, index) => (visit(index) ? undefined : STOP));
  }

  /** Same keys, same generations, same revisions. */
  equal(other: TreeIndex): boolean {
    if (this.size !== other.size) return false;
    for (const [key, index] of this.#tree.entries()) {
      const twin = other.keyIndex(key);
      if (twin === undefined || describe(twin) !== describe(index)) return false;
    }
    return true;
  }

  /**
   * Until `endRestore` keys are only hashed. Sorting them once and loading the tree in bulk takes a third
   * of the time of inserting them one by one. `keys`: about how many to expect.
   */
  beginRestore(keys = 0): void {
    assert(this.size === 0, () => 'only an empty index is restored');
    this.#restoring = [];
    this.#table.reserve(keys);
  }

  /** Restore changed the index of a key. */
  restored(ordinal: number): void {
    if (ordinal > this.#newest) this.#newest = ordinal;
  }

  /** `isDead`: what was restored and has been removed since, if anything was. */
  endRestore(isDead?: (ordinal: number) => boolean): void {
    let indices = this.#restoring;
    assert(indices !== null, () => 'no restore is under way');
    this.#restoring = null;
    if (isDead !== undefined) {
      indices = indices.filter((index) => {
        if (!index.prune(isDead) || !index.isEmpty) return true;
        this.#table.remove(index);
        return false;
      });
    }
    const keys = indices.map(({ key }) => key);
    if (!this.#restoredInOrder) {
      // Sorting plain strings is native, which beats a comparator even with the look-ups afterwards.
      keys.sort();
      indices = keys.map((key) => this.#table.get(key)!);
    }
    const deleted = indices.filter((index) => index.isDeleted).map(({ key }) => key);
    this.#tree = bulkLoad(keys, indices);
    this.#deleted = bulkLoad(
      deleted,
      deleted.map(() => true as const),
    );
  }
}

const rangeSize = <V>(map: OrderedMap<V>, key: KeyString, end: KeyString): number =>
  rank(map, end) - rank(map, key);

function describe({ key, created, version, open, closed }: KeyIndex): string {
  return JSON.stringify([key, created, version, open, closed]);
}
