/**
 * The history as it is drawn: a row for each key, a mark for each change, and what of it a compaction has
 * taken.
 */
import { textOf } from '../../spec/guarantees/chronicle.ts';
import { type Change, compareBytes } from '../../spec/history.ts';
import { type Stored, storedOf, survivors } from '../../spec/survivors.ts';
import type { Bytes } from '../../spec/types.ts';

export interface Mark {
  readonly revision: number;
  /** Its place among the changes of its revision (R5). */
  readonly sub: number;
  readonly kind: 'create' | 'put' | 'tombstone';
  /** Puts in this life of the key; 0 for a tombstone. */
  readonly version: number;
  /** A compaction has taken the record. */
  readonly isGone: boolean;
  /** The change as one line. */
  readonly text: string;
}

export interface PastRow {
  readonly key: Bytes;
  /** In revision order, several of one revision in the order they were made. */
  readonly marks: readonly Mark[];
}

export interface Past {
  /** Every revision there is something to show at, ascending. */
  readonly revisions: readonly number[];
  /** In key order. */
  readonly rows: readonly PastRow[];
  /** Ascending. Nothing below the last one can be read. */
  readonly compactions: readonly number[];
}

/** `others`: revisions that are to have a place, though nothing was changed at them. */
export function pastOf(
  changes: readonly Change[],
  compactions: readonly number[],
  others: Iterable<number> = [],
): Past {
  // Below 1 there is nothing that a compaction could be about.
  const compacted = [...new Set(compactions)].filter((at) => at > 0).sort((a, b) => a - b);
  const left = new Set(survivors(changes, compacted.at(-1) ?? -1).map(placeOf));
  const rows = new Map<Bytes, Mark[]>();
  for (const stored of storedOf(changes)) {
    const marks = rows.get(stored.key) ?? [];
    rows.set(stored.key, marks);
    marks.push(markOf(stored, !left.has(placeOf(stored))));
  }
  const revisions = new Set([...changes.map(({ revision }) => revision), ...compacted, ...others]);
  return {
    revisions: [...revisions].sort((a, b) => a - b),
    rows: [...rows]
      .map(([key, marks]) => ({ key, marks }))
      .sort((a, b) => compareBytes(a.key, b.key)),
    compactions: compacted,
  };
}

/** No two records have the same. */
const placeOf = ({ main, sub }: Stored): string => `${main}_${sub}`;

function markOf({ main: revision, sub, key, kv }: Stored, isGone: boolean): Mark {
  const isCreate = kv?.version === 1;
  const kind = kv === undefined ? 'tombstone' : isCreate ? 'create' : 'put';
  const type = kv === undefined ? 'delete' : 'put';
  const text = textOf({ type, key, revision, kv, isCreate });
  return { revision, sub, kind, version: kv?.version ?? 0, isGone, text };
}
