/**
 * What a suite hands back: figures, each one kind of work measured for several stores, with the goals of
 * the project that it decides. A figure's value is the median of its rounds.
 */
export interface Measurement {
  readonly by: string;
  readonly value: number;
  /** One value a round; absent for a constant. */
  readonly rounds?: readonly number[];
  /** Part of a processor that the main thread had meanwhile; 1: all of one. */
  readonly processorShare?: number | undefined;
}

export interface Goal {
  readonly text: string;
  /** What was reached, in the goal's own terms. */
  readonly reached: string;
  /** Undefined: not decided in this run. */
  readonly met: boolean | undefined;
}

export interface Figure {
  readonly work: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  /** Varve's first. */
  readonly measurements: readonly Measurement[];
  readonly goals: readonly Goal[];
  readonly note?: string;
}

export const ETCD = 'etcd 3.4';

/** Constants from the measurements that the goals were set by, taken on the machine named there. */
export const ETCD_MEASURED = {
  putSequential: 248_000,
  putRandom: 118_000,
  get: 159_000,
  rangeKeyValues: 1_600_000,
  limitedRanges: 26,
  openMs: 1250,
  openHistoryMs: 650,
  /** With the pauses that it makes by default; 2.4 s in larger batches. */
  compactMs: 12_300,
  defragmentMs: 150,
  /** Of 100k revisions. */
  catchUp: 7100,
  /** Events a second by the number of watchers, each on a stream of its own. */
  fanOut: { 100: 2_600_000, 1000: 2_650_000, 10_000: 1_100_000 },
} as const;

/** lmdb's copying get on that machine, for a sense of how much slower or faster this one is. */
export const LMDB_GET_MEASURED = 377_000;

export const constant = (by: string, value: number): Measurement => ({ by, value });

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function measured(
  by: string,
  rounds: readonly number[],
  shares: readonly (number | undefined)[] = [],
): Measurement {
  const known = shares.filter((share) => share !== undefined);
  const processorShare = known.length === 0 ? undefined : median(known);
  return { by, value: median(rounds), rounds, processorShare };
}

/** Median of the ratios within each round: what disturbs a round disturbs both sides. */
export function ratio(upper: Measurement, lower: Measurement): number {
  const { rounds } = lower;
  if (upper.rounds === undefined || rounds?.length !== upper.rounds.length) {
    return upper.value / lower.value;
  }
  return median(upper.rounds.map((value, round) => value / rounds[round]!));
}

/** Varve does at least `factor` times what the other one does; undecided without the other. */
export function atLeast(
  varve: Measurement,
  factor: number,
  other: Measurement | undefined,
  text: string,
): Goal {
  if (other === undefined) return { text, reached: 'nothing to compare with', met: undefined };
  const reached = ratio(varve, other);
  return { text, reached: `${reached.toFixed(2)}x of ${other.by}`, met: reached >= factor };
}

/**
 * The same against a constant, which was taken on a quiet machine. The verdict goes by the clock; where
 * others used this machine, what the share of a processor makes of it is told as well.
 */
export function atLeastConstant(
  varve: Measurement,
  factor: number,
  other: Measurement,
  text: string,
): Goal {
  const goal = atLeast(varve, factor, other, text);
  const { processorShare: share } = varve;
  if (share === undefined || share > 0.95) return goal;
  const adjusted = (ratio(varve, other) / share).toFixed(2);
  return { ...goal, reached: `${goal.reached} (${adjusted}x by processor time)` };
}

/** The goal is judged by the other one that did most. */
export function atLeastBest(
  varve: Measurement,
  others: readonly Measurement[],
  text: string,
): Goal {
  const best = others.toSorted((a, b) => b.value - a.value)[0];
  return atLeast(varve, 1, best, text);
}

/** 1234567 → 1.23M */
export function shortened(value: number): string {
  if (value >= 999_500) return `${(value / 1e6).toPrecision(3)}M`;
  if (value >= 9995) return `${(value / 1000).toPrecision(3)}k`;
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function atMost(value: number, bound: number, unit: string, text: string): Goal {
  return { text, reached: `${shortened(value)} ${unit}`, met: value <= bound };
}

/** Something of Varve alone that has an upper bound. */
export function bounded(
  work: string,
  unit: string,
  rounds: readonly number[],
  bound: number,
): Figure {
  const varve = measured('varve', rounds);
  const goals = [atMost(varve.value, bound, unit, `<= ${bound} ${unit}`)];
  return { work, unit, better: 'less', measurements: [varve], goals };
}
