/**
 * Keys, values and selectors for the property. Keys are few and collide on purpose.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Bytes, Selector } from '../../spec/types.ts';

/** The most that a put may hold here, so that "too large" comes cheap. */
export const REQUEST_BYTES_MAX = 2000;

/**
 * The extremes of the byte order, prefixes of one another, text beyond ASCII, bytes that are no text,
 * and two long keys that differ in the last byte.
 */
const NOTABLE_KEYS: readonly Bytes[] = [
  ['a', 'b', 'ab', 'abc', 'abd', 'a\x00', 'a\xff', 'a\xff\xff', 'b\x00', 'k'],
  ['\x00', '\x00\x00', '\x00\xff', '\xff', '\xff\x00', '\xff\xff', '\xfe', '\x7f', '\x80'],
  ['\xc3\xa9', '\xef\xbf\xbf', '\xf0\x9f\x98\x80', '\xc3', '\xed\xa0\x80', 'a\xf0\x9f'],
  [`${'k'.repeat(300)}a`, `${'k'.repeat(300)}b`],
].flat();

const key: Arbitrary<Bytes> = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('a', 'b', 'ab', 'abc', 'a\x00', 'b\xff') },
  { weight: 4, arbitrary: fc.constantFrom(...NOTABLE_KEYS) },
  { weight: 2, arbitrary: bytes(fc.constantFrom('\x00', '\x01', 'a', 'b', '\xfe', '\xff'), 1, 3) },
);
/** R13 wants to be met now and then, not all the time. */
export const keyOrEmpty: Arbitrary<Bytes> = fc.oneof(
  { weight: 50, arbitrary: key },
  { weight: 1, arbitrary: fc.constant('') },
);

export const value: Arbitrary<Bytes> = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('', 'x', 'y', '\x00', '\xff', '\xc3\xa9') },
  { weight: 15, arbitrary: bytes(fc.integer({ min: 0, max: 255 }).map(char), 0, 40) },
  { weight: 5, arbitrary: fc.constantFrom('v'.repeat(900), 'w'.repeat(REQUEST_BYTES_MAX - 2)) },
  { weight: 1, arbitrary: fc.constant('z'.repeat(REQUEST_BYTES_MAX + 1)) },
);

const bound = maybe(key, 2);
const oneKey: Arbitrary<Selector> = keyOrEmpty.map((key) => ({ key }));
export const selector: Arbitrary<Selector> = fc.oneof(
  { weight: 3, arbitrary: oneKey },
  { weight: 3, arbitrary: key.map((key) => ({ prefix: key.slice(0, 2) })) },
  // Every key begins with nothing.
  { weight: 1, arbitrary: fc.constant({ prefix: '' }) },
  { weight: 2, arbitrary: fc.tuple(key, key).map(([gte, lt]) => ({ gte, lt })) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('gte', 'gt', 'lt', 'lte'), key).map(single),
  },
  { weight: 2, arbitrary: fc.tuple(keyOrEmpty, maybe(key, 8), bound, maybe(key, 4)).map(several) },
  { weight: 2, arbitrary: fc.constant({ all: true } as const) },
);

/** What a delete is given: not too often everything, or there would be nothing left to ask for. */
export const doomed: Arbitrary<Selector> = fc.oneof(
  { weight: 3, arbitrary: oneKey },
  { weight: 1, arbitrary: selector },
);

/** Present once in `oneIn` times, else undefined. */
export function maybe<T>(arbitrary: Arbitrary<T>, oneIn: number): Arbitrary<T | undefined> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: oneIn - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary },
  );
}

/** True once in `oneIn` times, else undefined. */
export function flag(oneIn = 4): Arbitrary<true | undefined> {
  return maybe(fc.constant<true>(true), oneIn);
}

/** Without the fields that are undefined. */
export function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries) as never;
}

function bytes(unit: Arbitrary<string>, minLength: number, maxLength: number): Arbitrary<Bytes> {
  return fc.array(unit, { minLength, maxLength }).map((chars) => chars.join(''));
}

function char(code: number): string {
  return String.fromCharCode(code);
}

function single([name, key]: [string, Bytes]): Selector {
  return { [name]: key };
}

/** Now and then two bounds for one side, which is refused. */
function several([gte, gt, lt, lte]: [Bytes, ...(Bytes | undefined)[]]): Selector {
  return { gte, ...given({ gt, lt, lte }) };
}
