/** One workload with one fault in it, or in the opening of what it leaves, and the judgement of it. */
import { open } from '../../engine/index.ts';
import { textOf } from '../conformance/audit.ts';
import type { CallKind } from '../disk/fault-plan.ts';
import { faulty, type Fired } from '../disk/faulty-fs.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { DIRECTORY } from '../stores/disk-image.ts';
import { JumpingClock } from './jumping-clock.ts';
import { Lived, optionsOn, type Outcome, type Trial } from './lived.ts';
import { numbersOf } from './numbers.ts';
import { Opening } from './opening.ts';
import { Complaint, honestyOf } from './policy.ts';

/** Compacting, cleaning and checking once more takes longer than all the rest. */
const GO_ON_EVERY = 8;

export async function runLife(trial: Trial): Promise<Outcome> {
  const { plan, ending } = trial;
  const numbers = numbersOf(trial.seed, trial.run, trial.at);
  const honesty = honestyOf(plan, ending.endsWith('power'));
  const lived = new Lived(trial, plan, honesty);
  try {
    const image = await lived.until(ending, numbers);
    await lived.judge(image, numbers.oneIn(GO_ON_EVERY));
    return lived.outcome([]);
  } catch (error) {
    return lived.outcome(linesOf(error));
  } finally {
    await lived.life.close().catch(() => {});
  }
}

/** A life without a fault, and two openings with one each. */
export async function runOpening(trial: Trial): Promise<Outcome> {
  const { plan, ending } = trial;
  const numbers = numbersOf(trial.seed, trial.run, trial.at);
  const honesty = honestyOf(plan, ending.endsWith('power'));
  const lived = new Lived(trial, [], 'harmless');
  const story: string[] = [];
  const outcome = (problems: readonly string[]): Outcome => ({
    ...lived.outcome(problems),
    fired: fired.length > 0,
    story: [...lived.life.story, ...story],
  });
  const fired: Fired[] = [];
  try {
    let image = await lived.until(ending, numbers);
    for (let time = 1; time <= 2; time++) {
      const opening = new Opening(image, plan, honesty, lived, story);
      image = await opening.run(trial.between, ending, numbers);
      fired.push(...opening.fired);
    }
    await lived.judge(image, numbers.oneIn(GO_ON_EVERY), honesty);
    return outcome([]);
  } catch (error) {
    return outcome(linesOf(error));
  } finally {
    await lived.life.close().catch(() => {});
  }
}

export interface Measure {
  readonly life: ReadonlyMap<CallKind, number>;
  readonly opening: ReadonlyMap<CallKind, number>;
  /** The most that lay on the disk when it was closed. */
  readonly bytes: number;
}

/** The calls that there are without a fault. */
export async function measured(base: Omit<Trial, 'plan' | 'ending' | 'at'>): Promise<Measure> {
  const calls = new Map<CallKind, number>();
  const count = (kind: CallKind): void => void calls.set(kind, (calls.get(kind) ?? 0) + 1);
  const lived = new Lived({ ...base, plan: [], ending: 'close', at: '' }, [], 'harmless', count);
  try {
    const image = await lived.until('kill', numbersOf(0));
    await lived.life.close();
    const life = new Map(calls);
    calls.clear();
    const { fs } = faulty(new SimulatedDisk({ image }).fs, [], { onCall: count });
    await (await open(DIRECTORY, optionsOn(fs, new JumpingClock()))).close();
    const bytes = [...image.values()].reduce((sum, { length }) => sum + length, 0);
    return { life, opening: calls, bytes };
  } catch {
    // The first life with a fault will tell, since it begins as this one.
    return { life: calls, opening: new Map([['open', 1]]), bytes: 0 };
  }
}

const linesOf = (error: unknown): string[] =>
  (error instanceof Complaint ? error.message : textOf(error)).split('\n');
