/** The bytes of bucket `lease`, against etcd's, and what is not among them. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeLeaseRecord, encodeLeaseKey, encodeLeaseRecord } from './lease-record.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

describe('R127', () => {
  test.each([
    [5n, 60, 50, '0000000000000005', '0805103c1832'],
    [7587n, 300, 0, '0000000000001da3', '08a33b10ac02'],
    [2n ** 63n - 1n, 2, 1, '7fffffffffffffff', '08ffffffffffffffff7f10021801'],
    [-1n, 9_000_000_000, 0, 'ffffffffffffffff', '08ffffffffffffffffff011080b4c4c321'],
    [-(2n ** 63n), 2, 0, '8000000000000000', '08808080808080808080011002'],
  ])('lease %d, %d seconds, %d left', (id, ttlSeconds, remainingSeconds, key, value) => {
    const record = { id, ttlSeconds, remainingSeconds };
    expect([hex(encodeLeaseKey(id)), hex(encodeLeaseRecord(record))]).toEqual([key, value]);
    expect(decodeLeaseRecord(bytes(key), bytes(value))).toEqual(record);
  });

  test('whatever is encoded comes back', () => {
    const seconds = fc.integer({ min: 1, max: 9_000_000_000 });
    const id = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((n) => n !== 0n);
    fc.assert(
      fc.property(id, seconds, seconds, (id, one, other) => {
        const ttlSeconds = Math.max(one, other);
        const record = { id, ttlSeconds, remainingSeconds: Math.min(one, other) };
        expect(decodeLeaseRecord(encodeLeaseKey(id), encodeLeaseRecord(record))).toEqual(record);
      }),
    );
  });

  test('ids sort as unsigned numbers, as in etcd', () => {
    const keys = [-1n, 1n, -(2n ** 63n), 2n ** 63n - 1n].map((id) => hex(encodeLeaseKey(id)));
    expect(keys.sort()).toEqual([
      '0000000000000001',
      '7fffffffffffffff',
      '8000000000000000',
      'ffffffffffffffff',
    ]);
  });
});

test.each([
  ['a short key', '0005', '08051002', 'its key has 2 bytes'],
  ['the record of another lease', '0000000000000005', '08061002', 'that of 6'],
  ['no id', '0000000000000000', '1002', 'that of 0'],
  ['no time', '0000000000000005', '0805', 'grants 0 seconds'],
  ['negative time', '0000000000000005', '080510ffffffffffffffffff01', 'grants -1 seconds'],
  ['more left than granted', '0000000000000005', '080510021803', 'leaves 3 of 2 seconds'],
  ['a field of text', '0000000000000005', '0805100222', 'tagged 34'],
  ['a field 4', '0000000000000005', '080510022001', 'tagged 32'],
  ['a number without end', '0000000000000005', '080510', 'ends in a number'],
  ['a number that is too long', '0000000000000005', `10${'80'.repeat(11)}01`, 'ends in a number'],
])('%s is damage', (_, key, value, message) => {
  expect(() => decodeLeaseRecord(bytes(key), bytes(value))).toThrow(
    expect.objectContaining({
      code: 'ERR_CORRUPT',
      message: expect.stringContaining(message) as string,
    }) as Error,
  );
});

test('no bytes make it fail otherwise', () => {
  const anyBytes = fc.uint8Array({ maxLength: 24 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9 }), anyBytes, (key, value) => {
      try {
        const { id } = decodeLeaseRecord(key, value);
        expect(encodeLeaseKey(id)).toEqual(key);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_CORRUPT' });
      }
    }),
  );
});
