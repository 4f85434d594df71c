/**
 * The part of the crash trials that damages the files of a closed store. A run builds one victim and damages
 * it some hundred times, each time from the same image; each damaged store is opened and judged.
 */
import { type Part, PlaceError, type PartPlan, type PartResult } from '../crash/part.ts';
import { randomOf, seedOf } from '../runner/random.ts';
import { Court, nameOfBlow } from './court.ts';
import { type Blow, blowsFor } from './damages.ts';
import { drawPlan } from './life.ts';
import { type Doors, realDoors } from './verdict.ts';
import { victimOf, withSmallLimits } from './victim.ts';

export const corruptionPart: Part = partWith(realDoors);

export function partWith(doors: Doors): Part {
  return {
    name: 'corruption',
    unit: 'damaged stores',
    run: (plan) => withSmallLimits(() => runOf(plan, doors)),
  };
}

async function runOf({ seed, run, at }: PartPlan, doors: Doors): Promise<PartResult> {
  const random = randomOf(seedOf(seed, run));
  const victim = await victimOf(drawPlan(random));
  // Nothing is damaged first: whatever is wrong then is wrong with the victim.
  const blows: Blow[] = [[], ...blowsFor(victim, random, run)];
  const court = new Court(victim, doors, randomOf(seedOf(seed, ~run)));
  const chosen = at === undefined ? blows : blowsNamed(at, blows);
  for (const blow of chosen) {
    const verdict = await court.try(blow, at !== undefined);
    if (verdict === undefined || verdict.problems.length === 0) continue;
    return { ...court.result, failure: await court.failure(blow, verdict) };
  }
  return court.result;
}

/** Half of a double one is on no list. Throws a PlaceError. */
function blowsNamed(at: string, blows: readonly Blow[]): Blow[] {
  const found = [...blows, ...blows.flat().map((damage): Blow => [damage])].find(
    (blow) => nameOfBlow(blow) === at,
  );
  if (found === undefined) {
    throw new PlaceError(
      `this run has no damage "${at}"; one looks like flip:MANIFEST:17.3, and two have a comma between`,
    );
  }
  return [found];
}
