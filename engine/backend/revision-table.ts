/**
 * Where each revision lies: columns of typed arrays by ordinal, outside the JavaScript heap, 21 bytes a
 * revision. Chunked, so that growing never copies and an empty store is small.
 */
import { assert } from '../base/assert.ts';

const CHUNK_BITS = 12;
export const CHUNK_ORDINALS: number = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_ORDINALS - 1;
const TOMBSTONE = 1;
const DEAD = 2;

/** The columns of a run of ordinals; also how a checkpoint carries them. */
export interface RevisionColumns {
  readonly main: Float64Array;
  readonly sub: Uint32Array;
  readonly slot: Uint32Array;
  readonly at: Uint32Array;
  readonly flags: Uint8Array;
}

const newColumns = (length: number): RevisionColumns => ({
  main: new Float64Array(length),
  sub: new Uint32Array(length),
  slot: new Uint32Array(length),
  at: new Uint32Array(length),
  flags: new Uint8Array(length),
});

export class RevisionTable {
  readonly #chunks: RevisionColumns[] = [];
  #count = 0;
  #lastMain = 0;
  #lastSub = -1;

  get count(): number {
    return this.#count;
  }
  /** Main revision of the last record; 0 if there is none. */
  get lastMain(): number {
    return this.#lastMain;
  }

  append(main: number, sub: number, tombstone: boolean, slot: number, at: number): number {
    assert(
      main > this.#lastMain || (main === this.#lastMain && sub > this.#lastSub),
      () => `revision ${main}.${sub} after ${this.#lastMain}.${this.#lastSub}`,
    );
    const ordinal = this.#count++;
    const index = ordinal & CHUNK_MASK;
    if (index === 0) this.#chunks[ordinal >>> CHUNK_BITS] ??= newColumns(CHUNK_ORDINALS);
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    chunk.main[index] = main;
    chunk.sub[index] = sub;
    chunk.slot[index] = slot;
    chunk.at[index] = at;
    chunk.flags[index] = tombstone ? TOMBSTONE : 0;
    this.#lastMain = main;
    this.#lastSub = sub;
    return ordinal;
  }

  /** Forgets every ordinal from `count` on. */
  truncate(count: number): void {
    assert(count <= this.#count, () => `truncate ${this.#count} to ${count}`);
    this.#count = count;
    this.#lastMain = count === 0 ? 0 : this.mainOf(count - 1);
    this.#lastSub = count === 0 ? -1 : this.subOf(count - 1);
  }

  /** The record now lies elsewhere. */
  move(ordinal: number, slot: number, at: number): void {
    const chunk = this.#chunks[ordinal >>> CHUNK_BITS]!;
    chunk.slot[ordinal & CHUNK_MASK] = slot;
    chunk.at[ordinal & CHUNK_MASK] = at;
  }

  kill(ordinal: number): void {
    assert(!this.isDead(ordinal), () => `revision at ordinal ${ordinal} is dead already`);
    this.#chunks[ordinal >>> CHUNK_BITS]!.flags[ordinal & CHUNK_MASK]! |= DEAD;
  }

  revive(ordinal: number): void {
    this.#chunks[ordinal >>> CHUNK_BITS]!.flags[ordinal & CHUNK_MASK]! &= ~DEAD;
  }

  mainOf(ordinal: number): number {
    return this.#chunks[ordinal >>> CHUNK_BITS]!.main[ordinal & CHUNK_MASK]!;
  }
  subOf(ordinal: number): number {
    return this.#chunks[ordinal >>> CHUNK_BITS]!.sub[ordinal & CHUNK_MASK]!;
  }
  slotOf(ordinal: number): number {
    return this.#chunks[ordinal >>> CHUNK_BITS]!.slot[ordinal & CHUNK_MASK]!;
  }
  placeOf(ordinal: number): number {
    return this.#chunks[ordinal >>> CHUNK_BITS]!.at[ordinal & CHUNK_MASK]!;
  }
  isTombstone(ordinal: number): boolean {
    return (this.#chunks[ordinal >>> CHUNK_BITS]!.flags[ordinal & CHUNK_MASK]! & TOMBSTONE) !== 0;
  }
  isDead(ordinal: number): boolean {
    return (this.#chunks[ordinal >>> CHUNK_BITS]!.flags[ordinal & CHUNK_MASK]! & DEAD) !== 0;
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

  #isFloor(ordinal: number, main: number): boolean {
    return ordinal + 1 < this.#count && this.mainOf(ordinal + 1) > main;
  }

  /** Whole columns of the ordinals below `count`, chunk by chunk. */
  *columns(count: number): Generator<RevisionColumns, void, void> {
    for (let first = 0; first < count; first += CHUNK_ORDINALS) {
      const chunk = this.#chunks[first >>> CHUNK_BITS]!;
      const length = Math.min(CHUNK_ORDINALS, count - first);
      yield {
        main: chunk.main.subarray(0, length),
        sub: chunk.sub.subarray(0, length),
        slot: chunk.slot.subarray(0, length),
        at: chunk.at.subarray(0, length),
        flags: chunk.flags.subarray(0, length),
      };
    }
  }

  /** The inverse, from a checkpoint: `columns` continue where the table ends, at a chunk's start. */
  restore(columns: RevisionColumns): void {
    assert((this.#count & CHUNK_MASK) === 0, () => 'only the last chunk may be short');
    const chunk = newColumns(CHUNK_ORDINALS);
    chunk.main.set(columns.main);
    chunk.sub.set(columns.sub);
    chunk.slot.set(columns.slot);
    chunk.at.set(columns.at);
    chunk.flags.set(columns.flags);
    this.#chunks.push(chunk);
    this.#count += columns.main.length;
    this.#lastMain = this.mainOf(this.#count - 1);
    this.#lastSub = this.subOf(this.#count - 1);
  }
}
