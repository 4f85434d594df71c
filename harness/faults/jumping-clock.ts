/**
 * Time that stands still but for its jumps. What is to happen in a fraction of a second happens in the next
 * turn of the event loop; all else when a jump has passed it, and then in a turn of its own.
 */
import type { Clock } from '../../engine/index.ts';

/** Delays below this are housekeeping: rests, marks. */
const SHORT_MS = 100;

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

export class JumpingClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, run: () => void): Disposable {
    if (delayMs < SHORT_MS) {
      const turn = setImmediate(run);
      return { [Symbol.dispose]: () => clearImmediate(turn) };
    }
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** Back, too, though no clock should. */
  jump(ms: number): void {
    this.#nowMs += ms;
    for (const timer of this.#timers) {
      if (timer.atMs > this.#nowMs) continue;
      setImmediate(() => {
        if (this.#timers.delete(timer)) timer.run();
      });
    }
  }
}
