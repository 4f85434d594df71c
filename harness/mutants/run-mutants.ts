/** All mutants, side by side on the cores, within the time. */
import { availableParallelism } from 'node:os';
import { Workshop } from './build.ts';
import { controlled, controlsOf } from './control.ts';
import { type Finding, isCaught, judge, type Trial, type Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import { propertyOf } from './table.ts';

export interface RunMutantsOptions {
  readonly timeMs: number;
  /** Those whose name, file or property holds this. Default all. */
  readonly only?: string | undefined;
  /** So many of them, from all over the list. Default all. */
  readonly sample?: number | undefined;
  /** Default one for each core. */
  readonly jobs?: number | undefined;
  readonly seed: number;
  readonly onResult?: (verdict: Verdict) => void;
}

export interface MutantsSummary {
  readonly seed: number;
  readonly mutants: number;
  readonly caught: number;
  /** Names of those that nobody noticed; of those that time ran out for; of those that could not be tried. */
  readonly survivors: readonly string[];
  readonly unreached: readonly string[];
  readonly untried: readonly string[];
  /** Names of those that were caught by programs that the engine as it is fails, too. */
  readonly doubtful: readonly string[];
  /** Runs until one was caught: in the middle, and at most. */
  readonly medianRuns: number;
  readonly mostRuns: number;
  readonly seconds: number;
  /** In the order of the list. */
  readonly verdicts: readonly Verdict[];
}

export const chosen = (only: string | undefined): readonly Mutant[] =>
  only === undefined
    ? mutants
    : mutants.filter((mutant) =>
        [mutant.name, mutant.file, propertyOf(mutant)].some((text) => text.includes(only)),
      );

/** The same ones each time. */
export function sampled(from: readonly Mutant[], count: number = from.length): readonly Mutant[] {
  const step = from.length / Math.min(count, from.length);
  return from.filter((_, place) => Math.floor(place / step) !== Math.floor((place - 1) / step));
}

export async function runMutants(options: RunMutantsOptions): Promise<MutantsSummary> {
  const { timeMs, only, sample, jobs = availableParallelism(), seed, onResult } = options;
  const startMs = performance.now();
  const workshop = await Workshop.open();
  const verdicts = await sideBySide(
    sampled(chosen(only), sample),
    jobs,
    async (mutant): Promise<Verdict> => {
      const timeLeftMs = startMs + timeMs - performance.now();
      const verdict = { mutant, ...(await tried(workshop, mutant, mutant, seed, timeLeftMs)) };
      onResult?.(verdict);
      return verdict;
    },
  );
  const controls = [...controlsOf(verdicts)];
  const found = await sideBySide(controls, jobs, async ([property, trial]) => {
    const finding = await tried(workshop, undefined, trial, seed, CONTROL_MS_MAX);
    return [property, finding] as const;
  });
  const certain = controlled(verdicts, new Map(found));
  return summaryOf(certain, seed, (performance.now() - startMs) / 1000);
}

/** A verdict without its control is worth nothing, so this is not taken off the time. */
const CONTROL_MS_MAX = 10 * 60_000;

/** In the order of the items, so many at a time. */
async function sideBySide<T, R>(
  items: readonly T[],
  jobs: number,
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, item] = next;
      results[place] = await run(item);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

async function tried(
  workshop: Workshop,
  mutant: Mutant | undefined,
  trial: Trial,
  seed: number,
  timeMs: number,
): Promise<Finding> {
  if (timeMs <= 0) return { outcome: 'unreached', runs: 0, seconds: 0, message: '' };
  const build = workshop.build(mutant);
  try {
    return await judge(trial, build, { seed, timeMs });
  } finally {
    build.dispose();
  }
}

export function summaryOf(
  verdicts: readonly Verdict[],
  seed: number,
  seconds: number,
): MutantsSummary {
  const named = (outcome: Verdict['outcome']): readonly string[] =>
    verdicts.filter((verdict) => verdict.outcome === outcome).map(({ mutant }) => mutant.name);
  const runs = verdicts
    .filter(({ outcome }) => outcome === 'caught')
    .map(({ runs }) => runs)
    .sort((a, b) => a - b);
  return {
    seed,
    mutants: verdicts.length,
    caught: verdicts.filter(isCaught).length,
    survivors: named('survived'),
    unreached: named('unreached'),
    untried: named('untried'),
    doubtful: named('doubtful'),
    medianRuns: runs[Math.floor(runs.length / 2)] ?? 0,
    mostRuns: runs.at(-1) ?? 0,
    seconds,
    verdicts,
  };
}
