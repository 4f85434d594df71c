/**
 * The one thing a store remembers: every change ever made, in order. All else is read off that list.
 *
 *     changes                         the store at revision 3        and at revision 5
 *     2  put a=1                      a=2  create 2 mod 3 version 2  a=4  create 5 mod 5 version 1
 *     3  put a=2                      b=3  create 3 mod 3 version 1  b=3  create 3 mod 3 version 1
 *     3  put b=3
 *     4  delete a
 *     5  put a=4
 *
 * Changes of one transaction bear one revision and stand in the order they were made (R2, R5). Nothing
 * is ever taken out of the list, and nothing in it is ever altered.
 */
import type { Bytes, KeyValue } from './types.ts';

export type Change =
  | {
      readonly type: 'put';
      readonly revision: number;
      readonly key: Bytes;
      readonly value: Bytes;
      readonly lease: bigint;
    }
  | { readonly type: 'delete'; readonly revision: number; readonly key: Bytes };

/** R1: an empty store is at revision 1. R2, R3: the revision is that of the last change. */
export function currentRevision(changes: readonly Change[]): number {
  return changes.at(-1)?.revision ?? 1;
}

/** Every key that was alive at the end of this revision, in key order. */
export function stateAt(changes: readonly Change[], revision: number): KeyValue[] {
  const alive = new Map<Bytes, KeyValue>();
  for (const change of changes) {
    if (change.revision > revision) break;
    const before = alive.get(change.key);
    if (change.type === 'delete') alive.delete(change.key);
    else alive.set(change.key, putOn(before, change));
  }
  return [...alive.values()].sort((a, b) => compareBytes(a.key, b.key));
}

/** R10: a put continues the key's life, or begins one. R4: the same value again is a change, too. */
export function putOn(before: KeyValue | undefined, put: Change & { type: 'put' }): KeyValue {
  return {
    key: put.key,
    value: put.value,
    createRevision: before?.createRevision ?? put.revision,
    modRevision: put.revision,
    version: (before?.version ?? 0) + 1,
    lease: put.lease,
  };
}

/** R8: the order of unsigned bytes; a prefix comes before what it is a prefix of. */
export function compareBytes(a: Bytes, b: Bytes): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
