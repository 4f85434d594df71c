/**
 * The endpoints, one of which is used at a time: the first that can be reached, and when it fails the one
 * after it.
 */
import type { Clock } from '../base/clock.ts';
import { VarveError } from '../base/errors.ts';
import { Backoff } from './backoff.ts';
import { Endpoint } from './endpoint.ts';
import type { ClientOptions } from './options.ts';
import type { Stops } from './stops.ts';

export class Connection {
  readonly endpoints: readonly Endpoint[];
  readonly #options: ClientOptions;
  readonly #stops: Stops;
  #current = 0;
  #searching: Promise<Endpoint> | undefined;
  /** Nobody waits any more: the search ends. */
  #waiting = 0;

  constructor(urls: readonly string[], options: ClientOptions, stops: Stops) {
    this.endpoints = urls.map((url) => new Endpoint(url, options));
    this.#options = options;
    this.#stops = stops;
  }

  /** The one in use, if it is connected. */
  get ready(): Endpoint | undefined {
    const endpoint = this.endpoints[this.#current]!;
    return endpoint.isReady ? endpoint : undefined;
  }

  /** ERR_UNAVAILABLE if no endpoint can be reached in this time. */
  async reach(timeoutMs: number, signal?: AbortSignal): Promise<Endpoint> {
    const { ready } = this;
    if (ready !== undefined) return ready;
    this.#waiting++;
    let timer: Disposable | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = this.#options.clock.setTimer(timeoutMs, () => reject(this.#unreachable()));
    });
    try {
      this.#searching ??= this.#search().finally(() => (this.#searching = undefined));
      return await this.#stops.race(Promise.race([this.#searching, late]), signal);
    } finally {
      timer?.[Symbol.dispose]();
      this.#waiting--;
    }
  }

  /** It answers no more, or does not know a leader: the next one is used from now on. */
  leave(endpoint: Endpoint): void {
    if (this.endpoints[this.#current] !== endpoint || this.endpoints.length === 1) return;
    this.#current = (this.#current + 1) % this.endpoints.length;
    this.#options.logger.warn({ endpoint: endpoint.url }, 'endpoint failed: trying the next one');
  }

  close(): void {
    for (const endpoint of this.endpoints) endpoint.close();
  }

  async #search(): Promise<Endpoint> {
    const backoff = new Backoff(this.#options.random);
    do {
      for (let i = 0; i < this.endpoints.length; i++) {
        const at = (this.#current + i) % this.endpoints.length;
        const endpoint = this.endpoints[at]!;
        if (!(await endpoint.connect(this.#options.dialTimeoutMs))) continue;
        this.#current = at;
        return endpoint;
      }
      await elapse(this.#options.clock, backoff.nextMs());
    } while (this.#waiting > 0);
    throw this.#unreachable();
  }

  #unreachable(): VarveError {
    const urls = this.endpoints.map(({ url }) => url).join(', ');
    return new VarveError('ERR_UNAVAILABLE', `no endpoint can be reached: ${urls}`);
  }
}

export function elapse(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}
