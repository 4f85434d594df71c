/**
 * Time comes in by constructor, so that a simulation owns it. `now` is monotonic milliseconds from an
 * arbitrary start (fractions allowed); it says nothing about the calendar.
 */
export interface Clock {
  now(): number;
  /** Runs once, after at least `delayMs`; disposing before that cancels. */
  setTimer(delayMs: number, run: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
