/**
 * How background work shares the thread: in slices of a fraction of a millisecond, and between them turns
 * of the event loop. While others are busy it rests eleven times as long as it worked, so that they keep
 * eleven twelfths of the thread, and what the change from one to the other costs comes on top; when a turn
 * took them longer than that, it may work as much longer, up to a bound that nobody notices. When nobody is
 * busy, it goes on after a single turn.
 *
 * Work that falls behind whoever makes it necessary would never end, so under **pressure** it rests less, until
 * it has three quarters of the thread:
 *
 *     pressure          0     0.25    0.5    0.75     1
 *     of the thread    8 %    25 %    42 %   58 %    75 %
 */
import type { Clock } from './clock.ts';

/** Of the thread, while others are busy. */
const SHARE = 1 / 12;
const SHARE_MAX = 3 / 4;
/** The most that a long rest earns. */
const WORK_MS_MAX = 4;
/** Under a clock that stands still the rest must end too. */
const TURNS_MAX = 256;

export class Pacer {
  readonly #clock: Clock;
  readonly #activity: () => number;
  readonly #pressure: () => number;
  #seen: number;
  #startedMs: number;
  /** How long it may work before it has to rest. */
  #earnedMs = 0;

  /** `activity` changes whenever somebody else uses the store; `pressure` counts from 0 to 1. */
  constructor(clock: Clock, activity: () => number, pressure: () => number = () => 0) {
    this.#clock = clock;
    this.#activity = activity;
    this.#pressure = pressure;
    this.#seen = activity();
    this.#startedMs = clock.now();
  }

  /** Called after each slice. */
  async rest(): Promise<void> {
    const sinceMs = this.#clock.now();
    const workedMs = sinceMs - this.#startedMs;
    if (workedMs < this.#earnedMs) return;
    const restShare = this.#restShare();
    for (let turns = 0; turns < TURNS_MAX; turns++) {
      await new Promise(setImmediate);
      const isQuiet = this.#activity() === this.#seen;
      this.#seen = this.#activity();
      if (isQuiet || this.#clock.now() - sinceMs >= workedMs * restShare) break;
    }
    this.#startedMs = this.#clock.now();
    this.#earnedMs = Math.min(WORK_MS_MAX, (this.#startedMs - sinceMs) / restShare);
  }

  /** How long it rests, of the time it worked. */
  #restShare(): number {
    const pressure = Math.min(1, Math.max(0, this.#pressure()));
    return 1 / (SHARE + pressure * (SHARE_MAX - SHARE)) - 1;
  }

  /** Runs a job to its end, resting at each of its yields; `stopped` throws to end it early. */
  async run<R>(job: Generator<unknown, R>, stopped: () => void = () => {}): Promise<R> {
    try {
      for (;;) {
        stopped();
        const step = job.next();
        if (step.done === true) return step.value;
        await this.rest();
      }
    } finally {
      // One that is stopped lets go of what it holds.
      job.return(undefined as R);
    }
  }
}
