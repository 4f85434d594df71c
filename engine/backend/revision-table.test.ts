/** The revision table against a plain list, and KeyValue messages against bytes built by hand. */
import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { decodeKeyValue, encodeKeyValue } from './key-value-message.ts';
import { CHUNK_ORDINALS, RevisionTable } from './revision-table.ts';

const gaps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.nat(3) },
    { weight: 1, arbitrary: fc.nat(2 ** 40) },
  ),
  { maxLength: 60 },
);

property.prop([gaps, fc.array(fc.maxSafeNat())])(
  'floor is what a linear scan finds',
  (steps, probes) => {
    const table = new RevisionTable();
    const mains: number[] = [];
    let [main, sub] = [1, -1];
    for (const step of steps) {
      sub = step === 0 ? sub + 1 : 0;
      main += step;
      mains.push(main);
      expect(table.append(main, sub, false, 0, 0)).toBe(mains.length - 1);
    }
    for (const probe of [...probes, -1, 0, ...mains, ...mains.map((some) => some - 1), main + 1]) {
      expect(table.floor(probe)).toBe(mains.findLastIndex((some) => some <= probe));
    }
  },
);

test('columns carry everything over, whatever the length', () => {
  for (const count of [
    0,
    1,
    CHUNK_ORDINALS - 1,
    CHUNK_ORDINALS,
    CHUNK_ORDINALS + 1,
    2 * CHUNK_ORDINALS,
  ]) {
    const table = new RevisionTable();
    for (let i = 0; i < count; i++) table.append(2 + 2 * i, i % 2, i % 3 === 0, i % 7, i * 10);
    if (count > 0) table.kill(count - 1);
    const copy = new RevisionTable();
    for (const columns of table.columns(count)) copy.restore(columns);
    expect([copy.count, copy.lastMain]).toEqual([table.count, table.lastMain]);
    for (let i = 0; i < count; i += 97) {
      for (const read of [
        'mainOf',
        'subOf',
        'slotOf',
        'placeOf',
        'isTombstone',
        'isDead',
      ] as const) {
        expect(copy[read](i)).toBe(table[read](i));
      }
    }
    copy.append(2 * count + 5, 0, false, 0, 0);
    expect(() => copy.append(2 * count + 5, 0, false, 0, 0)).toThrowError(/after/);
    copy.truncate(0);
    expect([copy.count, copy.lastMain, copy.floor(9)]).toEqual([0, 0, -1]);
  }
});

const hex = (message: Parameters<typeof encodeKeyValue>[0]): string =>
  Buffer.from(encodeKeyValue(message)).toString('hex');

test('R7 golden bytes', () => {
  const value = new Uint8Array(Buffer.from('bar'));
  const zero = { key: 'foo', create: 0, mod: 0, version: 0, value: new Uint8Array(0), lease: 0n };
  expect(hex(zero)).toBe('0a03666f6f');
  expect(hex({ ...zero, create: 2, mod: 300, version: 1, value, lease: 5n })).toBe(
    '0a03666f6f100218ac0220012a036261723005',
  );
  expect(hex({ ...zero, lease: -1n })).toBe('0a03666f6f30ffffffffffffffffff01');
  const long = Buffer.from(encodeKeyValue({ ...zero, value: new Uint8Array(200) }));
  expect(long.subarray(5, 8).toString('hex')).toBe('2ac801');
});

property.prop([
  fc.record({
    key: fc
      .uint8Array({ minLength: 1, maxLength: 200 })
      .map((bytes) => Buffer.from(bytes).toString('latin1')),
    create: fc.maxSafeNat(),
    mod: fc.maxSafeNat(),
    version: fc.maxSafeNat(),
    value: fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
    lease: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
])('a message comes back; cut anywhere it is another one or refused with a type', (message) => {
  const bytes = encodeKeyValue(message);
  expect(decodeKeyValue(bytes)).toEqual(message);
  for (let cut = 0; cut < bytes.length; cut += 7) {
    try {
      decodeKeyValue(bytes.subarray(0, cut));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    }
  }
});
