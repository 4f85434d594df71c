import { expect, test } from 'vitest';
import type { ProgressOutput } from '../report/progress.ts';
import { PartProgress, progressTextOf } from './crash-progress.ts';
import type { PartFigures } from './crash-report.ts';

const figures: PartFigures = {
  part: 'states',
  unit: 'crash states',
  runs: 12,
  judged: 20_480,
  seconds: 10,
};

function recorder(output: Omit<ProgressOutput, 'write'>): ProgressOutput & { written: string[] } {
  const written: string[] = [];
  return { ...output, written, write: (text) => written.push(text) };
}

test('the line, with a bar if there is a goal', () => {
  expect(progressTextOf(figures)).toBe('states  20,480 crash states (2,048/s)  12 runs  10 s');
  expect(progressTextOf({ ...figures, goalSeconds: 30 })).toBe(
    'states  [######--------------]  33%  20,480 crash states (2,048/s)  12 runs  10 s of 30 s',
  );
  expect(progressTextOf({ ...figures, goalRuns: 12, goalSeconds: 30 })).toContain('100%');
  expect(progressTextOf({ ...figures, seconds: 0 })).toContain('(0/s)');
});

test('on a terminal the line is written over, at most ten times a second', () => {
  const output = recorder({ isTTY: true, columns: 30 });
  const progress = new PartProgress(output);
  for (let i = 0; i <= 100; i++) progress.update({ ...figures, runs: i, seconds: i / 100 });
  expect(output.written.length).toBeGreaterThan(8);
  expect(output.written.length).toBeLessThanOrEqual(11);
  progress.update({ ...figures, runs: 101, seconds: 1.001 });
  progress.done();
  expect(output.written.at(-2)).toBe('\rstates  20,480 crash states ('.slice(0, 30) + '\x1b[K');
  expect(output.written.at(-1)).toBe('\n');
});

test('elsewhere a line is added every ten seconds, and one at the end', () => {
  const output = recorder({});
  const progress = new PartProgress(output);
  for (let second = 0; second <= 25; second++) progress.update({ ...figures, seconds: second });
  progress.done();
  progress.done();
  expect(output.written.map((line) => / {2}([^ ]+ s)\n$/.exec(line)?.[1])).toEqual([
    '10 s',
    '20 s',
    '25 s',
  ]);
});

test('a part that showed nothing leaves nothing behind', () => {
  const output = recorder({ isTTY: true, columns: 80 });
  new PartProgress(output).done();
  expect(output.written).toEqual([]);
});
