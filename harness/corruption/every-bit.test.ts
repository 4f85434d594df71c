/** Every single bit, and every length, of the files of one small store. */
import { expect, test } from 'vitest';
import { limits } from '../../engine/base/limits.ts';
import { nameOfBlow } from './court.ts';
import type { Damage } from './damage.ts';
import { bitsOf } from './damages.ts';
import { BACKUP, pathOf } from './image.ts';
import { courtOf, tiny } from './victims.testing.ts';
import type { Outcome } from './verdict.ts';
import { withSmallLimits } from './victim.ts';

/** How often each outcome was right; nothing may be wrong. */
async function outcomesOf(
  damages: (lengthOf: (path: string) => number) => Iterable<Damage>,
): Promise<Partial<Record<Outcome, number>>> {
  return withSmallLimits(async () => {
    // No more empty space than there must be.
    limits.zeroFillBytes = 512;
    const { victim, court } = await courtOf(tiny);
    const outcomes: Partial<Record<Outcome, number>> = {};
    const wrong: string[] = [];
    for (const damage of damages((path) => victim.image.get(path)!.length)) {
      const verdict = await court.try([damage], false);
      const problems = verdict?.problems ?? ['it changes nothing'];
      if (problems.length > 0) wrong.push(nameOfBlow([damage]), ...problems);
      const outcome = verdict?.outcome ?? 'unharmed';
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    expect(wrong).toEqual([]);
    return outcomes;
  });
}

// Refusals by the thousand: a full stack for each would cost more than the rest of it.
Error.stackTraceLimit = 4;

const manifest = pathOf('MANIFEST');
const segment = pathOf('0000000001.seg');

test('no bit of the manifest may change', async () => {
  const outcomes = await outcomesOf((lengthOf) => bitsOf(manifest, lengthOf(manifest) - 1));
  expect(Object.keys(outcomes)).toEqual(['refused']);
}, 60_000);

test('no bit of a segment changes anything without a word', async () => {
  const outcomes = await outcomesOf((lengthOf) => bitsOf(segment, lengthOf(segment)));
  expect(Object.keys(outcomes).sort()).toEqual(['refused', 'unharmed']);
  // All that is not empty space: the header's first bytes, and two frames.
  expect(outcomes.refused).toBeGreaterThan(8 * (32 + 48 + 48));
}, 120_000);

test('no bit of a backup may change', async () => {
  const outcomes = await outcomesOf((lengthOf) => bitsOf(BACKUP, lengthOf(BACKUP)));
  expect(Object.keys(outcomes)).toEqual(['refused']);
}, 60_000);

test.each([manifest, segment, BACKUP])(
  'wherever %s is cut off, that shows or does no harm',
  async (path) => {
    const outcomes = await outcomesOf((lengthOf) =>
      Array.from({ length: lengthOf(path) }, (_, at) => ({ kind: 'cut', path, at })),
    );
    // Of a manifest the last line feed may go.
    if (path === BACKUP) expect(Object.keys(outcomes)).toEqual(['refused']);
    if (path === manifest) expect(outcomes.unharmed).toBe(1);
    expect(outcomes.refused).toBeGreaterThan(0);
  },
  60_000,
);
