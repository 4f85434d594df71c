/**
 * Every change between two revisions, in revision order: a scan of the log, not of the index. Of the
 * compacted revision only what a compaction leaves, whether the rest is removed already or not.
 */
import type { KeyString } from '../base/bytes.ts';
import type { WatchEvent } from '../types.ts';
import { CompactedError } from '../base/errors.ts';
import { isLeft } from './key-index-compact.ts';
import type { KvState } from './kvstore-read.ts';
import { deletedKeyValue, keyValueOf } from './key-value.ts';

export interface HistoryRange {
  readonly key: KeyString;
  /** Undefined: exactly `key`. */
  readonly end: KeyString | undefined;
  /** Main revisions, inclusive. */
  readonly from: number;
  readonly to: number;
}

/** Ends with CompactedError when a compaction overtakes it: what it would show has holes then. */
export function* historyEvents(
  state: KvState,
  { key, end, from, to }: HistoryRange,
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
    const found = stored.key();
    const inside = end === undefined ? found === key : found >= key && found < end;
    if (!inside) continue;
    const revision = stored.main;
    if (revision <= compactRevision && !isLeftOf(state, found, ordinal)) continue;
    if (revisions.isTombstone(ordinal)) {
      const kv = deletedKeyValue(found, revision);
      yield { type: 'delete', kv, revision, isCreate: false };
    } else {
      const isCreate = stored.create === revision;
      yield { type: 'put', kv: keyValueOf(found, stored, false), revision, isCreate };
    }
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
