import { expect, test } from 'vitest';
import { type Figures, Progress, type ProgressOutput, progressText } from './progress.ts';

const figures: Figures = {
  runs: 1234,
  operations: 567_890,
  seconds: 10,
  rulesExercised: 61,
  rulesTotal: 64,
};

function recorder(output: Omit<ProgressOutput, 'write'>): ProgressOutput & { written: string[] } {
  const written: string[] = [];
  return { ...output, written, write: (text) => written.push(text) };
}

test('the line, with a bar if there is a goal', () => {
  const line = '1,234 runs  567,890 operations (56,789/s)  rules 61 of 64  10 s';
  expect(progressText(figures)).toBe(line);
  expect(progressText({ ...figures, goalSeconds: 30 })).toBe(
    `[######--------------]  33%  ${line} of 30 s`,
  );
  expect(progressText({ ...figures, goalRuns: 1234, goalSeconds: 30 })).toMatch(/^\[#{20}\] 100%/);
  expect(progressText({ ...figures, seconds: 0 })).toContain('(0/s)');
});

test('on a terminal the line is written over, at most ten times a second', () => {
  const output = recorder({ isTTY: true, columns: 30 });
  const progress = new Progress(output);
  for (let i = 0; i <= 100; i++) progress.update({ ...figures, runs: i, seconds: i / 100 });
  // Floating point may make it one less.
  expect(output.written.length).toBeGreaterThan(8);
  expect(output.written.length).toBeLessThanOrEqual(11);
  const before = output.written.length;
  progress.update({ ...figures, runs: 101, seconds: 1.001 });
  progress.done();
  const [last, end] = output.written.slice(before);
  expect(last).toBe('\r101 runs  567,890 operations \x1b[K');
  expect(end).toBe('\n');
  for (const text of output.written.slice(0, -1)) {
    expect(text.startsWith('\r')).toBe(true);
    expect(text.replace('\r', '').replace('\x1b[K', '').length).toBeLessThan(30);
  }
});

test('elsewhere a line is added every ten seconds, and one at the end', () => {
  const output = recorder({});
  const progress = new Progress(output);
  for (let second = 0; second <= 25; second++) progress.update({ ...figures, seconds: second });
  progress.done();
  progress.done();
  expect(output.written.map((line) => / {2}([^ ]+ s)\n$/.exec(line)?.[1])).toEqual([
    '10 s',
    '20 s',
    '25 s',
  ]);
});

test('a run that showed nothing leaves nothing behind', () => {
  const output = recorder({ isTTY: true, columns: 80 });
  new Progress(output).done();
  expect(output.written).toEqual([]);
});
