import { describe, expect, test } from 'vitest';
import type { Call } from '../../spec/guarantees/calls.ts';
import { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import { linearize } from './linearize.ts';

const put = (value: string): Operation => ({ op: 'put', key: 'a', value });
const get: Operation = { op: 'get', key: 'a' };
const putAt = (revision: number): Response => ({ kind: 'put', revision, prevKv: undefined });

function call(operation: Operation, response: Response, from: number, to: number): Call {
  return { operation, response, invokedAt: from, returnedAt: to };
}

function got(value: string, modRevision: number, version: number): Response {
  const kv = { key: 'a', value, createRevision: 2, modRevision, version, lease: 0n };
  return { kind: 'get', kv };
}

describe('a call that was never answered', () => {
  const lost: Call = { ...call(put('1'), putAt(2), 0, 0), response: undefined };
  const unanswered = { ...lost, returnedAt: Number.POSITIVE_INFINITY };

  test('may have happened', () => {
    const seen = call(get, got('1', 2, 1), 1, 2);
    expect(linearize(new Model(), [unanswered, seen])).toEqual([unanswered, seen]);
  });

  test('or not', () => {
    const seen = call(get, { kind: 'get', kv: undefined }, 1, 2);
    expect(linearize(new Model(), [unanswered, seen])).toEqual([seen]);
  });
});

describe('calls at the same time', () => {
  test('may have happened in another order than they were made', () => {
    const first = call(put('1'), putAt(3), 0, 3);
    const second = call(put('2'), putAt(2), 1, 2);
    expect(linearize(new Model(), [first, second])).toEqual([second, first]);
  });

  test('cannot have happened before one that had been answered', () => {
    const first = call(put('1'), putAt(3), 0, 1);
    const second = call(put('2'), putAt(2), 2, 3);
    expect(linearize(new Model(), [first, second])).toBeUndefined();
  });

  test('see what a call between them did', () => {
    const calls = [
      call(put('1'), putAt(2), 0, 1),
      call(get, got('2', 3, 2), 2, 5),
      call(put('2'), putAt(3), 3, 4),
    ];
    const order = linearize(new Model(), calls);
    expect(order?.map(({ operation }) => operation.op)).toEqual(['put', 'put', 'get']);
  });

  test('a read of what was never so has no place', () => {
    const calls = [
      call(put('1'), putAt(2), 0, 1),
      call(put('2'), putAt(3), 2, 5),
      call(get, got('3', 3, 2), 3, 4),
    ];
    expect(linearize(new Model(), calls)).toBeUndefined();
  });

  test('a read that goes back in time has no place', () => {
    const calls = [
      call(put('1'), putAt(2), 0, 1),
      call(put('2'), putAt(3), 2, 9),
      call(get, got('2', 3, 2), 3, 4),
      call(get, got('1', 2, 1), 5, 6),
    ];
    expect(linearize(new Model(), calls)).toBeUndefined();
  });
});
