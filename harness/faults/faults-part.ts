/**
 * The part `faults`: the n-th call of each kind fails, for every n and in every way that it may. A workload runs
 * once without faults, to count its calls; then again and again, each time with one of them. So does the
 * opening of what it leaves.
 *
 *     life/write:3+=ENOSPC/power     in the third write of the workload, whereupon the power fails
 *     open/read:2=flip:17/kill       in the second read of an opening after the process was killed
 */
import { limits } from '../../engine/base/limits.ts';
import { type Part, PlaceError, type PartPlan, type PartResult } from '../crash/part.ts';
import { type Fault, printFault } from '../disk/fault-plan.ts';
import { FaultPlanError, parseFaultPlan } from '../disk/fault-plan-parser.ts';
import type { FileSystem } from '../../engine/vfs/index.ts';
import { numbersOf } from './numbers.ts';
import { everyFault, sampled, sortOf } from './plans.ts';
import { type Ending, ENDINGS, type Trial } from './lived.ts';
import { measured, runLife, runOpening } from './trial.ts';
import { workloadOf } from './workload.ts';

const LIVES = 48;
const OPENINGS = 16;

export interface FaultsInit {
  /** Between the store and the disk that fails; to see that a store that is wrong is caught. */
  readonly between?: (fs: FileSystem) => FileSystem;
}

export const faultsPart: Part = faultsPartWith({});

export function faultsPartWith({ between = (fs) => fs }: FaultsInit): Part {
  return {
    name: 'faults',
    unit: 'lives',
    async run(plan: PartPlan): Promise<PartResult> {
      const { seed, run } = plan;
      const numbers = numbersOf(seed, run, 'limits');
      limits.checkpointRecordsMin = numbers.oneOf([1, 8, 1_000_000]);
      limits.idleMarkDelayMs = numbers.oneOf([1, 100]);
      const base = { seed, run, steps: workloadOf(seed, run), between };
      const strays: unknown[] = [];
      const stray = (error: unknown): void => void strays.push(error);
      process.on('unhandledRejection', stray);
      try {
        return await judgeAll(base, plan.at, strays);
      } finally {
        process.off('unhandledRejection', stray);
      }
    },
  };
}

async function judgeAll(
  base: Omit<Trial, 'plan' | 'ending' | 'at'>,
  at: string | undefined,
  strays: readonly unknown[],
): Promise<PartResult> {
  const covered = new Map<string, number>();
  const places = at === undefined ? await placesOf(base) : [at];
  let judged = 0;
  for (const place of places) {
    const { phase, fault, ending } = parsePlace(place);
    const trial = { ...base, plan: [fault], ending, at: place };
    const { fired, problems, story } = await (phase === 'life'
      ? runLife(trial)
      : runOpening(trial));
    judged++;
    if (fired) covered.set(sortOf(fault), (covered.get(sortOf(fault)) ?? 0) + 1);
    // Node tells of them after a turn.
    await new Promise(setImmediate);
    const all = [...problems, ...strays.map((error) => `nobody handles ${String(error)}`)];
    if (all.length === 0 && at !== undefined && !fired) {
      throw new PlaceError(`this run has no call for "${at}" to fail`);
    }
    if (all.length === 0) continue;
    const failure = { at: place, problems: all, story };
    return { judged, covered: [...covered], failure };
  }
  return { judged, covered: [...covered] };
}

async function placesOf(base: Omit<Trial, 'plan' | 'ending' | 'at'>): Promise<string[]> {
  const { seed, run } = base;
  const numbers = numbersOf(seed, run, 'plans');
  const { life, opening, bytes } = await measured(base);
  const ofLife = sampled(everyFault(life, bytes, numbers), LIVES, numbers);
  const ofOpening = sampled(everyFault(opening, 0, numbers), OPENINGS, numbers);
  const place = (phase: string, fault: Fault): string =>
    `${phase}/${printFault(fault)}/${numbers.oneOf(ENDINGS)}`;
  return [
    ...ofLife.map((fault) => place('life', fault)),
    ...ofOpening.map((fault) => place('open', fault)),
  ];
}

interface Place {
  readonly phase: 'life' | 'open';
  readonly fault: Fault;
  readonly ending: Ending;
}

/** Throws a PlaceError. */
function parsePlace(at: string): Place {
  const [phase, text = '', ending, ...more] = at.split('/');
  const known = ENDINGS.find((name) => name === ending);
  if ((phase !== 'life' && phase !== 'open') || known === undefined || more.length > 0) {
    const endings = ENDINGS.join(', ');
    throw new PlaceError(
      `a place looks like life/write:3+=ENOSPC/power (life or open, a fault, one of ${endings}), not "${at}"`,
    );
  }
  const [fault, ...others] = faultsIn(text);
  if (fault === undefined || others.length > 0) {
    throw new PlaceError(`a place like life/write:3+=ENOSPC/power has one fault, not "${text}"`);
  }
  return { phase, fault, ending: known };
}

function faultsIn(text: string): readonly Fault[] {
  try {
    return parseFaultPlan(text);
  } catch (error) {
    if (error instanceof FaultPlanError) throw new PlaceError(error.message, { cause: error });
    throw error;
  }
}
