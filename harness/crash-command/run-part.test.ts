/** Parts at work by hands that do as they are told. */
import { describe, expect, test } from 'vitest';
import { type Part, PlaceError, type PartResult } from '../crash/part.ts';
import type { Chunk } from '../runner/plan.ts';
import { UsageError } from '../runner/usage.ts';
import { budgetOf, timeOf, timeOfFirst } from './budget.ts';
import type { PartFigures, PartReport } from './crash-report.ts';
import { crashFlags } from './flags.ts';
import { naming, type PartHand } from './hands.ts';
import { runPartChunk } from './part-chunks.ts';
import { replayOf } from './replay.ts';
import { runPart } from './run-part.ts';

const failure = { at: '0@1:', problems: ['wrong'], story: [] };

/** Each run takes so long, and is as `results` says. */
function partOf(results: (run: number) => PartResult, ms = 0): Part {
  return {
    name: 'states',
    unit: 'crash states',
    run: async ({ run }) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return results(run);
    },
  };
}

interface HandOptions {
  readonly at?: string;
  readonly isSlow?: (chunk: Chunk) => boolean;
}

const handOf = (part: Part, { at, isSlow = () => false }: HandOptions = {}): PartHand => ({
  run: async (chunk) => {
    if (isSlow(chunk)) await new Promise((resolve) => setTimeout(resolve, 30));
    return runPartChunk(part, { seed: 5, at, shrinkMs: 0 }, chunk);
  },
  close: async () => {},
});

function run(
  hands: readonly PartHand[],
  { runs, timeMs = Infinity }: { readonly runs?: number; readonly timeMs?: number },
  onProgress: (figures: PartFigures) => void = () => {},
): Promise<PartReport> {
  return runPart({
    part: { name: 'states', unit: 'crash states' },
    budget: {
      from: 0,
      runs: runs ?? Number.MAX_SAFE_INTEGER,
      timeMs,
      now: () => performance.now(),
    },
    hands,
    onProgress,
    replayOf: (failure) => replayOf('states', 5, failure),
  });
}

test('what the runs come to is added up, the most frequent kind first', async () => {
  const part = partOf((run) => ({
    judged: 10,
    covered: [
      ['a', 1],
      [run % 2 === 0 ? 'b' : 'c', 3],
    ],
  }));
  const shown: PartFigures[] = [];
  const report = await run([handOf(part), handOf(part)], { runs: 5 }, (figures) => {
    shown.push(figures);
  });
  expect(report).toMatchObject({ part: 'states', unit: 'crash states', runs: 5, judged: 50 });
  expect(report.covered).toEqual([
    ['b', 9],
    ['c', 6],
    ['a', 5],
  ]);
  expect(report.failure).toBeUndefined();
  expect(shown.at(-1)).toMatchObject({ runs: 5, judged: 50, goalRuns: 5 });
});

test('of several failures that of the lowest run counts, whoever comes first', async () => {
  const part = partOf((run) => ({
    judged: 1,
    covered: [],
    failure: { ...failure, at: `${run}@0:` },
  }));
  const report = await run([handOf(part, { isSlow: ({ first }) => first === 0 }), handOf(part)], {
    runs: 9,
  });
  expect(report.runs).toBe(2);
  expect(report.failure).toEqual({
    ...failure,
    at: '0@0:',
    run: 0,
    replay: 'varve-harness crash --part states --seed 5 --run 0 --at 0@0:',
  });
});

test('a chunk ends at its first failure', async () => {
  const part = partOf((run) => ({ judged: 1, covered: [], ...(run === 4 && { failure }) }));
  const init = { seed: 5, at: undefined, shrinkMs: 0 };
  const { runs, judged, failure: found } = await runPartChunk(part, init, { first: 3, count: 9 });
  expect([runs, judged, found?.run]).toEqual([2, 2, 4]);
});

test('a place that there is not is a wrong flag, if somebody asked for it', async () => {
  const part = partOf(() => {
    throw new PlaceError('a place looks like this');
  });
  const asked = run([handOf(part, { at: 'that' })], { runs: 1 });
  await expect(asked).rejects.toThrow(UsageError);
  await expect(asked).rejects.toThrow('--at: a place looks like this');
  await expect(run([handOf(part)], { runs: 1 })).rejects.toThrow(PlaceError);
});

const broken = partOf(() => {
  throw new TypeError('x is not a function');
});

describe('a bug of the harness', () => {
  test('is told with the part and the runs it came up in', async () => {
    const hand = naming('states', 5, handOf(broken));
    await expect(hand.run({ first: 12, count: 1 })).rejects.toThrow(
      'part states, run 12: TypeError: x is not a function',
    );
    const four = hand.run({ first: 12, count: 4 });
    await expect(four).rejects.toThrow('part states, runs 12 to 15: TypeError');
    await expect(four).rejects.toThrow(
      'varve-harness crash --part states --seed 5 --runs 16 --workers 1',
    );
  });

  test('ends the run, and is no failure of the store', async () => {
    await expect(run([naming('states', 5, handOf(broken))], { runs: 1 })).rejects.toThrow(
      'part states, run 0:',
    );
  });
});

describe('time', () => {
  test('is divided by shares, and what one takes too much the others share', () => {
    const { parts } = crashFlags([]);
    expect(timeOfFirst(parts, 10_000)).toBeCloseTo(5000);
    expect(timeOfFirst(parts.slice(1), 5000)).toBeCloseTo(1500);
    expect(timeOfFirst(parts.slice(1), 1000)).toBeCloseTo(300);
    expect(timeOfFirst(['kills'], 700)).toBeCloseTo(700);
  });

  test('that is used up is enough to begin', async () => {
    const timeMs = timeOfFirst(['kills'], -5000);
    const part = partOf(() => ({ judged: 3, covered: [] }), 100);
    const report = await run([handOf(part), handOf(part)], { timeMs });
    expect(report).toMatchObject({ runs: 2, judged: 6 });
  });

  test('is ten seconds unless something is asked for, and a replay has no end', () => {
    const none = { run: undefined, runs: undefined, timeMs: undefined };
    expect(timeOf(none)).toBe(10_000);
    expect(timeOf({ ...none, timeMs: 5 })).toBe(5);
    expect(timeOf({ ...none, runs: 5 })).toBe(Infinity);
    expect(timeOf({ ...none, runs: 5, timeMs: 5 })).toBe(5);
    const args = ['--part', 'states', '--seed', '1', '--run', '8'];
    expect(timeOf(crashFlags(args))).toBe(Infinity);
    expect(budgetOf(crashFlags(args), 50, () => 0)).toMatchObject({ from: 8, runs: 1 });
  });
});
