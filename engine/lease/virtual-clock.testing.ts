/** Time that moves when it is told to, and runs what has become due, in order. */
import type { Clock } from '../base/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #timers = new Set<Timer>();

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, run: () => void): Disposable {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** The process was stopped: time went on, and no timer ran. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** What promises there are settle after each timer. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      await new Promise(setImmediate);
    }
    this.#nowMs = endMs;
  }
}
