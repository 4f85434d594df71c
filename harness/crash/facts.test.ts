/** What facts come to, told by the moment of a crash. */
import { expect, test } from 'vitest';
import { beforeCrash, describeFact, type Fact } from './facts.ts';

const put = (revision: number): Fact => ({
  fact: 'asked',
  changes: [{ type: 'put', revision, key: 'a', value: '1', lease: 0n }],
});

test('what was asked, answered and shown', () => {
  const before = beforeCrash([
    put(2),
    { fact: 'answered', revision: 2 },
    put(3),
    { fact: 'shown', revision: 3 },
    { fact: 'asked to compact', revision: 2 },
  ]);
  expect(before.requested.map(({ revision }) => revision)).toEqual([2, 3]);
  expect(before).toMatchObject({ acknowledged: 2, revealed: 3 });
  expect(before.compaction).toEqual({ requested: 2, acknowledged: -1 });
});

test('what a recovery lacks is gone, and so is a revoke whose revision it was', () => {
  const facts: Fact[] = [
    put(2),
    { fact: 'asked for lease', id: 1n },
    { fact: 'granted', id: 1n },
    { fact: 'asked to revoke', id: 1n, revision: 3 },
    { fact: 'recovered', revision: 2 },
    put(3),
  ];
  const { requested, leases } = beforeCrash(facts);
  expect(requested).toHaveLength(2);
  expect(leases).toEqual([{ id: 1n, granted: 'acknowledged', revoked: 'no' }]);
  expect(beforeCrash(facts.slice(0, 4)).leases).toEqual([
    { id: 1n, granted: 'acknowledged', revoked: 'requested', revokedAt: 3 },
  ]);
});

test('each fact has words of its own', () => {
  expect([put(2), { fact: 'answered', revision: 2 } as const].map(describeFact)).toEqual([
    'asked for revision 2: put a 1',
    'answered 2',
  ]);
});
