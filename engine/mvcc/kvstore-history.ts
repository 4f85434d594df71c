/** Every change between two revisions, in revision order: a scan of the log, not of the index. */
import type { Revisions } from '../backend/backend.ts';
import type { KeyString } from '../base/bytes.ts';
import type { WatchEvent } from '../types.ts';
import { deletedKeyValue, keyValueOf } from './key-value.ts';

export interface HistoryRange {
  readonly key: KeyString;
  /** Undefined: exactly `key`. */
  readonly end: KeyString | undefined;
  /** Main revisions, inclusive. */
  readonly from: number;
  readonly to: number;
}

export function* historyEvents(
  revisions: Revisions,
  { key, end, from, to }: HistoryRange,
): Generator<WatchEvent, void, void> {
  const upper = revisions.floor(to);
  for (let ordinal = revisions.floor(from - 1) + 1; ordinal <= upper; ordinal++) {
    if (revisions.isDead(ordinal)) continue;
    const stored = revisions.read(ordinal);
    const found = stored.key();
    const inside = end === undefined ? found === key : found >= key && found < end;
    if (!inside) continue;
    const revision = stored.main;
    if (revisions.isTombstone(ordinal)) {
      const kv = deletedKeyValue(found, revision);
      yield { type: 'delete', kv, revision, isCreate: false };
    } else {
      const isCreate = stored.create === revision;
      yield { type: 'put', kv: keyValueOf(found, stored, false), revision, isCreate };
    }
  }
}
