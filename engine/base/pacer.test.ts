/** Who gets how much of the thread, on a clock that moves only while somebody works. */
import { expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { Pacer, type PacerInit } from './pacer.ts';

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

const NOBODY = { activity: () => 0, isAwaited: () => false };

/** Of the thread, beside others who are busy all the time; they may be seen to be, or only to wait. */
async function shareBesideOthers(turnMs: number, more: Partial<PacerInit> = {}): Promise<number> {
  const clock = new WorkClock();
  let activity = 0;
  let isOver = false;
  const pacer = new Pacer({ clock, ...NOBODY, activity: () => activity, ...more });
  const theirs = others(
    clock,
    turnMs,
    () => isOver,
    () => void activity++,
  );
  expect(await pacer.run(job(clock, 400, 0.2))).toBe('done');
  isOver = true;
  expect(await theirs).toBeGreaterThan(0);
  return (400 * 0.2) / clock.nowMs;
}

test.each([0.1, 1, 8])(
  'others who are busy, or wait for the disk, %f ms a turn, keep about eleven twelfths',
  async (turnMs) => {
    for (const more of [{}, { activity: () => 0, isAwaited: () => true }]) {
      const share = await shareBesideOthers(turnMs, more);
      expect(share).toBeGreaterThan(0.05);
      expect(share).toBeLessThan(0.1);
    }
  },
);

test.each([
  [-3, 0.05, 0.1],
  [0.5, 0.35, 0.47],
  [1, 0.65, 0.8],
  [50, 0.65, 0.8],
])('under a pressure of %f it takes more', async (pressure, least, most) => {
  const share = await shareBesideOthers(0.1, { pressure: () => pressure });
  expect(share).toBeGreaterThan(least);
  expect(share).toBeLessThan(most);
});

test('when nobody is busy it goes on after a turn', async () => {
  const clock = new WorkClock();
  let turns = 0;
  const over = new AbortController();
  const counting = (async () => {
    for (; !over.signal.aborted; turns++) await new Promise(setImmediate);
  })();
  await new Pacer({ ...NOBODY, clock }).run(job(clock, 100, 1));
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
  const running = new Pacer({ ...NOBODY, clock }).run(job(clock, 100, 1), stopped);
  await expect(running).rejects.toThrow('closed');
  expect(clock.nowMs).toBe(3);
});
