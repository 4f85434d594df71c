/**
 * Long work on an open store that somebody asked for: it ends early when the caller's signal aborts or the
 * store closes, and closing waits until it has cleared up behind itself.
 */
import { closed } from '../base/errors.ts';

/** Called between slices; throws if there is no point in going on. */
export type Stopped = () => void;

export class Jobs {
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  run<R>(signal: AbortSignal | undefined, job: (stopped: Stopped) => Promise<R>): Promise<R> {
    const stopped = (): void => {
      signal?.throwIfAborted();
      if (this.#closed) throw closed();
    };
    const done = (async () => {
      stopped();
      return job(stopped);
    })();
    this.#running.add(done);
    const forget = (): void => void this.#running.delete(done);
    done.then(forget, forget);
    return done;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
  }
}
