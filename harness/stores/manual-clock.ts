/** Time that stands still until told otherwise. */
import type { Clock } from '../../engine/index.ts';

export class ManualClock implements Clock {
  #timers = new Set<() => void>();

  /** A sync never takes any time, so the store always syncs in place and in order. */
  now(): number {
    return 0;
  }

  setTimer(_delayMs: number, run: () => void): Disposable {
    this.#timers.add(run);
    return { [Symbol.dispose]: () => this.#timers.delete(run) };
  }

  /** Long enough for every timer, and for those that they set. */
  elapse(): void {
    for (let round = 0; round < ROUNDS_MAX && this.#timers.size > 0; round++) {
      const due = this.#timers;
      this.#timers = new Set();
      for (const run of due) run();
    }
  }
}

/** A timer that sets itself again goes on for ever. */
const ROUNDS_MAX = 8;
