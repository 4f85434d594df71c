/** Snapshot files between two stores: whatever traffic there was, the model does not notice. */
import { expect, test } from 'vitest';
import { trySnapshots } from './trial.ts';

test('a store made of a snapshot file answers as the one before', async () => {
  const numbers: number[] = [];
  const report = await trySnapshots({ seed: 7, runs: 16, onRun: (run) => numbers.push(run) });
  expect(report.failure).toBeUndefined();
  expect(report.runs).toBe(16);
  expect(numbers).toHaveLength(16);
});
