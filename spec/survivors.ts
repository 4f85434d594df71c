/**
 * Compaction (R80-R88) takes nothing out of the list of changes: which changes are left after it follows
 * from the list and one number, the compacted revision.
 *
 *     changes            left after compacting at 3     at 4           at 5
 *     2  put a=1         -                              -              -
 *     2  put b=1         put b=1 (seen at 3)            put b=1        put b=1 (seen at 5)
 *     3  put a=2         put a=2 (seen at 3)            -              -
 *     4  delete a        delete a                       delete a (R83) -
 *     5  put a=3         put a=3                        put a=3        put a=3
 *
 * Compacting at 3 and then at 5 leaves what compacting at 5 alone does.
 */
import { type Change, compareBytes, putOn } from './history.ts';
import type { Bytes, KeyValue } from './types.ts';

/** A change as a store keeps it. */
export interface Stored {
  readonly main: number;
  /** Its place among the changes of its revision (R5). */
  readonly sub: number;
  readonly key: Bytes;
  /** Undefined: a tombstone. */
  readonly kv: KeyValue | undefined;
}

export function storedOf(changes: readonly Change[]): Stored[] {
  const alive = new Map<Bytes, KeyValue>();
  const all: Stored[] = [];
  for (const change of changes) {
    const { key, revision: main } = change;
    const last = all.at(-1);
    const sub = last?.main === main ? last.sub + 1 : 0;
    const kv = change.type === 'put' ? putOn(alive.get(key), change) : undefined;
    if (kv === undefined) alive.delete(key);
    else alive.set(key, kv);
    all.push({ main, sub, key, kv });
  }
  return all;
}

/** R82, R83, R88: by (main, sub), so the last of several changes in one revision is the newest. */
export function survivors(changes: readonly Change[], compactRevision: number): Stored[] {
  const all = storedOf(changes);
  const seen = new Set(newest(all, compactRevision));
  return all.filter((stored) => {
    if (stored.main > compactRevision) return true;
    if (!seen.has(stored)) return false;
    return stored.kv !== undefined || stored.main === compactRevision;
  });
}

/** For each key, in key order, the last change up to this revision. */
export function newest(all: readonly Stored[], revision: number): Stored[] {
  const last = new Map<Bytes, Stored>();
  for (const stored of all) if (stored.main <= revision) last.set(stored.key, stored);
  return [...last.values()].sort((a, b) => compareBytes(a.key, b.key));
}
