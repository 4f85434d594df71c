/**
 * Compaction of one key (R82, R83, R86, R88). The worked example stands above `KeyIndex`.
 *
 * Compacting at revision r keeps every record with main > r, and of the older ones only the newest: if it
 * is a put, because a read at r sees it; if it is a tombstone, only while its main is r itself. What is
 * older or newer is decided by ordinal, so several records of one main are told apart.
 */
import type { Generation, KeyIndex } from './key-index.ts';

/** Revision r in ordinals. */
export interface CompactBound {
  /** The last ordinal with main ≤ r; -1 if there is none. */
  readonly at: number;
  /** The last ordinal with main < r; -1 if there is none. */
  readonly before: number;
}

/**
 * Drops what a compaction drops. Returns the ordinal kept at or below the bound, -1 if none. Afterwards
 * the index may be empty: then the key leaves the tree.
 */
export function compact(index: KeyIndex, bound: CompactBound): number {
  const newest = newestAtMost(index, bound.at);
  if (newest === undefined) return -1;
  const keeps = !newest.tombstone || newest.ordinal > bound.before;
  const oldestKept = keeps ? newest.ordinal : newest.ordinal + 1;
  const closed: Generation[] = [];
  for (const { created, version, revisions } of index.closed) {
    const left = revisions.filter((ordinal) => ordinal >= oldestKept);
    if (left.length > 0) closed.push({ created, version, revisions: left });
  }
  const open = index.isDeleted ? [] : index.open.filter((ordinal) => ordinal >= oldestKept);
  index.replace(closed, open);
  return keeps ? newest.ordinal : -1;
}

/** The put that `compact` would keep at or below the bound, or -1; tombstones never count (R86). */
export function keep(index: KeyIndex, bound: CompactBound): number {
  const newest = newestAtMost(index, bound.at);
  return newest === undefined || newest.tombstone ? -1 : newest.ordinal;
}

function newestAtMost(
  index: KeyIndex,
  at: number,
): { readonly ordinal: number; readonly tombstone: boolean } | undefined {
  let found: { ordinal: number; tombstone: boolean } | undefined;
  index.walk((ordinal, tombstone) => {
    if (ordinal > at) return true;
    found = { ordinal, tombstone };
    return false;
  });
  return found;
}
