/** What may be the case when answers are lost. */
import { expect, test } from 'vitest';
import type { Call } from '../../spec/guarantees/calls.ts';
import { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import { agree, Worlds } from './worlds.ts';

const put = (key: string): Operation => ({ op: 'put', key, value: '1' });
const count: Operation = { op: 'range', selector: { all: true }, limit: 1, keysOnly: true };

const call = (operation: Operation, response?: Response): Call => ({
  operation,
  response,
  invokedAt: 0,
  returnedAt: 1,
});

const all: Operation = { op: 'range', selector: { all: true } };

const read = (response: Response, invokedAt: number): Call => ({
  operation: all,
  response,
  invokedAt,
  returnedAt: invokedAt + 1,
});

/** What a store says that was asked all of these. */
function after(...operations: readonly Operation[]): Response {
  const model = new Model();
  return operations.map((operation) => model.step(operation)).at(-1)!;
}

test('a lost call was done, or was not and may be yet', () => {
  const worlds = new Worlds(new Model());
  expect(worlds.explain([call(put('a'))])).toBe(true);
  expect(worlds.explain([call(count, after(count))])).toBe(true);
  expect([worlds.likely.revision, worlds.isQuiet]).toEqual([1, false]);
  expect(worlds.explain([call(count, after(put('a'), count))])).toBe(true);
  expect([worlds.likely.revision, worlds.isQuiet]).toEqual([2, true]);
  // Once, and not taken back.
  expect(worlds.explain([call(count, after(put('a'), put('a'), count))])).toBe(false);
  expect(worlds.explain([call(count, after(count))])).toBe(false);
  expect(worlds.likely.revision).toBe(2);
});

test('two lost calls come in any order', () => {
  const worlds = new Worlds(new Model());
  for (const key of ['a', 'b']) worlds.explain([call(put(key))]);
  const both = after(put('b'), put('a'), all);
  expect(worlds.explain([call(all, both)])).toBe(true);
  expect(worlds.likely.changes.map(({ key }) => key)).toEqual(['b', 'a']);
});

test('what was forgotten does not come any more, but may have come unnoticed', () => {
  const worlds = new Worlds(new Model());
  const grant: Operation = { op: 'grant', id: 7n, ttl: 10 };
  worlds.explain([call(grant)]);
  worlds.explain([call(put('a'))]);
  worlds.forget(Number.POSITIVE_INFINITY);
  expect(worlds.isQuiet).toBe(true);
  expect(worlds.differ(({ leases }) => leases)).toBe(true);
  expect(worlds.explain([call(count, after(put('a'), count))])).toBe(false);
  expect(worlds.explain([call({ op: 'leases' }, { kind: 'leases', ids: [7n] })])).toBe(true);
  expect(worlds.isCertain).toBe(true);
});

test('calls that overlap need one order that explains them', () => {
  const write = { ...call(put('a'), after(put('a'))), returnedAt: 9 };
  const [old, fresh] = [after(all), after(put('a'), all)];
  expect(new Worlds(new Model()).explain([write, read(old, 1), read(fresh, 3)])).toBe(true);
  expect(new Worlds(new Model()).explain([write, read(fresh, 1), read(old, 3)])).toBe(false);
});

test('how far a member knows that the history is compacted is its own affair, that it is is not', () => {
  const operations: Operation[] = [put('a'), put('b'), { op: 'compact', revision: 3 }];
  const early: Operation = { ...all, revision: 2 };
  const refused = after(...operations, early);
  expect(agree(refused, { ...refused, compactRevision: 2 } as Response)).toBe(true);
  expect(agree(refused, { ...refused, code: 'ERR_FUTURE_REVISION' } as Response)).toBe(false);
  expect(agree(refused, undefined)).toBe(false);
});
