/**
 * A real process is killed on a real disk, again and again: some rounds in one directory, each from where the
 * last one left it. Some kills are at an instant that the clock picks, some right when something has begun, some
 * in the middle of a call of the disk; and some hit who opens what another kill has left.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenOptions } from '../../engine/index.ts';
import type { Part, PartPlan, PartResult } from '../crash/part.ts';
import { randomOf, seedOf } from '../runner/random.ts';
import { NO_PAST, type Past } from './judge.ts';
import type { Moment } from './process.ts';
import { killRound, killShape } from './round.ts';
import type { Phase, Suicide } from './script.ts';

const ROUNDS = 3;
/** More than are asked for by the latest kill. */
const STEPS = 260;

/** Acknowledges before it has written; what is there must be a prefix all the same. */
const lazyShape: OpenOptions = { ...killShape, sync: 'interval', batchIntervalMs: 15 };

export const killsPart: Part = { name: 'kills', unit: 'kills', run };

async function run({ seed, run }: PartPlan): Promise<PartResult> {
  const parent = mkdtempSync(join(tmpdir(), 'varve-kills-'));
  const directory = join(parent, 'store');
  const random = randomOf(seedOf(seed, run));
  const covered = new Map<string, number>();
  let judged = 0;
  let past: Past = NO_PAST;
  for (let number = 0; number < ROUNDS; number++) {
    const recoveries = random() < 0.3 ? [instant(openings, random)] : [];
    const { problems, kills, story, ...left } = await killRound({
      directory,
      options: random() < 0.15 ? lazyShape : killShape,
      past,
      number,
      seed: Math.floor(random() * 0x7fffffff),
      steps: STEPS,
      ...instant(instants, random),
      recoveries,
      thorough: random() < 0.3,
      random,
    });
    judged += kills.length;
    for (const kind of kills.flat()) covered.set(kind, (covered.get(kind) ?? 0) + 1);
    if (problems.length > 0) {
      const kept = `# the directory is ${directory}`;
      const failure = { at: `round-${number}`, problems, story: [...story, kept] };
      return { judged, covered: [...covered], failure };
    }
    past = left.past!;
  }
  rmSync(parent, { recursive: true, force: true });
  return { judged, covered: [...covered] };
}

interface Instant {
  readonly moment: Moment;
  readonly suicide?: Suicide;
}
type Instants = readonly (readonly [weight: number, instant: (random: () => number) => Instant])[];

const instants: Instants = [
  [30, during('asked', 140, 20)],
  [12, during('open', 2, 8)],
  [8, during('close', 2, 3)],
  [10, during('compaction', 2, 3)],
  [10, during('defragment', 2, 4)],
  [6, during('backup', 2, 3)],
  [24, (random) => dying(1 + Math.floor(random() ** 2 * 250), random)],
];

/** Of a child that does nothing but open the store. */
const openings: Instants = [
  [1, during('open', 1, 5)],
  [2, (random) => dying(1 + Math.floor(random() * 7), random)],
];

function during(
  phase: Phase | 'asked',
  times: number,
  msMax: number,
): (random: () => number) => Instant {
  return (random) => {
    const nth = 1 + Math.floor(random() * times);
    return { moment: { phase, nth, ms: Math.floor(random() * (msMax + 1)) } };
  };
}

const dying = (call: number, random: () => number): Instant => ({
  moment: 'suicide',
  suicide: { call, share: random() },
});

function instant(among: Instants, random: () => number): Instant {
  const sum = among.reduce((sum, [weight]) => sum + weight, 0);
  let at = random() * sum;
  const [, pick] = among.find(([weight]) => (at -= weight) < 0) ?? among.at(-1)!;
  return pick(random);
}
