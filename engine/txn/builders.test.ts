/** The words to write transactions with return plain data. */
import { expect, expectTypeOf, test } from 'vitest';
import type { Compare } from '../types.ts';
import { absent, del, exists, get, lease, put, value, version } from './builders.ts';

test('operations are plain data', () => {
  expect([get('a'), put('a', '1'), del({ prefix: 'a' })]).toEqual([
    { op: 'range', selector: 'a' },
    { op: 'put', key: 'a', value: '1' },
    { op: 'deleteRange', selector: { prefix: 'a' } },
  ]);
  expect([get('a', { limit: 1 }), put('a', '', { ignoreValue: true })]).toEqual([
    { op: 'range', selector: 'a', options: { limit: 1 } },
    { op: 'put', key: 'a', value: '', options: { ignoreValue: true } },
  ]);
  expect(del('a', { prevKv: true }).options).toEqual({ prevKv: true });
});

test('compares are plain data', () => {
  expect([value('a').ne('x'), lease('a').gt(1n)]).toEqual([
    { selector: 'a', target: 'value', result: '!=', operand: 'x' },
    { selector: 'a', target: 'lease', result: '>', operand: 1n },
  ]);
  expect(exists('a')).toEqual(version('a').gt(0));
  expect(absent('a')).toEqual(version('a').eq(0));
});

test('a compare takes what its target is compared with', () => {
  expectTypeOf(version('a').eq(1)).toEqualTypeOf<Compare>();
  // @ts-expect-error a version is a number
  expect(version('a').eq('1').operand).toBe('1');
  // @ts-expect-error a lease is a bigint
  expect(lease('a').eq(1).operand).toBe(1);
});
