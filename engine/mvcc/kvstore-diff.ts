/**
 * Keys that differ between two revisions, in key order. A key differs if the revision that made what a
 * read sees is not the same on both sides; what is the same is not read at all.
 *
 *     from 3   a@2  b@3        d@3
 *     to   6   a@2  b@5  c@6             differ: b, c (before undefined), d (after undefined)
 *
 * The index is walked in pages, for between two changes the consumer may do anything to the store.
 */
import type { KeyString } from '../base/bytes.ts';
import { CompactedError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Change, KeyValue } from '../types.ts';
import { keyValueOf } from './key-value.ts';
import type { KvState } from './kvstore-read.ts';

export interface DiffRange {
  readonly key: KeyString;
  /** Undefined: exactly `key`. */
  readonly end: KeyString | undefined;
  /** Main revisions; `from` may be the later one. 0: before the first revision. */
  readonly from: number;
  readonly to: number;
}

/** A key on both sides, as ordinals; -1 where it does not exist. */
interface Difference {
  readonly key: KeyString;
  readonly before: number;
  readonly after: number;
}

/** Ends with CompactedError when a compaction overtakes it: one side can no longer be read then. */
export function* diffChanges(state: KvState, range: DiffRange): Generator<Change, void, void> {
  const { key, end, from, to } = range;
  let next: KeyString | undefined = key;
  while (next !== undefined) {
    checkReadable(state, range);
    const at = { before: state.revisions.floor(from), after: state.revisions.floor(to) };
    const page: Difference[] = [];
    next = collect(state, next, end, at, page);
    for (const { key: found, before, after } of page) {
      checkReadable(state, range);
      const read = (ordinal: number): KeyValue | undefined =>
        ordinal < 0 ? undefined : keyValueOf(found, state.revisions.read(ordinal), false);
      const [earlier, later] = [read(before), read(after)];
      yield { key: (later ?? earlier)!.key, before: earlier, after: later };
    }
  }
}

/** Fills the page; returns where the next one begins, if there may be more. */
function collect(
  { index }: KvState,
  key: KeyString,
  end: KeyString | undefined,
  at: { readonly before: number; readonly after: number },
  page: Difference[],
): KeyString | undefined {
  let next: KeyString | undefined;
  index.visitIndices(key, end ?? `${key}\0`, (found) => {
    if (page.length === limits.iteratePageKeys) {
      next = found.key;
      return false;
    }
    const before = found.revisionAt(at.before);
    const after = found.revisionAt(at.after);
    if (before !== after) page.push({ key: found.key, before, after });
    return true;
  });
  return next;
}

function checkReadable({ compactRevision }: KvState, { from, to }: DiffRange): void {
  if (Math.min(from, to) < compactRevision) throw new CompactedError(compactRevision);
}
