/** What a cluster is not asked, because its members might carry it out differently. */
import { expect, test } from 'vitest';
import { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import { clusterInstead } from './cluster-departures.ts';
import { Worlds } from './worlds.ts';

const grant: Operation = { op: 'grant', id: 7n, ttl: 1000 };
const plain = { op: 'put', key: 'k', value: '1' } as const;
const leased = { ...plain, lease: 7n };
const txnOf = (step: typeof plain): Operation => ({
  op: 'txn',
  if: [],
  then: [{ op: 'txn', if: [], then: [step], else: [] }],
  else: [step],
});

function after(...operations: readonly Operation[]): Model {
  const model = new Model();
  for (const operation of operations) model.step(operation);
  return model;
}

const asked = (operation: Operation, now: Model, settled = now): Operation =>
  clusterInstead(new Worlds(now)).operation(operation, { now, settled, isWatched: false });

test.each([leased, txnOf(leased)])('R40 $op: a lease that is there is given', (operation) => {
  expect(asked(operation, after(grant))).toEqual(operation);
});

test.each<[Operation, Operation]>([
  [leased, plain],
  [txnOf(leased), txnOf(plain)],
])('R40 a lease that may not be there is not', (operation, instead) => {
  const [without, having] = [after(), after(grant)];
  expect(asked(operation, without)).toEqual(instead);
  // It is being granted, or revoked.
  expect(asked(operation, having, without)).toEqual(instead);
  expect(asked(operation, without, having)).toEqual(instead);
});

test('R69 a range of a transaction that writes is of now', () => {
  const range = { op: 'range', selector: { all: true } } as const;
  const writing = (step: typeof range): Operation => ({
    op: 'txn',
    if: [],
    then: [plain, { op: 'txn', if: [], then: [step], else: [] }],
    else: [],
  });
  const past = { ...range, revision: 1 };
  expect(asked(writing(past), after(plain))).toEqual(writing(range));
});
