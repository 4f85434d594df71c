/** The count of bytes, alive and dead, against what is there. */
import { expect, test } from 'vitest';
import { BackendState } from './backend-state.ts';
import { verifySpace } from './verify-backend.ts';

const BYTES = 100;

/** Ten revisions in each of two slots; the first one is dead. */
function state(): BackendState {
  const filled = new BackendState();
  for (let i = 0; i < 20; i++) filled.append(i + 2, 0, false, i < 10 ? 0 : 1, i * BYTES, BYTES);
  filled.kill(0);
  return filled;
}

function problemsOf(of: BackendState, between: () => void = () => {}): string[] {
  const problems: string[] = [];
  const job = verifySpace(of, (problem) => problems.push(problem));
  while (job.next().done !== true) between();
  return problems;
}

test('what is counted right passes', () => {
  expect(problemsOf(state())).toEqual([]);
  expect(problemsOf(new BackendState())).toEqual([]);
});

test('too much or too little, alive or dead, is told', () => {
  const alive = state();
  alive.space.die(1, BYTES);
  expect(problemsOf(alive)).toEqual([
    expect.stringContaining('segment slot 1: 1000 bytes are alive and 900 are counted'),
    expect.stringContaining('1900 bytes are alive in all and 1800 are counted'),
  ]);
  const dead = state();
  dead.space.addDead(0, -BYTES);
  expect(problemsOf(dead)).toEqual([
    expect.stringContaining('segment slot 0: 100 bytes are dead and 0 are counted'),
  ]);
});
