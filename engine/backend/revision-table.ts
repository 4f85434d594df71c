/**
 * Where each revision lies, by ordinal: chunks of typed arrays outside the JavaScript heap. Growing never
 * copies, an empty store is small, and what is gone from disk leaves no more than its chunk's frame.
 *
 * A revision is alive, then dead (`kill`), then gone (`forget`). A gone ordinal answers as a dead one, and
 * its main revision as that of the nearest one left below it, which keeps `floor` right: every ordinal
 * that is left at or below the answer has main ≤ the one asked for, every one above it a greater one.
 */
import { assert } from '../base/assert.ts';
import { VarveError } from '../base/errors.ts';
import {
  CHUNK_BITS,
  CHUNK_MASK,
  CHUNK_ORDINALS,
  DEAD,
  FRESH,
  GONE,
  LARGE_SIZE,
  type RevisionColumns,
  RevisionChunk,
  TOMBSTONE,
} from './revision-chunk.ts';

/** Ordinals are taken apart by 32-bit operations. */
const ORDINALS_MAX = 0xffff_fff0;

export class RevisionTable {
  readonly #chunks: RevisionChunk[] = [];
  /** Sizes that do not fit their column, by ordinal. */
  readonly #largeSizes = new Map<number, number>();
  #count = 0;
  #lastMain = 0;
  #lastSub = -1;

  /** Ordinals given out. */
  get count(): number {
    return this.#count;
  }
  /** Main revision of the last record; 0 if there is none. */
  get lastMain(): number {
    return this.#lastMain;
  }

  append(
    main: number,
    sub: number,
    tombstone: boolean,
    slot: number,
    at: number,
    size: number,
  ): number {
    assert(
      main > this.#lastMain || (main === this.#lastMain && sub > this.#lastSub),
      () => `revision ${main}.${sub} after ${this.#lastMain}.${this.#lastSub}`,
    );
    if (this.#count === ORDINALS_MAX) throw tooMany();
    const ordinal = this.#count++;
    const row = ordinal & CHUNK_MASK;
    if (row === 0) this.#chunks[ordinal >>> CHUNK_BITS] ??= RevisionChunk.empty(this.#lastMain);
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    chunk.main[row] = main;
    chunk.sub[row] = sub;
    chunk.slot[row] = slot;
    chunk.at[row] = at;
    chunk.size[row] = size < LARGE_SIZE ? size : this.#keepLarge(ordinal, size);
    chunk.flags[row] = tombstone ? TOMBSTONE : 0;
    this.#lastMain = main;
    this.#lastSub = sub;
    return ordinal;
  }

  /** Forgets every ordinal from `count` on; they have never been on disk. */
  truncate(count: number): void {
    assert(count <= this.#count, () => `truncate ${this.#count} to ${count}`);
    // A chunk remembers what came before it.
    this.#chunks.length = Math.min(this.#chunks.length, Math.ceil(count / CHUNK_ORDINALS));
    this.#count = count;
    this.#lastMain = count === 0 ? 0 : this.mainOf(count - 1);
    this.#lastSub = count === 0 ? -1 : this.subOf(count - 1);
  }

  /** The record now lies elsewhere. */
  move(ordinal: number, slot: number, at: number): void {
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    const row = chunk.row(ordinal & CHUNK_MASK);
    assert(row >= 0, () => `revision at ordinal ${ordinal} is gone`);
    chunk.slot[row] = slot;
    chunk.at[row] = at;
  }

  /** `fresh`: the log does not say so yet. */
  kill(ordinal: number, fresh: boolean): void {
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    const row = chunk.row(ordinal & CHUNK_MASK);
    assert(row >= 0, () => `revision at ordinal ${ordinal} is gone`);
    assert((chunk.flags[row]! & DEAD) === 0, () => `revision ${ordinal} is dead already`);
    chunk.flags[row]! |= fresh ? DEAD | FRESH : DEAD;
    if (fresh) chunk.fresh++;
  }

  revive(ordinal: number): void {
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    chunk.flags[chunk.row(ordinal & CHUNK_MASK)]! &= ~DEAD;
  }

  /**
   * These dead revisions have left the disk, first to last, which lie in one chunk; those that are gone
   * already are passed over.
   */
  forget(first: number, last: number = first): void {
    const chunk = this.#chunks[first >>> CHUNK_BITS]!;
    const { flags, ordinals, size } = chunk;
    const end = chunk.floorRow(last & CHUNK_MASK) + 1;
    for (let row = chunk.floorRow((first & CHUNK_MASK) - 1) + 1; row < end; row++) {
      if ((flags[row]! & GONE) !== 0) continue;
      assert((flags[row]! & (DEAD | FRESH)) === DEAD, () => `row ${row} must not leave the disk`);
      flags[row]! |= GONE;
      chunk.gone++;
      if (size[row] === LARGE_SIZE) {
        this.#largeSizes.delete(first - (first & CHUNK_MASK) + (ordinals?.[row] ?? row));
      }
    }
    const isFull = first >>> CHUNK_BITS < this.#count >>> CHUNK_BITS;
    if (isFull && chunk.gone > 0 && chunk.gone >= flags.length / 2) chunk.pack();
  }

  mainOf(ordinal: number): number {
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    const row = chunk.floorRow(ordinal & CHUNK_MASK);
    return row < 0 ? chunk.mainBefore : chunk.main[row]!;
  }
  /** The rest is for revisions that are not gone. */
  subOf(ordinal: number): number {
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    return chunk.sub[chunk.row(ordinal & CHUNK_MASK)] ?? 0;
  }
  slotOf(ordinal: number): number {
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    return chunk.slot[chunk.row(ordinal & CHUNK_MASK)]!;
  }
  placeOf(ordinal: number): number {
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    return chunk.at[chunk.row(ordinal & CHUNK_MASK)]!;
  }
  /** Encoded size of the record. */
  sizeOf(ordinal: number): number {
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    const size = chunk.size[chunk.row(ordinal & CHUNK_MASK)] ?? 0;
    return size < LARGE_SIZE ? size : this.#largeSizes.get(ordinal)!;
  }
  isTombstone(ordinal: number): boolean {
    return (this.#flags(ordinal) & TOMBSTONE) !== 0;
  }
  isDead(ordinal: number): boolean {
    return (this.#flags(ordinal) & DEAD) !== 0;
  }
  /** Dead, and told to the log or about to be: only then its bytes count as dead. */
  isBuried(ordinal: number): boolean {
    return (this.#flags(ordinal) & (DEAD | FRESH)) === DEAD;
  }
  isGone(ordinal: number): boolean {
    return (this.#flags(ordinal) & GONE) !== 0;
  }

  /** Whether this ordinal is on disk, and of this revision. */
  holds(ordinal: number, main: number, sub: number): boolean {
    if (ordinal >= this.#count) return false;
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    const row = chunk.row(ordinal & CHUNK_MASK);
    if (row < 0 || chunk.main[row] !== main || chunk.sub[row] !== sub) return false;
    return (chunk.flags[row]! & GONE) === 0;
  }

  /** The first ordinal from this one on that is not gone; `count` if there is none. */
  nextLeft(from: number): number {
    let ordinal = from;
    while (ordinal < this.#count) {
      const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
      const { ordinals, flags } = chunk;
      const base = ordinal - (ordinal & CHUNK_MASK);
      const place = ordinal & CHUNK_MASK;
      let row = ordinals === null ? place : chunk.floorRow(place - 1) + 1;
      while (row < flags.length && (flags[row]! & GONE) !== 0) row++;
      if (row < flags.length) return Math.min(this.#count, base + (ordinals?.[row] ?? row));
      ordinal = base + CHUNK_ORDINALS;
    }
    return this.#count;
  }

  /**
   * The last ordinal with main ≤ `main`, or -1. Most transactions write one record, so the distance to
   * the last main is a good first guess; binary search from there.
   */
  floor(main: number): number {
    let lower = -1;
    let upper = this.#count;
    if (upper === 0 || main >= this.#lastMain) return upper - 1;
    let probe = Math.max(0, upper - 1 - (this.#lastMain - main));
    // Invariant: lower is -1 or its main ≤ main; upper is count or its main > main.
    while (upper - lower > 1) {
      if (this.mainOf(probe) <= main) lower = probe;
      else upper = probe;
      probe = lower >= 0 && this.#isFloor(lower, main) ? lower + 1 : (lower + upper) >>> 1;
    }
    return lower;
  }

  /** Whole columns of the ordinals below `count`, chunk by chunk. */
  *columns(count: number): Generator<RevisionColumns, void, void> {
    for (let first = 0; first < count; first += CHUNK_ORDINALS) {
      const chunk = this.#chunks[first >>> CHUNK_BITS]!;
      const rows = chunk.ordinals === null ? Math.min(CHUNK_ORDINALS, count - first) : undefined;
      yield {
        main: chunk.main.subarray(0, rows),
        sub: chunk.sub.subarray(0, rows),
        slot: chunk.slot.subarray(0, rows),
        at: chunk.at.subarray(0, rows),
        size: chunk.size.subarray(0, rows),
        flags: chunk.flags.subarray(0, rows),
        ordinals: chunk.ordinals,
      };
    }
  }

  /** Sizes that `columns` has no room for. */
  largeSizes(): readonly (readonly [ordinal: number, bytes: number])[] {
    return [...this.#largeSizes];
  }

  /** The inverse of `columns` and `largeSizes`, into an empty table; `count` ordinals in all. */
  restore(columns: RevisionColumns, count: number): void {
    const first = this.#chunks.length * CHUNK_ORDINALS;
    const chunk = RevisionChunk.empty(this.#lastMain);
    if (columns.ordinals === null) {
      for (const name of ['main', 'sub', 'slot', 'at', 'size', 'flags'] as const) {
        chunk[name].set(columns[name]);
      }
    } else {
      Object.assign(chunk, columns);
    }
    for (const flags of columns.flags) if ((flags & GONE) !== 0) chunk.gone++;
    this.#chunks.push(chunk);
    this.#count = Math.min(count, first + CHUNK_ORDINALS);
    this.#lastMain = this.mainOf(this.#count - 1);
    this.#lastSub = this.subOf(this.#count - 1);
  }

  restoreLargeSizes(sizes: readonly (readonly [ordinal: number, bytes: number])[]): void {
    for (const [ordinal, bytes] of sizes) this.#largeSizes.set(ordinal, bytes);
  }

  /** For removals, which live in `removals.ts`. */
  get chunks(): readonly RevisionChunk[] {
    return this.#chunks;
  }

  #flags(ordinal: number): number {
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    const row = chunk.row(ordinal & CHUNK_MASK);
    return row < 0 ? DEAD | GONE : chunk.flags[row]!;
  }

  #isFloor(ordinal: number, main: number): boolean {
    return ordinal + 1 < this.#count && this.mainOf(ordinal + 1) > main;
  }

  #keepLarge(ordinal: number, size: number): number {
    this.#largeSizes.set(ordinal, size);
    return LARGE_SIZE;
  }
}

const tooMany = (): VarveError =>
  new VarveError(
    'ERR_UNAVAILABLE',
    'this session has made all the revisions it can count (2^32): close the store and open it again',
  );
