/**
 * How long the event loop stood still: Node's own monitor sets a timer in native code every millisecond
 * and notes how late it is. Pauses of the collector and of the operating system count as well, so a
 * pause is worth little without one that was measured just before, under the same load.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

const RESOLUTION_MS = 1;

export class PauseMeter {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  /** The longest pause since the meter was made, in ms. */
  async stop(): Promise<number> {
    // A pause is noted when it is over and the timer's turn has come.
    await setTimeout(2 * RESOLUTION_MS);
    this.#histogram.disable();
    return Math.max(0, this.#histogram.max / 1e6 - RESOLUTION_MS);
  }
}

/** How long `work` takes, and the longest pause meanwhile. */
export async function timed(
  work: () => Promise<unknown>,
): Promise<{ readonly ms: number; readonly pauseMs: number }> {
  const pauses = new PauseMeter();
  const started = performance.now();
  await work();
  const ms = performance.now() - started;
  return { ms, pauseMs: await pauses.stop() };
}
