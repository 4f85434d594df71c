/**
 * A run of 4096 ordinals of the revision table: columns of typed arrays, 21 bytes a revision.
 *
 * A chunk begins **dense**: the row of an ordinal is its place in the chunk. Once at least half of its
 * revisions are gone (dead, and no longer on disk) it is **packed**: only the rows that are left, and
 * `ordinals` says which they are. So memory follows what is on disk, and ordinals never change.
 *
 *     dense     rows 0 1 2 3 4 5 …           ordinals null
 *     packed    rows 0 1                     ordinals 3 5: the others are gone
 */
export const CHUNK_BITS = 12;
export const CHUNK_ORDINALS: number = 1 << CHUNK_BITS;
export const CHUNK_MASK: number = CHUNK_ORDINALS - 1;

export const TOMBSTONE = 1;
export const DEAD = 2;
/** Dead, and the log does not say so yet. */
export const FRESH = 4;
/** Dead, and not even on disk any more. */
export const GONE = 8;

/** Sizes from this on are kept beside the column. */
export const LARGE_SIZE = 0xffff;

/** The columns of a chunk; also how a checkpoint carries them. */
export interface RevisionColumns {
  readonly main: Float64Array;
  readonly sub: Uint32Array;
  readonly slot: Uint16Array;
  readonly at: Uint32Array;
  readonly size: Uint16Array;
  readonly flags: Uint8Array;
  /** Places in the chunk, ascending; null if the rows are the places. */
  readonly ordinals: Uint16Array | null;
}

export class RevisionChunk implements RevisionColumns {
  main: Float64Array;
  sub: Uint32Array;
  slot: Uint16Array;
  at: Uint32Array;
  size: Uint16Array;
  flags: Uint8Array;
  ordinals: Uint16Array | null;
  /** Main revision of the last row of the chunks before: what a gone ordinal at the start answers. */
  readonly mainBefore: number;
  /** Rows that are fresh, and rows that are gone. */
  fresh = 0;
  gone = 0;

  constructor(columns: RevisionColumns, mainBefore: number) {
    this.main = columns.main;
    this.sub = columns.sub;
    this.slot = columns.slot;
    this.at = columns.at;
    this.size = columns.size;
    this.flags = columns.flags;
    this.ordinals = columns.ordinals;
    this.mainBefore = mainBefore;
  }

  static empty(mainBefore: number): RevisionChunk {
    return new RevisionChunk(newColumns(CHUNK_ORDINALS), mainBefore);
  }

  /** The row of the nearest ordinal at or below this place; -1 if there is none. */
  floorRow(place: number): number {
    const { ordinals } = this;
    if (ordinals === null) return place;
    let lower = 0;
    let upper = ordinals.length;
    while (lower < upper) {
      const middle = (lower + upper) >>> 1;
      if (ordinals[middle]! <= place) lower = middle + 1;
      else upper = middle;
    }
    return lower - 1;
  }

  /** The row of this place, or -1 if it is gone. */
  row(place: number): number {
    const { ordinals } = this;
    if (ordinals === null) return place;
    const row = this.floorRow(place);
    return row >= 0 && ordinals[row] === place ? row : -1;
  }

  /** Only once all its places are taken; what is gone leaves the columns. */
  pack(): void {
    const { flags, ordinals } = this;
    const rows: number[] = [];
    for (let row = 0; row < flags.length; row++) if ((flags[row]! & GONE) === 0) rows.push(row);
    const packed = newColumns(rows.length, new Uint16Array(rows.length));
    for (const [to, from] of rows.entries()) {
      packed.ordinals![to] = ordinals === null ? from : ordinals[from]!;
      packed.main[to] = this.main[from]!;
      packed.sub[to] = this.sub[from]!;
      packed.slot[to] = this.slot[from]!;
      packed.at[to] = this.at[from]!;
      packed.size[to] = this.size[from]!;
      packed.flags[to] = flags[from]!;
    }
    Object.assign(this, packed);
    this.gone = 0;
  }
}

export const newColumns = (
  length: number,
  ordinals: Uint16Array | null = null,
): RevisionColumns => ({
  main: new Float64Array(length),
  sub: new Uint32Array(length),
  slot: new Uint16Array(length),
  at: new Uint32Array(length),
  size: new Uint16Array(length),
  flags: new Uint8Array(length),
  ordinals,
});
