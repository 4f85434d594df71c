/** A selector as the protocol's `key` and `range_end`, and back (R11). */
import { AFTER_ALL_KEYS, type KeyString, keyBytesOf } from '../base/bytes.ts';
import { keyRangeOf } from '../txn/selector.ts';
import type { Selector } from '../types.ts';

export interface WireRange {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
}

const NOTHING = new Uint8Array(0);
/** Stands for: all keys from here on. */
const NUL = new Uint8Array(1);
/** Nothing is below it. As a bound it cannot be sent: that would stand for all keys. */
const FIRST_KEY: KeyString = '\0';
/** Below it is the first key alone. */
const SECOND_KEY: KeyString = '\0\0';

/** An empty end is no end; an empty key is refused by whoever is asked (R13). */
export function selectorOf({ key, rangeEnd }: WireRange): Selector {
  if (rangeEnd.length === 0) return key;
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { gte: key };
  return { gte: key, lt: rangeEnd };
}

/** ERR_EMPTY_KEY, ERR_INVALID_ARGUMENT. */
export function wireRangeOf(selector: Selector): WireRange {
  const { key, end } = keyRangeOf(selector);
  if (end === undefined) return { key: keyBytesOf(key), rangeEnd: NOTHING };
  if (end === AFTER_ALL_KEYS) return { key: keyBytesOf(key), rangeEnd: NUL };
  if (end !== FIRST_KEY) return { key: keyBytesOf(key), rangeEnd: keyBytesOf(end) };
  const first = key < SECOND_KEY ? SECOND_KEY : key;
  return { key: keyBytesOf(first), rangeEnd: keyBytesOf(SECOND_KEY) };
}
