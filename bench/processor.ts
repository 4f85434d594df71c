/**
 * How much of a processor the main thread got. Wall-clock figures of work that needs nothing but a
 * processor are worth little while others use the machine; the share says how far off they may be.
 * A thread that waits for the disk has no processor either: for such work the share says nothing.
 */
import { readFileSync } from 'node:fs';

/** Processor time of the main thread, in ms; undefined where the system does not tell. */
function processorMs(): number | undefined {
  try {
    const [nanoseconds] = readFileSync('/proc/self/schedstat', 'latin1').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return undefined;
  }
}

export class ProcessorMeter {
  readonly #startedMs: number = performance.now();
  readonly #processorMs: number | undefined = processorMs();

  /** Processor time since the meter was made. */
  get ms(): number | undefined {
    const now = processorMs();
    return now === undefined || this.#processorMs === undefined
      ? undefined
      : now - this.#processorMs;
  }

  /** 1: the thread ran all the time. */
  get share(): number | undefined {
    const { ms } = this;
    return ms === undefined ? undefined : ms / (performance.now() - this.#startedMs);
  }
}
