/** Everything that has to end when the store is closed: calls under way, and waits between them. */
import { closed } from '../base/errors.ts';

type Stop = (reason: Error) => void;

export class Stops {
  readonly #stops = new Set<Stop>();
  #reason: Error | undefined;

  /** Throws if the store is closed, or the signal aborted. */
  check(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** `stop` is told once, by whichever comes first; what is returned takes it back. */
  add(stop: Stop, signal: AbortSignal | undefined): () => void {
    const onAbort = (): void => stop(signal!.reason as Error);
    this.#stops.add(stop);
    signal?.addEventListener('abort', onAbort);
    return () => {
      this.#stops.delete(stop);
      signal?.removeEventListener('abort', onAbort);
    };
  }

  /** Like `work`, but for being stopped. */
  async race<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.check(signal);
    let release: (() => void) | undefined;
    const stopped = new Promise<never>((_, reject) => {
      release = this.add(reject, signal);
    });
    try {
      return await Promise.race([work, stopped]);
    } finally {
      release?.();
    }
  }

  close(): void {
    this.#reason = closed();
    for (const stop of this.#stops) stop(this.#reason);
  }
}
