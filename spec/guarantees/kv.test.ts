/** What the model answers keeps every promise; a lie in one respect is caught by the promise it breaks. */
import { describe, expect, test } from 'vitest';
import type { Recovered } from '../crash.ts';
import { stateAt } from '../history.ts';
import { Model } from '../model.ts';
import { parseOperation } from '../script-parser.ts';
import type { KeyValue, RangeAnswer, Response } from '../types.ts';
import type { Call } from './calls.ts';
import { atomic, durable, monotonic } from './kv.ts';

const LINES = [
  'put a 1',
  'put b 1',
  'range all',
  'txn [ ? put a 2; put c 1; delete b ]',
  'range all',
  'write: put a 3; put d 1; delete c',
  'delete key-that-is-not-there',
  'range all rev=4',
  'range all',
  'put d 2',
  'delete prefix=a',
  'range all',
  'compact 4',
];

/** One client, one call after another. */
function callsOf(lines: readonly string[], model = new Model()): Call[] {
  return lines.map((line, i) => {
    const operation = parseOperation(line);
    return { operation, response: model.step(operation), invokedAt: 2 * i, returnedAt: 2 * i + 1 };
  });
}

/** The calls, with a lie in the answer to one. */
function lying<R extends Response>(index: number, lie: (response: R) => Response): Call[] {
  return callsOf(LINES).map((call, i) =>
    i === index ? { ...call, response: lie(call.response as R) } : call,
  );
}

const recoveredFrom = (model: Model): Recovered => ({
  revision: model.revision,
  compactRevision: model.compactRevision,
  changes: model.changes.filter(({ revision }) => revision >= model.compactRevision),
  states: new Map([[model.revision, stateAt(model.changes, model.revision)]]),
});

/** All three, by name. */
function broken(calls: readonly Call[], recovered?: Recovered): string[] {
  const model = new Model();
  callsOf(LINES, model);
  const problems = {
    Monotonic: monotonic(calls, 1),
    Atomic: atomic(calls),
    Durable: durable(calls, model.changes, recovered ?? recoveredFrom(model)),
  };
  return Object.entries(problems).flatMap(([name, found]) => (found.length > 0 ? [name] : []));
}

const shown = (answer: RangeAnswer, change: (kv: KeyValue) => KeyValue[]): RangeAnswer => ({
  ...answer,
  kvs: answer.kvs.flatMap(change),
});

test('the answers of the model keep all of them', () => {
  expect(broken(callsOf(LINES))).toEqual([]);
});

describe('Monotonic', () => {
  test('a read that goes back', () => {
    expect(broken(lying<RangeAnswer>(6, (answer) => ({ ...answer, revision: 3 })))).toEqual([
      'Monotonic',
    ]);
  });

  test('a write that makes the revision of another one', () => {
    const lie = lying<Response & { kind: 'put' }>(9, (answer) => ({ ...answer, revision: 5 }));
    expect(monotonic(lie, 1)).toContain('5 was made twice');
    expect(broken(lie)).toEqual(['Monotonic']);
  });

  test('a write that leaves a revision out', () => {
    const calls = callsOf(['put a 1', 'put b 1']);
    const [first, second] = calls as [Call, Call];
    const response: Response = { kind: 'put', revision: 4, prevKv: undefined };
    expect(monotonic([first, { ...second, response }], 1)).toEqual([
      '1 revisions were made by nobody',
    ]);
    const unanswered: Call = { ...first, response: undefined, returnedAt: 99 };
    expect(monotonic([first, { ...second, response }, unanswered], 1)).toEqual([]);
  });

  test('calls that overlap may answer in any order', () => {
    const [first, second] = callsOf(['put a 1', 'put b 1']) as [Call, Call];
    const swapped = [
      { ...first, response: second.response, returnedAt: 9 },
      { ...second, response: first.response, returnedAt: 8 },
    ];
    expect(monotonic(swapped, 1)).toEqual([]);
    expect(monotonic([{ ...swapped[0]!, returnedAt: 1 }, swapped[1]!], 1)).toHaveLength(1);
  });
});

describe('Atomic', () => {
  test('a read that lacks one of the keys of a transaction', () => {
    const lie = lying<RangeAnswer>(4, (answer) =>
      shown(answer, (kv) => (kv.key === 'c' ? [] : [kv])),
    );
    expect(broken(lie)).toEqual(['Atomic']);
  });

  test('a read that shows one of the keys as it was before', () => {
    const lie = lying<RangeAnswer>(8, (answer) =>
      shown(answer, (kv) => [kv.key === 'a' ? { ...kv, value: '2', modRevision: 4 } : kv]),
    );
    expect(broken(lie)).toEqual(['Atomic']);
  });

  test('a read that shows what the transaction deleted', () => {
    const b: KeyValue = {
      key: 'b',
      value: '1',
      createRevision: 3,
      modRevision: 3,
      version: 1,
      lease: 0n,
    };
    const lie = lying<RangeAnswer>(4, (answer) => ({ ...answer, kvs: [...answer.kvs, b] }));
    expect(broken(lie)).toEqual(['Atomic']);
  });

  test('a read that shows a key of a later revision', () => {
    const lie = lying<RangeAnswer>(7, (answer) =>
      shown(answer, (kv) => [kv.key === 'a' ? { ...kv, modRevision: 5 } : kv]),
    );
    expect(broken(lie)).toEqual(['Atomic']);
  });
});

describe('Durable', () => {
  test('the last answered write is gone', () => {
    const model = new Model();
    callsOf(LINES.slice(0, 10), model);
    model.step(parseOperation('compact 4'));
    expect(broken(callsOf(LINES), recoveredFrom(model))).toEqual(['Durable']);
  });

  test('a revision that a read told of is gone, though nobody was answered who made it', () => {
    const model = new Model();
    const calls = callsOf(['put a 1', 'put b 1', 'range all'], model);
    const unanswered = calls.map((call, i) => (i === 1 ? { ...call, response: undefined } : call));
    const without = new Model();
    without.step(parseOperation('put a 1'));
    expect(durable(unanswered, model.changes, recoveredFrom(without))).toEqual([
      'Revealed: 3 was seen, and the revision is 2',
    ]);
    const unread = unanswered.slice(0, 2);
    expect(durable(unread, model.changes, recoveredFrom(without))).toEqual([]);
  });

  test('an answered compaction is undone', () => {
    const model = new Model();
    callsOf(LINES.slice(0, -1), model);
    expect(broken(callsOf(LINES), recoveredFrom(model))).toEqual(['Durable']);
  });
});
