/**
 * Damage to the files of a store is found, or does no harm (see `verdict.ts` for what that means): anything
 * in random stores, then byte by byte and sector by sector in small ones.
 */
import { describe, expect, test } from 'vitest';
import type { PartResult } from '../crash/part.ts';
import { corruptionPart } from './corruption-part.ts';
import { type Court, nameOfBlow } from './court.ts';
import type { Damage } from './damage.ts';
import type { Image } from './image.ts';
import { withSmallLimits } from './victim.ts';
import { courtOf, small } from './victims.testing.ts';

// Refusals by the thousand: a full stack for each would cost more than the rest of it.
Error.stackTraceLimit = 4;

const SEED = 1;
const RUNS = Number(process.env['VARVE_RUNS'] ?? 4);

test('random damage to a random store is found or does no harm', async () => {
  const covered = new Map<string, number>();
  for (let run = 0; run < RUNS; run++) {
    const result = await corruptionPart.run({ seed: SEED, run });
    expect(failureOf(result)).toBe('');
    for (const [what, times] of result.covered) covered.set(what, (covered.get(what) ?? 0) + times);
  }
  const names = [...covered.keys()];
  for (const outcome of ['refused', 'told by reads', 'repaired', 'unharmed']) {
    expect(names.some((name) => name.endsWith(`: ${outcome}`))).toBe(true);
  }
  for (const file of ['MANIFEST', 'CHECKPOINT', 'the active segment', 'a sealed segment']) {
    expect(names.some((name) => name.includes(` in ${file}: `))).toBe(true);
  }
  for (const file of ['a backup', 'LOCK', 'a leftover', 'two damages at once']) {
    expect(names.some((name) => name.includes(file))).toBe(true);
  }
}, 600_000);

test('a run is known by seed and number, and one damage of it by its name', async () => {
  const [once, again] = [
    await corruptionPart.run({ seed: 7, run: 3 }),
    await corruptionPart.run({ seed: 7, run: 3 }),
  ];
  expect(again).toEqual(once);
  const alone = await corruptionPart.run({ seed: 7, run: 3, at: 'whole' });
  expect(alone).toEqual({ judged: 1, covered: [['nothing damaged: unharmed', 1]] });
  const other = corruptionPart.run({ seed: 7, run: 3, at: 'remove:nothing' });
  await expect(other).rejects.toThrow('this run has no damage "remove:nothing"');
}, 60_000);

describe.each(Object.entries(small))('a store that was %s', (_, plan) => {
  test(
    'loses nothing to a byte that changes',
    () =>
      withSmallLimits(async () => {
        const { victim, court } = await courtOf(plan);
        expect(await wrongOf(court, flipsOf(victim.image), false)).toEqual([]);
      }),
    120_000,
  );

  test(
    'is never misread when a frame or a sector is zeroed, or a file is cut',
    () =>
      withSmallLimits(async () => {
        const { victim, court } = await courtOf(plan);
        expect(await wrongOf(court, cutsOf(victim.image), true)).toEqual([]);
      }),
    120_000,
  );
});

/** What is wrong with how each damage is met; `mayLose`: whether steps may be gone. */
async function wrongOf(
  court: Court,
  damages: Iterable<Damage>,
  mayLose: boolean,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const damage of damages) {
    const verdict = await court.try([damage], mayLose);
    if (verdict === undefined) continue;
    const { outcome, problems } = verdict;
    if (problems.length > 0) wrong.push(nameOfBlow([damage]), ...problems);
    if (!mayLose && outcome === 'repaired') wrong.push(nameOfBlow([damage]), outcome);
  }
  return wrong;
}

function* flipsOf(image: Image): Generator<Damage> {
  for (const [path, bytes] of image) {
    for (const [at, byte] of bytes.entries()) {
      // Of empty space and of long values, fewer.
      if (at % (byte === bytes[at - 1] ? 64 : 3) !== 0) continue;
      yield { kind: 'flip', path, at, bit: (at >> 1) % 8 };
    }
  }
}

function* cutsOf(image: Image): Generator<Damage> {
  for (const [path, bytes] of image) {
    for (let at = 0; at < bytes.length; at += 8) {
      if (at % 128 !== 0 && !isFrame(bytes, at)) continue;
      yield { kind: 'cut', path, at };
      for (const length of [8, 512 - (at % 512), 512]) yield { kind: 'zero', path, at, length };
    }
  }
}

function failureOf({ failure }: PartResult): string {
  if (failure === undefined) return '';
  return [...failure.story, failure.at, ...failure.problems].join('\n');
}

const isFrame = (bytes: Uint8Array, at: number): boolean =>
  Buffer.from(bytes.subarray(at, at + 4)).equals(Buffer.from('VFRM'));
