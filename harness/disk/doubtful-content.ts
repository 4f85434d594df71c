/**
 * The bytes of one file as the process sees them, and what the disk holds of them for certain. Between the
 * two lies what was written since the last sync: of that, a power cut keeps whatever it likes, sector by
 * sector, and any length that the file had meanwhile.
 *
 *     synced      │ aaaa │ bbbb │                          two sectors
 *     written     │ aaaa │ cccc │ dddd │                   sector 1 again, sector 2 new
 *     in doubt    length: 2 or 3 sectors
 *                 sector 1: bbbb, cccc, zeros, half of each
 *                 sector 2: zeros, dddd, half of it
 *
 * `bytes` and `synced` may be shared with pictures taken of the disk, so neither is ever written in place
 * once it is.
 */
export const SECTOR_BYTES = 512;

/** A change since the last sync. */
type Pending =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'size'; readonly size: number };

/** What a sector may hold after a crash. The first is what was synced, the last what the process saw. */
export interface SectorDoubt {
  readonly index: number;
  readonly versions: readonly SectorVersion[];
}
export interface SectorVersion {
  readonly fate: 'old' | 'between' | 'zeros' | 'torn' | 'new';
  readonly bytes: Uint8Array;
}
export interface ContentDoubt {
  /** The first is the one that was synced. */
  readonly sizes: readonly number[];
  readonly sectors: readonly SectorDoubt[];
}

const EMPTY = new Uint8Array(0);
const CERTAIN: ContentDoubt = { sizes: [0], sectors: [] };

export class DoubtfulContent {
  /** A process has asked what is in it, or how long it is. */
  wasRead = false;
  #bytes: Uint8Array;
  #size: number;
  #isShared: boolean;
  #synced: Uint8Array;
  #pending: Pending[] = [];
  #settled = 0;
  /** Of the state as it is. */
  #doubt: ContentDoubt | undefined;

  /** All of it synced. The array must not change any more. */
  constructor(synced: Uint8Array = EMPTY) {
    this.#bytes = synced;
    this.#synced = synced;
    this.#size = synced.length;
    this.#isShared = true;
  }

  /** The same bytes and the same doubts, to go its own way from here. */
  fork(): DoubtfulContent {
    const twin = new DoubtfulContent(this.#synced);
    this.#isShared = true;
    twin.#bytes = this.#bytes;
    twin.#size = this.#size;
    twin.#pending = [...this.#pending];
    twin.#settled = this.#settled;
    return twin;
  }

  get size(): number {
    return this.#size;
  }

  get synced(): Uint8Array {
    return this.#synced;
  }

  get isCertain(): boolean {
    return this.#pending.length === 0;
  }

  /** As the process sees it. */
  current(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  readAt(target: Uint8Array, position: number): number {
    const end = Math.min(position + target.length, this.#size);
    if (end <= position) return 0;
    target.set(this.#bytes.subarray(position, end));
    return end - position;
  }

  writeAt(source: Uint8Array, position: number): void {
    if (source.length === 0) return;
    const bytes = new Uint8Array(source);
    this.#pend({ kind: 'write', at: position, bytes });
    this.#reserve(Math.max(this.#size, position + bytes.length));
    this.#bytes.set(bytes, position);
    this.#size = Math.max(this.#size, position + bytes.length);
  }

  truncate(size: number): void {
    this.#pend({ kind: 'size', size });
    this.#reserve(Math.max(this.#size, size));
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }

  /** How many changes there were. What a sync covers is known when it begins: those up to then. */
  get changes(): number {
    return this.#settled + this.#pending.length;
  }

  /** So many changes, of all there ever were, are on disk now. */
  settle(changes: number): void {
    const count = changes - this.#settled;
    if (count <= 0) return;
    this.#settled = changes;
    if (count === this.#pending.length) {
      this.#synced = this.current();
      this.#pending = [];
    } else {
      this.#synced = this.#pending.slice(0, count).reduce(applied, this.#synced);
      this.#pending = this.#pending.slice(count);
    }
    this.#doubt = undefined;
  }

  /** What a power cut now would have to decide. */
  doubt(): ContentDoubt {
    this.#doubt ??= this.isCertain ? CERTAIN : doubtOf(this.#synced, this.#pending);
    return this.#doubt;
  }

  #pend(pending: Pending): void {
    this.#pending.push(pending);
    this.#doubt = undefined;
  }

  #reserve(size: number): void {
    if (!this.#isShared && size <= this.#bytes.length) return;
    const bytes = new Uint8Array(size <= this.#bytes.length ? this.#bytes.length : 2 * size);
    bytes.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = bytes;
    this.#isShared = false;
  }
}

/** What is left if these versions of the sectors in doubt, and this length, are what the disk kept. */
export function contentAfter(
  synced: Uint8Array,
  size: number,
  sectors: readonly { readonly index: number; readonly bytes: Uint8Array }[],
): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(synced.subarray(0, size));
  for (const sector of sectors) {
    const at = sector.index * SECTOR_BYTES;
    if (at < size) bytes.set(sector.bytes.subarray(0, size - at), at);
  }
  return bytes;
}

function doubtOf(synced: Uint8Array, pending: readonly Pending[]): ContentDoubt {
  const between = new Set<number>();
  const histories = new Map<number, Uint8Array[]>();
  let bytes = synced;
  for (const change of pending) {
    const sizeBefore = bytes.length;
    bytes = applied(bytes, change);
    between.add(bytes.length);
    const [from, to] = extent(change, sizeBefore);
    for (let index = Math.floor(from / SECTOR_BYTES); index * SECTOR_BYTES < to; index++) {
      const history = histories.get(index) ?? [sectorOf(synced, index)];
      history.push(sectorOf(bytes, index));
      histories.set(index, history);
    }
  }
  const sectors = [...histories]
    .map(([index, history]) => ({ index, versions: versionsOf(index, history) }))
    .filter(({ versions }) => versions.length > 1)
    .sort((a, b) => a.index - b.index);
  between.delete(synced.length);
  const isSame = between.size === 0;
  between.delete(bytes.length);
  const sizes = isSame ? [synced.length] : [synced.length, ...between, bytes.length];
  return { sizes, sectors };
}

/** The bytes that a change touches: a cut takes those that were there. */
function extent(change: Pending, sizeBefore: number): readonly [from: number, to: number] {
  if (change.kind === 'size') return [change.size, Math.max(change.size, sizeBefore)];
  return [change.at, change.at + change.bytes.length];
}

function applied(bytes: Uint8Array, change: Pending): Uint8Array {
  if (change.kind === 'size') return resized(bytes, change.size);
  const grown = resized(bytes, Math.max(bytes.length, change.at + change.bytes.length));
  grown.set(change.bytes, change.at);
  return grown;
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(0, size));
  return copy;
}

/** Filled up with zeros: what lies beyond the end is decided by the length. */
function sectorOf(bytes: Uint8Array, index: number): Uint8Array {
  const sector = new Uint8Array(SECTOR_BYTES);
  sector.set(bytes.subarray(index * SECTOR_BYTES, (index + 1) * SECTOR_BYTES));
  return sector;
}

/** All that differ. */
function versionsOf(index: number, history: readonly Uint8Array[]): SectorVersion[] {
  const old = history[0]!;
  const last = history.at(-1)!;
  const versions: SectorVersion[] = [{ fate: 'old', bytes: old }];
  const candidates: SectorVersion[] = [
    { fate: 'zeros', bytes: new Uint8Array(SECTOR_BYTES) },
    ...history.slice(1, -1).map((bytes) => ({ fate: 'between' as const, bytes })),
    { fate: 'torn', bytes: torn(last, old, tearAt(index, history.length)) },
    { fate: 'torn', bytes: torn(old, last, tearAt(index + 1, history.length)) },
  ];
  for (const candidate of candidates) {
    const isKnown = versions.some(({ bytes }) => Buffer.compare(bytes, candidate.bytes) === 0);
    if (!isKnown && Buffer.compare(candidate.bytes, last) !== 0) versions.push(candidate);
  }
  // Written again as it was: in doubt all the same, unless nothing else can come of it.
  const isOther = versions.length > 1 || Buffer.compare(old, last) !== 0;
  return isOther ? [...versions, { fate: 'new', bytes: last }] : versions;
}

function torn(front: Uint8Array, back: Uint8Array, at: number): Uint8Array {
  const sector = new Uint8Array(back);
  sector.set(front.subarray(0, at));
  return sector;
}

/** Any byte will do, as long as it is not always the same one. */
const tearAt = (index: number, writes: number): number =>
  1 + ((index * 197 + writes * 89) % (SECTOR_BYTES - 1));
