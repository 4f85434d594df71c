/**
 * How background work shares the thread: in slices of a fraction of a millisecond, and between them turns
 * of the event loop. While others are busy it rests four times as long as it worked, so that they keep
 * four fifths of the thread; when a turn took them longer than that, it may work as much longer, up to a
 * bound that nobody notices. When nobody is busy, it goes on after a single turn.
 */
import type { Clock } from './clock.ts';

const REST_SHARE = 4;
/** The most that a long rest earns. */
const WORK_MS_MAX = 2;
/** Under a clock that stands still the rest must end too. */
const TURNS_MAX = 256;

export class Pacer {
  readonly #clock: Clock;
  readonly #activity: () => number;
  #seen: number;
  #startedMs: number;
  /** How long it may work before it has to rest. */
  #earnedMs = 0;

  /** `activity` changes whenever somebody else uses the store. */
  constructor(clock: Clock, activity: () => number) {
    this.#clock = clock;
    this.#activity = activity;
    this.#seen = activity();
    this.#startedMs = clock.now();
  }

  /** Called after each slice. */
  async rest(): Promise<void> {
    const sinceMs = this.#clock.now();
    const workedMs = sinceMs - this.#startedMs;
    if (workedMs < this.#earnedMs) return;
    for (let turns = 0; turns < TURNS_MAX; turns++) {
      await new Promise(setImmediate);
      const isQuiet = this.#activity() === this.#seen;
      this.#seen = this.#activity();
      if (isQuiet || this.#clock.now() - sinceMs >= workedMs * REST_SHARE) break;
    }
    this.#startedMs = this.#clock.now();
    this.#earnedMs = Math.min(WORK_MS_MAX, (this.#startedMs - sinceMs) / REST_SHARE);
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
