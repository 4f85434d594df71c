/** A soak in short, and what would make a long one fail. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { growthOf, type Sample } from './heap.ts';
import { parseCommandLine } from './options.ts';
import { reportOf } from './report.ts';
import { soak } from './watch-soak.ts';

test('five seconds: every event keeps every guarantee', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'varve-soak-test-'));
  try {
    const result = await soak({ seconds: 5, directory, report: undefined, seed: 1 });
    expect(result.problems).toEqual([]);
    // Of each kind something happened, or nothing was shown.
    expect(result.consumers.filter(({ events }) => events === 0)).toEqual([]);
    expect(result.defragmentations).toBeGreaterThan(0);
    expect(reportOf(result)).toContain('Every event kept every guarantee.');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

const samplesOf = (heldBytes: (i: number) => number): Sample[] =>
  Array.from({ length: 100 }, (_, i) => ({
    seconds: i,
    heldBytes: heldBytes(i),
    residentBytes: 200e6,
  }));

test('memory that grows by a few bytes an event is not flat, and one that swings is', () => {
  expect(growthOf(samplesOf((i) => 30e6 + i * 300e3)).isFlat).toBe(false);
  expect(growthOf(samplesOf((i) => 30e6 + (i % 7) * 1e6)).isFlat).toBe(true);
  // Filling up at first is no growth.
  expect(growthOf(samplesOf((i) => Math.min(20, i) * 2e6)).isFlat).toBe(true);
});

test('the command line says how long', () => {
  expect(parseCommandLine(['--minutes', '2']).seconds).toBe(120);
  expect(parseCommandLine(['--seconds', '5']).seconds).toBe(5);
  expect(() => parseCommandLine(['--minutes', 'x'])).toThrow('--minutes takes a number above 0');
});
