/** A few of the rounds that `varve-harness crash` runs by the dozen, and a store that does not survive them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { randomOf } from '../runner/random.ts';
import { NO_PAST } from './judge.ts';
import { killsPart } from './kills-part.ts';
import { childProgram } from './process.ts';
import { killRound, killShape, type RoundInit, type RoundResult } from './round.ts';

/** Compiling takes its time. */
beforeAll(childProgram, 120_000);

const RUNS = 2;
const SEED = 20261;

test('whoever is killed, and however often, loses nothing', async () => {
  const kinds = new Set<string>();
  for (let run = 0; run < RUNS; run++) {
    const { judged, covered, failure } = await killsPart.run({ seed: SEED, run });
    expect(failure, failure && [...failure.problems, ...failure.story].join('\n')).toBeUndefined();
    expect(judged).toBeGreaterThanOrEqual(3);
    for (const [kind] of covered) kinds.add(kind);
  }
  expect(kinds.size).toBeGreaterThan(2);
});

const dying = (call: number) => ({ moment: 'suicide', suicide: { call, share: 0.5 } }) as const;

describe('a round', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'varve-kills-test-'));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  const round = (init: Partial<RoundInit>): Promise<RoundResult> =>
    killRound({
      directory: join(parent, 'store'),
      options: killShape,
      past: NO_PAST,
      number: 0,
      seed: SEED,
      steps: 160,
      moment: { phase: 'asked', nth: 60, ms: 5 },
      recoveries: [],
      thorough: false,
      random: randomOf(SEED),
      ...init,
    });

  test.each(['open', 'close', 'compaction', 'defragment', 'backup'] as const)(
    'can be told to end in %s',
    async (phase) => {
      const { problems, kills, story } = await round({ moment: { phase, nth: 1, ms: 0 } });
      expect(problems, story.join('\n')).toEqual([]);
      expect(kills.flat().length).toBeGreaterThan(0);
    },
  );

  test('can end in the middle of a write, and again while that is recovered from', async () => {
    const { problems, kills, story } = await round({
      ...dying(60),
      recoveries: [dying(1), dying(2)],
    });
    expect(problems, story.join('\n')).toEqual([]);
    expect(kills).toHaveLength(3);
  });

  test('catches a store that acknowledges what it has not written yet', async () => {
    const options = { ...killShape, sync: 'interval', batchIntervalMs: 5000 } as const;
    const found: string[] = [];
    // Now and then a kill comes when all has just been written for another reason.
    for (let number = 0; number < 6 && found.length === 0; number++) {
      const directory = join(parent, `store-${number}`);
      const { problems } = await round({ directory, options, promises: true, seed: SEED + number });
      found.push(...problems);
    }
    expect(found.join('\n')).toMatch(/^(Acknowledged|Revealed): /m);
  });
});
