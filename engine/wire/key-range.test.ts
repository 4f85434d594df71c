import { describe, expect, test } from 'vitest';
import type { Selector } from '../types.ts';
import { selectorOf, wireRangeOf } from './key-range.ts';

const text = ({ key, rangeEnd }: { key: Uint8Array; rangeEnd: Uint8Array }): string[] =>
  [key, rangeEnd].map((bytes) => Buffer.from(bytes).toString('latin1'));

describe('a selector on the wire', () => {
  test.each<[Selector, string, string]>([
    ['a', 'a', ''],
    [{ prefix: 'a' }, 'a', 'b'],
    [{ prefix: '' }, '\0', '\0'],
    [{ all: true }, '\0', '\0'],
    [{ gte: 'a' }, 'a', '\0'],
    [{ gt: 'a', lte: 'c' }, 'a\0', 'c\0'],
    [{ lt: 'b' }, '\0', 'b'],
  ])('%j', (selector, key, rangeEnd) => {
    expect(text(wireRangeOf(selector))).toEqual([key, rangeEnd]);
  });

  test.each<[Selector]>([[{ gte: 'a', lt: '\0' }], [{ lt: '\0' }], [{ gte: '\0\0', lt: '\0' }]])(
    'nothing is below the first key, and that bound would stand for everything: %j',
    (selector) => {
      const [key, rangeEnd] = text(wireRangeOf(selector));
      expect(rangeEnd).not.toBe('\0');
      expect(rangeEnd).not.toBe('');
      expect(key! >= rangeEnd!).toBe(true);
    },
  );

  test.each<[Selector]>([[{ gte: 'a', lt: 'b' }], [{ gte: 'a' }], [{ gte: 'b', lt: 'a' }]])(
    'comes back as it was: %j',
    (selector) => {
      expect(text(wireRangeOf(selectorOf(wireRangeOf(selector))))).toEqual(
        text(wireRangeOf(selector)),
      );
    },
  );
});
