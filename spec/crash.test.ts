/** For each rule a crash that only this rule catches, and crashes that may happen. */
import { describe, expect, test } from 'vitest';
import { type BeforeCrash, type CrashRule, crashProblems, type Recovered } from './crash.ts';
import { type Change, stateAt } from './history.ts';

const put = (revision: number, key: string, value: string, lease = 0n): Change => ({
  type: 'put',
  revision,
  key,
  value,
  lease,
});
const remove = (revision: number, key: string): Change => ({ type: 'delete', revision, key });

const requested = [
  put(2, 'a', '1'),
  put(3, 'b', '1'),
  put(3, 'c', '1'),
  remove(4, 'a'),
  put(5, 'd', '1', 7n),
  put(6, 'd', '2', 7n),
];

const before: BeforeCrash = {
  requested,
  acknowledged: 3,
  compaction: { requested: 3, acknowledged: -1 },
  revealed: 2,
  leases: [
    { id: 7n, granted: 'requested', revoked: 'no' },
    { id: 8n, granted: 'acknowledged', revoked: 'no' },
    { id: 9n, granted: 'acknowledged', revoked: 'acknowledged' },
  ],
};

/** The store as it was at this revision, compacted at that one. */
function recoveredAt(revision: number, compactRevision = -1): Recovered {
  const from = Math.max(1, compactRevision);
  const readable = Array.from({ length: revision - from + 1 }, (_, i) => from + i);
  return {
    revision,
    compactRevision,
    changes: requested.filter((c) => c.revision <= revision && c.revision >= compactRevision),
    states: new Map(readable.map((at) => [at, stateAt(requested, at)])),
    leases: [7n, 8n],
  };
}

/** All but the changes of which this holds. */
const without = (recovered: Recovered, isGone: (change: Change) => boolean): Recovered => ({
  ...recovered,
  changes: recovered.changes.filter((change) => !isGone(change)),
});

const brokenBy = (before: BeforeCrash, recovered: Recovered): string[] => [
  ...new Set(crashProblems(before, recovered).map((problem) => problem.split(':')[0]!)),
];

describe('allowed', () => {
  test.each([3, 4, 5, 6])('everything up to %i', (revision) => {
    expect(crashProblems(before, recoveredAt(revision))).toEqual([]);
  });

  test('a compaction that was asked for and not answered, or not even begun', () => {
    expect(crashProblems(before, recoveredAt(4, 3))).toEqual([]);
    expect(crashProblems(before, recoveredAt(4, 2))).toEqual([]);
  });

  test('at the compacted revision only the last change of a key', () => {
    const twice = [put(2, 'a', '1'), put(2, 'b', '1'), put(2, 'a', '2')];
    const asked = { ...before, requested: twice, acknowledged: 2 };
    const recovered: Recovered = {
      revision: 2,
      compactRevision: 2,
      changes: twice.slice(1),
      states: new Map([[2, stateAt(twice, 2)]]),
    };
    expect(crashProblems(asked, recovered)).toEqual([]);
    expect(brokenBy(asked, { ...recovered, changes: twice.slice(0, 2) })).toEqual(['Whole']);
  });

  test('nothing at all where nothing was answered', () => {
    const nothing = { ...before, acknowledged: 1, revealed: 1, leases: [] };
    expect(crashProblems(nothing, { ...recoveredAt(1), leases: [] })).toEqual([]);
  });

  test('a revoke that was not answered, done or not', () => {
    const revoking = {
      ...before,
      requested: [put(2, 'd', '1', 7n), remove(3, 'd')],
      acknowledged: 2,
      leases: [{ id: 7n, granted: 'acknowledged', revoked: 'requested', revokedAt: 3 } as const],
    };
    const undone: Recovered = {
      revision: 2,
      compactRevision: -1,
      changes: revoking.requested.slice(0, 1),
      states: new Map([[2, stateAt(revoking.requested, 2)]]),
      leases: [7n],
    };
    const done: Recovered = {
      revision: 3,
      compactRevision: -1,
      changes: revoking.requested,
      states: new Map([[3, []]]),
      leases: [],
    };
    expect(crashProblems(revoking, undone)).toEqual([]);
    expect(crashProblems(revoking, done)).toEqual([]);
    expect(crashProblems(revoking, { ...done, leases: [7n] })).toEqual([
      'Leases: lease 7 is there, and 3 took its keys',
    ]);
    expect(crashProblems(revoking, { ...undone, leases: [] })).toEqual([
      'Leases: d has lease 7, which is gone',
    ]);
  });
});

const wrong: readonly [CrashRule, string, BeforeCrash, Recovered][] = [
  [
    'Whole',
    'half of a transaction that was not answered',
    before,
    without(recoveredAt(5), ({ key }) => key === 'c'),
  ],
  ['Prefix', 'a gap', before, without(recoveredAt(5), ({ revision }) => revision === 4)],
  [
    'Prefix',
    'a history that goes on after its revision',
    before,
    { ...recoveredAt(4), changes: recoveredAt(5).changes },
  ],
  ['Acknowledged', 'an answered write that is gone', before, recoveredAt(2)],
  [
    'Requested',
    'a write out of nowhere',
    before,
    { ...recoveredAt(6), revision: 7, changes: [...requested, put(7, 'x', '1')] },
  ],
  ['Requested', 'a compaction out of nowhere', before, recoveredAt(5, 4)],
  [
    'Unaltered',
    'a revision with another value',
    before,
    { ...recoveredAt(4), changes: [put(2, 'a', '!'), ...recoveredAt(4).changes.slice(1)] },
  ],
  [
    'Unaltered',
    'changes of a revision in another order',
    before,
    { ...recoveredAt(3), changes: [requested[0]!, requested[2]!, requested[1]!] },
  ],
  [
    'Compacted',
    'an answered compaction that is undone',
    { ...before, compaction: { requested: 3, acknowledged: 3 } },
    recoveredAt(4, 2),
  ],
  [
    'Compacted',
    'changes from below the compaction',
    before,
    { ...recoveredAt(4, 3), changes: recoveredAt(4).changes },
  ],
  [
    'Revealed',
    'an unanswered write that a watch has shown',
    { ...before, revealed: 5 },
    recoveredAt(4),
  ],
  [
    'Revealed',
    'a compaction above the revision',
    { ...before, acknowledged: 1, compaction: { requested: 3, acknowledged: 3 } },
    { ...recoveredAt(2), compactRevision: 3, changes: [], states: new Map() },
  ],
  [
    'States',
    'a key from below the compaction that nobody finds any more',
    before,
    { ...recoveredAt(3, 3), states: new Map([[3, stateAt(requested.slice(1), 3)]]) },
  ],
  ['Leases', 'a lease that is gone', before, { ...recoveredAt(4), leases: [7n] }],
  ['Leases', 'a lease that is back', before, { ...recoveredAt(4), leases: [7n, 8n, 9n] }],
  ['Leases', 'a lease out of nowhere', before, { ...recoveredAt(4), leases: [7n, 8n, 10n] }],
  ['Leases', 'a key whose lease is gone', before, { ...recoveredAt(5), leases: [8n] }],
];

describe('not allowed', () => {
  test.each(wrong)('%s catches %s, and no other rule does', (rule, _, before, recovered) => {
    expect(brokenBy(before, recovered)).toEqual([rule]);
  });
});
