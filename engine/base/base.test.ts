/** Keys, revisions, checksums and the ordered map's rank: golden values and properties. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { property } from './property.testing.ts';
import {
  AFTER_ALL_KEYS,
  isAscii,
  keyBytesOf,
  keyStringOf,
  keyTextOf,
  prefixEnd,
  printable,
} from './bytes.ts';
import { crc32c } from './crc32c.ts';
import { CompactedError, corrupt, requestTooLarge, VarveError } from './errors.ts';
import { bulkLoad, newOrderedMap, rank } from './ordered-map.ts';
import { compareRevisions, decodeRevision, encodeRevision } from './revision.ts';

const anyBytes = fc.uint8Array({ maxLength: 12 });

describe('bytes', () => {
  test('a text key is its UTF-8, one char a byte', () => {
    expect(keyStringOf('é')).toBe('\xc3\xa9');
    expect(keyStringOf('a')).toBe('a');
    expect(keyTextOf('\xc3\xa9')).toBe('é');
    expect(keyTextOf('\xff')).toBe('\ufffd');
    expect(isAscii('a\x7f')).toBe(true);
    expect(isAscii('\x80')).toBe(false);
  });
  property([anyBytes, anyBytes])(
    'order of key strings is order of bytes; bytes come back',
    (a, b) => {
      const [x, y] = [keyStringOf(a), keyStringOf(b)];
      expect(Math.sign(Buffer.compare(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0);
      expect(keyBytesOf(x)).toEqual(new Uint8Array(a));
      expect(x < AFTER_ALL_KEYS).toBe(true);
    },
  );
  property([fc.string({ unit: 'grapheme' })])('text comes back', (text) => {
    expect(keyTextOf(keyStringOf(text))).toBe(text);
    expect([...keyBytesOf(keyStringOf(text))]).toEqual([...Buffer.from(text)]);
  });
  property([anyBytes, anyBytes])(
    'prefixEnd bounds exactly the keys with the prefix',
    (prefix, key) => {
      const [start, found] = [keyStringOf(prefix), keyStringOf(key)];
      expect(found >= start && found < prefixEnd(start)).toBe(found.startsWith(start));
      const longer = start + found;
      expect(longer >= start && longer < prefixEnd(start)).toBe(true);
    },
  );
  test('printable', () => {
    expect(printable('a\x00\xff')).toBe('a\\x00\\xff');
    expect(printable('x'.repeat(65))).toBe(`${'x'.repeat(61)}...`);
  });
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('revision', () => {
  test('R6 golden bytes', () => {
    expect(hex(encodeRevision(2, 0))).toBe('00000000000000025f0000000000000000');
    expect(hex(encodeRevision(258, 3, true))).toBe('00000000000001025f000000000000000374');
    expect(hex(encodeRevision(2 ** 53 - 1, 1))).toBe('001fffffffffffff5f0000000000000001');
  });
  const parts = fc.record({ main: fc.maxSafeNat(), sub: fc.oneof(fc.nat(5), fc.maxSafeNat()) });
  property([parts, parts, fc.boolean()])(
    'order of bytes is order of revisions',
    (a, b, tombstone) => {
      const [x, y] = [encodeRevision(a.main, a.sub), encodeRevision(b.main, b.sub)];
      expect(Math.sign(Buffer.compare(x, y))).toBe(Math.sign(compareRevisions(a, b)));
      expect(decodeRevision(encodeRevision(a.main, a.sub, tombstone))).toEqual({ ...a, tombstone });
    },
  );
  test('what is not one is refused', () => {
    const good = encodeRevision(2, 0, true);
    const bad = [
      new Uint8Array(0),
      good.subarray(0, 16),
      new Uint8Array([...good, 0]),
      new Uint8Array(17),
    ];
    const unmarked = good.slice();
    unmarked[17] = 0x75;
    const huge = new Uint8Array(17).fill(255);
    huge[8] = 0x5f;
    for (const bytes of [...bad, unmarked, huge]) {
      expect(() => decodeRevision(bytes)).toThrowError(VarveError);
    }
    expect(() => encodeRevision(-1, 0)).toThrowError(/main revision/);
    expect(() => encodeRevision(1, 2 ** 53)).toThrowError(/sub revision/);
  });
});

describe('crc32c', () => {
  test.each([
    ['', 0],
    ['123456789', 0xe3069283],
    ['a', 0xc1d04330],
    ['The quick brown fox jumps over the lazy dog', 0x22620404],
  ])('%s', (text, sum) => expect(crc32c(Buffer.from(text))).toBe(sum));
  test('RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });
  test('R143 an empty bucket of keys', () => expect(crc32c(Buffer.from('key'))).toBe(1084519789));
  property([anyBytes, anyBytes])('continued', (a, b) => {
    expect(crc32c(b, crc32c(a))).toBe(crc32c(Buffer.concat([a, b])));
  });
});

describe('ordered map', () => {
  const key = fc.nat(400).map((n) => String(n));
  const change = fc.record({ key, set: fc.boolean() });
  property([fc.array(change, { maxLength: 600 }), fc.array(key, { maxLength: 30 }), fc.nat(300)])(
    'rank counts the keys below, after any sets and deletes, loaded in bulk or not',
    (changes, probes, bulk) => {
      const start = Array.from({ length: bulk }, (_, n) => String(n)).toSorted();
      const map = bulk % 2 === 0 ? newOrderedMap<number>() : bulkLoad(start, start.map(Number));
      const model = new Set(bulk % 2 === 0 ? [] : start);
      for (const { key: changed, set } of changes) {
        if (set) {
          map.set(changed, 1);
          model.add(changed);
        } else {
          map.delete(changed);
          model.delete(changed);
        }
      }
      for (const probe of [...probes, '', AFTER_ALL_KEYS]) {
        expect(rank(map, probe)).toBe([...model].filter((other) => other < probe).length);
      }
    },
  );
});

test('errors carry a stable code, a cause, and what to do', () => {
  expect(new CompactedError(7)).toMatchObject({
    code: 'ERR_COMPACTED',
    compactRevision: 7,
    name: 'CompactedError',
  });
  expect(requestTooLarge(5, 3).message).toMatch(/5 bytes, the limit is 3: raise maxRequestBytes/);
  const cause = new Error('x');
  expect(corrupt('a.seg at offset 5', 'damaged', { cause })).toMatchObject({
    code: 'ERR_CORRUPT',
    message: 'a.seg at offset 5: damaged',
    cause,
  });
});
