/**
 * How background work shares the thread: in slices of a fraction of a millisecond, and between them turns
 * of the event loop. While others are busy it rests eleven times as long as it worked, so that they keep
 * eleven twelfths of the thread, and what the change from one to the other costs comes on top; when a turn
 * took them longer than that, it may work as much longer, up to a bound that nobody notices. When nobody is
 * busy, it goes on after a single turn. Whoever waits for the disk is busy, too: a stall of the disk is no
 * time to take the thread, since all who waited come back at once.
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

export interface PacerInit {
  readonly clock: Clock;
  /** Changes whenever somebody else uses the store. */
  readonly activity: () => number;
  /** Somebody waits for the disk. */
  readonly isAwaited: () => boolean;
  /** How far the work has fallen behind, from 0 to 1. */
  readonly pressure?: (() => number) | undefined;
}

export class Pacer {
  readonly #init: PacerInit;
  #seen: number;
  #startedMs: number;
  /** How long it may work before it has to rest. */
  #earnedMs = 0;

  constructor(init: PacerInit) {
    this.#init = init;
    this.#seen = init.activity();
    this.#startedMs = init.clock.now();
  }

  /** Called after each slice. */
  async rest(): Promise<void> {
    const { clock } = this.#init;
    const sinceMs = clock.now();
    const workedMs = sinceMs - this.#startedMs;
    if (workedMs < this.#earnedMs) return;
    const restShare = this.#restShare();
    for (let turns = 0; turns < TURNS_MAX; turns++) {
      await new Promise(setImmediate);
      if (this.#isQuiet() || clock.now() - sinceMs >= workedMs * restShare) break;
    }
    this.#startedMs = clock.now();
    this.#earnedMs = Math.min(WORK_MS_MAX, (this.#startedMs - sinceMs) / restShare);
  }

  /** Nobody has done anything since the last look, nor waits. */
  #isQuiet(): boolean {
    const { activity, isAwaited } = this.#init;
    const now = activity();
    const isQuiet = now === this.#seen && !isAwaited();
    this.#seen = now;
    return isQuiet;
  }

  /** How long it rests, of the time it worked. */
  #restShare(): number {
    const pressure = Math.min(1, Math.max(0, this.#init.pressure?.() ?? 0));
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
