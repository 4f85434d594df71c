/** An answer that is not the recorded one is seen: the cases could fail. */
import { expect, test } from 'vitest';
import type { Fields, RecordedCase } from '../cases/recorded.ts';
import { runCase, type StepOutcome } from './run-case.ts';
import { serveVarve } from './varve-served.ts';

const header = (n: number): Fields => ({ header: { revision: { $rev: n } } });

/** Two puts, and a range of both. */
function caseThatExpects(range: Fields): RecordedCase {
  return {
    id: 'OWN-001',
    group: 'OWN',
    title: 'two keys',
    fresh: true,
    steps: [
      { op: 'put', req: { key: 'a', value: { $hex: '00ff' } }, expect: header(1) },
      { op: 'put', req: { key: 'b', value: '' }, expect: header(2) },
      {
        op: 'range',
        req: { key: 'a', range_end: { $hex: '00' } },
        expect: { ...header(2), ...range },
      },
    ],
  };
}

const a: Fields = {
  key: 'a',
  create_revision: { $rev: 1 },
  mod_revision: { $rev: 1 },
  version: 1,
  value: { $hex: '00ff' },
};
const b: Fields = {
  key: 'b',
  create_revision: { $rev: 2 },
  mod_revision: { $rev: 2 },
  version: 1,
};

test.each([
  ['what is right', { kvs: [a, b], count: 2 }, true],
  ['another order', { kvs: [b, a], count: 2 }, false],
  ['another value', { kvs: [{ ...a, value: { $hex: '00fe' } }, b], count: 2 }, false],
  ['a field that has its default', { kvs: [a, { ...b, value: '' }], count: 2 }, false],
  ['one too few', { kvs: [a], count: 2 }, false],
  ['a flag that is not set', { kvs: [a, b], count: 2, more: true }, false],
  ['an error', { error: { code: 3, status: 'INVALID_ARGUMENT', message: '' } }, false],
])('%s', async (_, range, isRight) => {
  const served = await serveVarve([]);
  try {
    const outcomes = await runCase(caseThatExpects(range), served, undefined);
    expect(outcomes.map(isEqual)).toEqual([true, true, isRight]);
  } finally {
    await served.remove();
  }
});

function isEqual({ actual, expected }: StepOutcome): boolean {
  try {
    expect(actual).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}
