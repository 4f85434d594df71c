/**
 * Every change between two revisions, in revision order: a scan of the log, not of the index. Of the
 * compacted revision only what a compaction leaves, whether the rest is removed already or not.
 */
import type { KeyString } from '../base/bytes.ts';
import type { WatchEvent } from '../types.ts';
import { CompactedError } from '../base/errors.ts';
import { isLeft } from './key-index-compact.ts';
import type { KvState } from './kvstore-read.ts';
import { eventOf } from './key-value.ts';

export interface HistoryRange {
  /** Which keys. */
  readonly wants: (key: KeyString) => boolean;
  /** Main revisions, inclusive. */
  readonly from: number;
  readonly to: number;
}

/** Ends with CompactedError when a compaction overtakes it: what it would show has holes then. */
export function* historyEvents(
  state: KvState,
  { wants, from, to }: HistoryRange,
): Generator<WatchEvent, void, void> {
  const { revisions, compactRevision } = state;
  const upper = revisions.floor(to);
  let ordinal = revisions.nextLeft(revisions.floor(from - 1) + 1);
  for (; ordinal <= upper; ordinal = revisions.nextLeft(ordinal + 1)) {
    const overtaken = state.compactRevision > compactRevision;
    if (overtaken && revisions.mainOf(ordinal) <= state.compactRevision) {
      throw new CompactedError(state.compactRevision);
    }
    if (revisions.isDead(ordinal)) continue;
    const stored = revisions.read(ordinal);
    const key = stored.key();
    if (!wants(key)) continue;
    const isDoubtful = revisions.mainOf(ordinal) <= compactRevision;
    if (isDoubtful && !isLeftOf(state, key, ordinal)) continue;
    yield eventOf(key, stored, revisions.isTombstone(ordinal));
  }
}

function isLeftOf(
  { index, revisions, compactRevision }: KvState,
  key: KeyString,
  ordinal: number,
): boolean {
  const bound = {
    at: revisions.floor(compactRevision),
    before: revisions.floor(compactRevision - 1),
  };
  const found = index.keyIndex(key);
  return found !== undefined && isLeft(found, bound, ordinal);
}
