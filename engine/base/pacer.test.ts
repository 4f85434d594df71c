/** Who gets how much of the thread, on a clock that moves only while somebody works. */
import { expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { Pacer } from './pacer.ts';

class WorkClock implements Clock {
  nowMs = 0;
  now(): number {
    return this.nowMs;
  }
  setTimer(): Disposable {
    throw new Error('a pacer sets no timers');
  }
}

/** A job of so many slices. */
function* job(clock: WorkClock, slices: number, sliceMs: number): Generator<void, string, void> {
  for (let slice = 0; slice < slices; slice++) {
    clock.nowMs += sliceMs;
    yield;
  }
  return 'done';
}

/** Somebody who is busy at every turn until the job is over; returns how long that took them. */
async function others(clock: WorkClock, turnMs: number, isOver: () => boolean, seen: () => void) {
  let ms = 0;
  while (!isOver()) {
    clock.nowMs += turnMs;
    ms += turnMs;
    seen();
    await new Promise(setImmediate);
  }
  return ms;
}

test.each([0.1, 1, 8])(
  'others who are busy, %f ms a turn, keep about five sixths',
  async (turnMs) => {
    const clock = new WorkClock();
    let activity = 0;
    let isOver = false;
    const pacer = new Pacer(clock, () => activity);
    const theirs = others(
      clock,
      turnMs,
      () => isOver,
      () => void activity++,
    );
    const result = await pacer.run(job(clock, 400, 0.2));
    isOver = true;
    expect(result).toBe('done');
    const share = (400 * 0.2) / clock.nowMs;
    expect(await theirs).toBeGreaterThan(0);
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.2);
  },
);

test('when nobody is busy it goes on after a turn', async () => {
  const clock = new WorkClock();
  let turns = 0;
  const over = new AbortController();
  const counting = (async () => {
    for (; !over.signal.aborted; turns++) await new Promise(setImmediate);
  })();
  await new Pacer(clock, () => 0).run(job(clock, 100, 1));
  over.abort();
  await counting;
  expect(turns).toBeGreaterThanOrEqual(99);
  expect(turns).toBeLessThan(110);
});

test('what stops it is thrown between two slices', async () => {
  const clock = new WorkClock();
  const stopped = (): void => {
    if (clock.nowMs >= 3) throw new Error('closed');
  };
  const running = new Pacer(clock, () => 0).run(job(clock, 100, 1), stopped);
  await expect(running).rejects.toThrow('closed');
  expect(clock.nowMs).toBe(3);
});
