/**
 * Compaction of one key (R82, R83, R86, R88). The worked example stands above `KeyIndex`.
 *
 * Compacting at revision r keeps every record with main > r, and of the older ones only the newest: if it
 * is a put, because a read at r sees it; if it is a tombstone, only while its main is r itself. What is
 * older or newer is decided by ordinal, so several records of one main are told apart.
 */
import { type Generation, type KeyIndex, lastAtMost } from './key-index.ts';

/** Revision r in ordinals. */
export interface CompactBound {
  /** The last ordinal with main ≤ r; -1 if there is none. */
  readonly at: number;
  /** The last ordinal with main < r; -1 if there is none. */
  readonly before: number;
}

/**
 * Drops what a compaction drops, each ordinal told to `dropped`; returns how many. Afterwards the index
 * may be empty: then the key leaves the tree.
 */
export function compact(
  index: KeyIndex,
  bound: CompactBound,
  dropped: (ordinal: number) => void,
): number {
  // One revision and a put: it is what a read at r sees, or newer.
  if (index.isFlat) return 0;
  const oldestKept = oldestKeptOf(index, bound);
  let count = 0;
  const closed: Generation[] = [];
  for (const generation of index.closed) {
    const cut = dropBelow(generation.revisions, oldestKept, dropped);
    count += cut;
    if (cut === 0) closed.push(generation);
    else if (cut < generation.revisions.length) {
      closed.push({ ...generation, revisions: generation.revisions.slice(cut) });
    }
  }
  const open = index.isDeleted ? NONE : index.open;
  const cut = dropBelow(open, oldestKept, dropped);
  count += cut;
  if (count > 0) index.replace(closed, open.slice(cut));
  return count;
}

/** The put that `compact` would keep at or below the bound, or -1; tombstones never count (R86). */
export function keep(index: KeyIndex, bound: CompactBound): number {
  return index.revisionAt(bound.at);
}

/** Whether `compact` leaves this ordinal, which is the key's. */
export function isLeft(index: KeyIndex, bound: CompactBound, ordinal: number): boolean {
  return index.isFlat || ordinal >= oldestKeptOf(index, bound);
}

const NONE: readonly number[] = [];

/** The newest ordinal at or below the bound, if it stays; else the one after it. */
function oldestKeptOf(index: KeyIndex, { at, before }: CompactBound): number {
  const put = index.revisionAt(at);
  if (put >= 0) return put;
  const { closed } = index;
  for (let g = closed.length - 1; g >= 0; g--) {
    // Whoever sees no put is before the first generation or right after a tombstone.
    const tombstone = closed[g]!.revisions.at(-1)!;
    if (tombstone <= at) return tombstone > before ? tombstone : tombstone + 1;
  }
  return 0;
}

function dropBelow(
  revisions: readonly number[],
  oldestKept: number,
  dropped: (ordinal: number) => void,
): number {
  const cut = lastAtMost(revisions, oldestKept - 1) + 1;
  for (let i = 0; i < cut; i++) dropped(revisions[i]!);
  return cut;
}
