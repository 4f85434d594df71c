/** What golden scripts cannot show of the model: copies of it, and what it settles where stores may differ. */
import { expect, test } from 'vitest';
import { describeResponse } from './describe.ts';
import { Model } from './model.ts';
import { parseOperation } from './script-parser.ts';

function run(model: Model, script: readonly string[]): string[] {
  return script.map((line) => describeResponse(model.step(parseOperation(line))));
}

const LOOK = ['range all', 'history all', 'leases', 'ttl 7 keys', 'in s range all', 'events w'];

test('a clone goes on by itself, and what it does is nothing to the model it was made of', () => {
  const begun = [
    'grant 7 ttl=10',
    'put a 1 lease=7',
    'snapshot s',
    'watch w all from=1',
    'put b 1',
  ];
  const differently = ['put a 2', 'events w', 'cancel w', 'watch x a', 'release s', 'snapshot t'];
  const further = ['grant 8 ttl=3', 'compact 4', 'advance 5', 'revoke 7', 'restart'];
  const model = new Model({ txnOpsMax: 1, requestBytesMax: 10, minTtlSeconds: 5 });
  run(model, begun);
  const clone = model.clone();
  run(clone, [...differently, ...further]);
  expect([model.revision, model.compactRevision, model.now]).toEqual([3, -1, 0]);
  expect([clone.revision, clone.compactRevision, clone.now]).toEqual([4, 4, 5]);
  expect([...model.watches.keys()]).toEqual(['w']);
  expect([...model.snapshots.keys()]).toEqual(['s']);
  expect(model.leases).toEqual([{ id: 7n, ttl: 10, deadline: 10 }]);

  const untouched = new Model();
  run(untouched, begun);
  const copy = model.clone();
  const expected = run(untouched, LOOK);
  expect(run(copy, LOOK)).toEqual(expected);
  expect(run(model, LOOK)).toEqual(expected);
  // Its options are the model's.
  expect(run(copy, ['grant 9 ttl=1', 'put k 0123456789', 'txn [ ? put a 1; put b 1 ]'])).toEqual([
    'granted 9, ttl 5',
    'ERR_REQUEST_TOO_LARGE etcdserver: request is too large',
    'ERR_TOO_MANY_OPS etcdserver: too many operations in txn request',
  ]);
});

test('R125 leases that end together are revoked in the order of their ids', () => {
  const model = new Model();
  const ids = [5, -3, 12, 1];
  run(
    model,
    ids.flatMap((id) => [`grant ${id} ttl=4`, `put k${id} v lease=${id}`]),
  );
  expect(run(model, ['advance 4', 'history all from=6'])).toEqual([
    'done',
    'events 4 | 6 delete k-3 | 7 delete k1 | 8 delete k5 | 9 delete k12',
  ]);
});

test('what is not specified, or not there, is not answered', () => {
  const model = new Model();
  expect(() => run(model, ['grant 0 ttl=10'])).toThrow('not specified');
  expect(() => run(model, ['events w'])).toThrow('there is no watch w');
  expect(() => run(model, ['cancel w'])).toThrow('there is no watch w');
});
