/** The story of a failure: what was done and said, up to the crash and from one to the next. */
import { expect, test } from 'vitest';
import { shrinkLimits } from '../stores/small-limits.ts';
import { describeFact, type Fact } from './facts.ts';
import { PlaceError } from './part.ts';
import { placesIn } from './place.ts';
import type { Plan } from './plan.ts';
import { storyOf } from './varve-story.ts';

shrinkLimits();

const plan: Plan = {
  steps: [
    [0, { step: 'ask', draft: () => ({ op: 'put', key: 'a', value: '1' }), awaited: true }],
    [1, { step: 'look' }],
    [2, { step: 'ask', draft: () => ({ op: 'compact', revision: 2 }), awaited: true }],
  ],
  checkpointRecordsMin: 1_000_000,
  idleMarkDelayMs: 1,
  slowSyncs: false,
  watches: false,
};

/** Where the whole work is done, by what is said of places beyond it. */
async function lastOperation(): Promise<number> {
  const error: unknown = await storyOf(plan, placesIn('9999:')).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(PlaceError);
  return Number(/operations 0 to (\d+), not 9999/.exec((error as Error).message)![1]);
}

test('all of it, up to a power cut at the end', async () => {
  const story = await storyOf(plan, placesIn(`${await lastOperation()}:killed`));
  expect(story).toEqual([
    'put a 1',
    '#   asked for revision 2: put a 1',
    '#   answered 2',
    'range all',
    '#   shown 2',
    'compact 2',
    '#   asked to compact at 2',
    '#   compacted at 2',
    '# the process is killed when all is done',
  ]);
});

test('what comes after the crash is no part of it, and the recovery is', async () => {
  const story = await storyOf(plan, placesIn('0:/0:'));
  expect(story).toEqual([
    '# the power fails before operation 0: create /store/0000000001.seg',
    '# the power fails before operation 0 of the recovery: create /store/0000000001.seg',
  ]);
  const later = await storyOf(plan, placesIn(`${await lastOperation()}:killed/9:killed`)).catch(
    String,
  );
  expect(later).toContain('#   opened after a crash, at revision 2');
  // Nobody has ever compacted before it was asked for.
  expect(later).not.toContain('#   compacted at -1');
});

test.each<readonly [Fact, string]>([
  [
    {
      fact: 'asked',
      changes: [
        { type: 'put', revision: 5, key: 'a', value: '1', lease: 7n },
        { type: 'delete', revision: 5, key: '\xff' },
      ],
    },
    'asked for revision 5: put a 1 lease=7, delete \\xff',
  ],
  [{ fact: 'answered', revision: 5 }, 'answered 5'],
  [{ fact: 'shown', revision: 5 }, 'shown 5'],
  [{ fact: 'asked to compact', revision: 3 }, 'asked to compact at 3'],
  [{ fact: 'compacted', revision: 3 }, 'compacted at 3'],
  [{ fact: 'compacted', revision: -1 }, 'nothing is compacted'],
  [{ fact: 'asked for lease', id: 9n }, 'asked for lease 9'],
  [{ fact: 'granted', id: 9n }, 'granted lease 9'],
  [
    { fact: 'asked to revoke', id: 9n, revision: 6 },
    'asked to revoke lease 9, its keys in revision 6',
  ],
  [{ fact: 'asked to revoke', id: 9n, revision: undefined }, 'asked to revoke lease 9'],
  [{ fact: 'revoked', id: 9n }, 'revoked lease 9'],
  [{ fact: 'recovered', revision: 4 }, 'opened after a crash, at revision 4'],
  [{ fact: 'backed up', path: '/b/1', atLeast: 4 }, 'backed up to /b/1, revision 4 at least'],
])('%o in words', (fact, words) => {
  expect(describeFact(fact)).toBe(words);
});
