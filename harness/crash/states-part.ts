/**
 * The part `states`: a store at work, and the power failing at every operation of its disk. A failure is made
 * smaller by leaving steps out of the work, and its place says which are left:
 *
 *     0.3.4@17:0.2.1/3:1      steps 0, 3 and 4; a crash at operation 17, and one while recovering from it
 */
import { reduced } from '../runner/reduce.ts';
import { seedOf } from '../runner/random.ts';
import { type CrashReport, crash } from './explore.ts';
import { describeFact, type Fact } from './facts.ts';
import { type Part, PlaceError, type PartPlan, type PartResult } from './part.ts';
import { type Place, placesIn } from './place.ts';
import { only, type Plan, planOf } from './plan.ts';
import type { CrashSubject } from './subject.ts';
import { goOnVarve, judgeVarve, recoverVarve, type VarveFound } from './varve-recovery.ts';
import { storyOf } from './varve-story.ts';
import { workOn } from './varve-work.ts';

export const statesPart: Part = {
  name: 'states',
  unit: 'crash states',
  async run({ seed, run, at, shrinkMs = 0 }: PartPlan): Promise<PartResult> {
    const own = seedOf(seed, run);
    const plan = planOf(own);
    const asked = at === undefined ? undefined : stepsAndPlace(at, plan);
    if (asked !== undefined) await storyOf(only(plan, asked.steps), asked.places);
    const report = await explore(plan, own, asked?.steps, asked?.place);
    const covered = [...report.operations];
    if (report.failure === undefined) return { judged: report.states, covered };
    const steps = asked?.steps ?? (await fewest(plan, own, shrinkMs));
    const { failure = report.failure } = asked ? report : await explore(plan, own, steps);
    // Once more for that place alone, with a note of what became of each file.
    const { failure: told } = await explore(plan, own, steps, failure.at);
    const again = told === undefined ? ['Replay: asked for alone, this place does not fail'] : [];
    return {
      judged: report.states,
      covered,
      failure: {
        at: `${steps.join('.')}@${failure.at}`,
        problems: [...failure.problems, ...again],
        story: await storyOf(only(plan, steps), placesIn(failure.at)).catch(() => failure.story),
        disk: told?.fates,
      },
    };
  },
};

function explore(
  plan: Plan,
  seed: number,
  steps: readonly number[] = [...plan.steps.keys()],
  at?: string,
): Promise<CrashReport> {
  return crash(varveSubject(only(plan, steps)), { seed, at });
}

export function varveSubject(plan: Plan): CrashSubject<Fact, VarveFound> {
  let opened = 0;
  return {
    run: (fs, tell) => workOn(fs, plan, tell),
    recover: (fs, tell) => recoverVarve(fs, tell),
    judge: judgeVarve,
    story: (facts) => facts.map(describeFact),
    goOn: async (fs, found) => {
      if (opened++ % GO_ON_EVERY === 0) await goOnVarve(fs, found);
    },
    ...(plan.slowSyncs && { syncTurns: () => 1 }),
  };
}

/** Compacting, cleaning and checking once more takes longer than all the rest. */
const GO_ON_EVERY = 8;

function fewest(plan: Plan, seed: number, shrinkMs: number): Promise<number[]> {
  const endMs = performance.now() + shrinkMs;
  const fails = async (steps: readonly number[]): Promise<boolean> =>
    (await explore(plan, seed, steps)).failure !== undefined;
  return reduced(plan.steps.length, fails, () => performance.now() > endMs);
}

interface Asked {
  readonly steps: readonly number[];
  readonly place: string;
  readonly places: readonly Place[];
}

/** Throws a PlaceError. */
function stepsAndPlace(at: string, plan: Plan): Asked {
  const [, list, place] = /^(\d+(?:\.\d+)*)@(.*)$/.exec(at) ?? [];
  if (list === undefined || place === undefined) {
    throw new PlaceError(`a place looks like 0.3.4@17:0.2.1/3:1, not "${at}"`);
  }
  const steps = list.split('.').map(Number);
  const last = plan.steps.length - 1;
  if (steps.some((step, i) => step > last || step <= (steps[i - 1] ?? -1))) {
    throw new PlaceError(`this run has the steps 0 to ${last}, in that order, and not ${list}`);
  }
  return { steps, place, places: placesIn(place) };
}
