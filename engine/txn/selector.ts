/** From a selector to the range [key, end) of keys it names (R11-R13). */
import { AFTER_ALL_KEYS, type KeyString, keyStringOf, prefixEnd } from '../base/bytes.ts';
import { emptyKey, invalidArgument } from '../base/errors.ts';
import type { Key, Selector } from '../types.ts';

export interface KeyRange {
  readonly key: KeyString;
  /** Undefined: exactly `key`. */
  readonly end: KeyString | undefined;
}

/** The smallest key there is. */
const FIRST_KEY: KeyString = '\0';

/** ERR_EMPTY_KEY, or ERR_INVALID_ARGUMENT if it is neither text nor bytes. */
export function checkedKey(key: Key): KeyString {
  if (typeof key !== 'string' && !(key instanceof Uint8Array)) {
    throw invalidArgument(`a key is a string or a Uint8Array, not ${describe(key)}`);
  }
  if (key.length === 0) throw emptyKey();
  return keyStringOf(key);
}

export function keyRangeOf(selector: Selector): KeyRange {
  if (typeof selector === 'string' || selector instanceof Uint8Array) {
    return { key: checkedKey(selector), end: undefined };
  }
  if (typeof selector !== 'object' || selector === null) {
    throw invalidArgument(
      `a selector is a key, { prefix }, bounds or { all }, not ${describe(selector)}`,
    );
  }
  if ('all' in selector) {
    if (!selector.all) throw invalidArgument('{ all } must be true');
    return { key: FIRST_KEY, end: AFTER_ALL_KEYS };
  }
  if ('prefix' in selector) {
    if (selector.prefix?.length === 0) return { key: FIRST_KEY, end: AFTER_ALL_KEYS };
    const key = checkedKey(selector.prefix);
    return { key, end: prefixEnd(key) };
  }
  return boundsOf(selector);
}

function boundsOf(bounds: { gte?: Key; gt?: Key; lt?: Key; lte?: Key }): KeyRange {
  const { gte, gt, lt, lte } = bounds;
  if (gte !== undefined && gt !== undefined) throw invalidArgument('give gte or gt, not both');
  if (lt !== undefined && lte !== undefined) throw invalidArgument('give lt or lte, not both');
  if ([gte, gt, lt, lte].every((bound) => bound === undefined)) {
    throw invalidArgument('a selector without bounds: use { all: true } for every key');
  }
  // The key after k in byte order is k with a NUL byte appended.
  const after = (key: Key): KeyString => `${checkedKey(key)}\0`;
  return {
    key: gte !== undefined ? checkedKey(gte) : gt !== undefined ? after(gt) : FIRST_KEY,
    end: lt !== undefined ? checkedKey(lt) : lte !== undefined ? after(lte) : AFTER_ALL_KEYS,
  };
}

export function keyFilterOf({ key, end }: KeyRange): (key: KeyString) => boolean {
  return end === undefined ? (found) => found === key : (found) => found >= key && found < end;
}

export const isSingleKey = (selector: Selector): selector is Key =>
  typeof selector === 'string' || selector instanceof Uint8Array;

const describe = (value: unknown): string => (value === null ? 'null' : typeof value);
