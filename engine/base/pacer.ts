/**
 * How background work shares the thread: in slices of a fraction of a millisecond, and between them turns
 * of the event loop. While others are busy it rests five times as long as it worked, so that they keep
 * five sixths of the thread; when a turn took them longer than that, it may work as much longer, up to a
 * bound that nobody notices. When nobody is busy, it goes on after a single turn. What is urgent rests less.
 */
import type { Clock } from './clock.ts';

const REST_SHARE = 5;
/** Of work that must not fall behind any further. */
const URGENT_REST_SHARE = 1.5;
/** The most that a long rest earns. */
const WORK_MS_MAX = 4;
/** Under a clock that stands still the rest must end too. */
const TURNS_MAX = 256;

export class Pacer {
  readonly #clock: Clock;
  readonly #activity: () => number;
  readonly #isUrgent: () => boolean;
  #seen: number;
  #startedMs: number;
  /** How long it may work before it has to rest. */
  #earnedMs = 0;

  /** `activity` changes whenever somebody else uses the store. */
  constructor(clock: Clock, activity: () => number, isUrgent: () => boolean = () => false) {
    this.#clock = clock;
    this.#activity = activity;
    this.#isUrgent = isUrgent;
    this.#seen = activity();
    this.#startedMs = clock.now();
  }

  /** Called after each slice. */
  async rest(): Promise<void> {
    const sinceMs = this.#clock.now();
    const workedMs = sinceMs - this.#startedMs;
    if (workedMs < this.#earnedMs) return;
    const restShare = this.#isUrgent() ? URGENT_REST_SHARE : REST_SHARE;
    for (let turns = 0; turns < TURNS_MAX; turns++) {
      await new Promise(setImmediate);
      const isQuiet = this.#activity() === this.#seen;
      this.#seen = this.#activity();
      if (isQuiet || this.#clock.now() - sinceMs >= workedMs * restShare) break;
    }
    this.#startedMs = this.#clock.now();
    this.#earnedMs = Math.min(WORK_MS_MAX, (this.#startedMs - sinceMs) / restShare);
  }

  /** Runs a job to its end, resting at each of its yields; `stopped` throws to end it early. */
  async run<R>(job: Generator<unknown, R>, stopped: () => void = () => {}): Promise<R> {
    for (;;) {
      stopped();
      const step = job.next();
      if (step.done === true) return step.value;
      await this.rest();
    }
  }
}
