/**
 * A stream that is made again when it breaks, for as long as somebody needs it. What was said on the old one
 * is forgotten by the server: whoever uses it says it again when told that a new one is open.
 */
import type { DescMethodBiDiStreaming, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { type ServiceError, status } from '@grpc/grpc-js';
import type { VarveError } from '../base/errors.ts';
import { errorOf } from '../wire/errors.ts';
import { Backoff } from './backoff.ts';
import type { Calls, Duplex } from './calls.ts';
import { elapse } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import { isTokenStale } from './retry.ts';

export interface StreamEvents<M extends DescMethodBiDiStreaming> {
  /** Whether a stream is wanted at all. */
  readonly isNeeded: () => boolean;
  readonly onOpen: (endpoint: Endpoint) => void;
  readonly onMessage: (message: MessageShape<M['output']>) => void;
  /** It broke; there will be another. */
  readonly onBreak: () => void;
  /** No other would do better: who is not allowed, or asks for what the server does not know. */
  readonly onRefused: (error: VarveError) => void;
}

const HOPELESS: ReadonlySet<number> = new Set([
  status.UNIMPLEMENTED,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.INVALID_ARGUMENT,
]);

export class LastingStream<M extends DescMethodBiDiStreaming> {
  readonly #calls: Calls;
  readonly #method: M;
  readonly #events: StreamEvents<M>;
  readonly #backoff: Backoff;
  #stream: Duplex<M> | undefined;
  #endpoint: Endpoint | undefined;
  #isOpening = false;
  #isClosed = false;

  constructor(calls: Calls, method: M, events: StreamEvents<M>) {
    this.#calls = calls;
    this.#method = method;
    this.#events = events;
    this.#backoff = new Backoff(calls.options.random);
  }

  get isOpen(): boolean {
    return this.#stream !== undefined;
  }

  /** To be called when one is needed; does nothing if there is one. */
  open(): void {
    if (this.isOpen || this.#isOpening || this.#isClosed) return;
    this.#isOpening = true;
    void this.#openUntilDone().finally(() => {
      this.#isOpening = false;
      // Somebody may have come while it ended for want of a need.
      if (!this.isOpen && this.#events.isNeeded()) this.open();
    });
  }

  /** Lost if no stream is open. */
  send(message: MessageInitShape<M['input']>): void {
    this.#stream?.write(message);
  }

  /** Whoever is asked does not answer: the next one is. */
  renew(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#broken(stream, this.#endpoint!, undefined);
    stream.cancel();
  }

  /** Nobody needs it now. */
  drop(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.cancel();
  }

  close(): void {
    this.#isClosed = true;
    this.drop();
  }

  async #openUntilDone(): Promise<void> {
    while (!this.#isClosed && this.#events.isNeeded()) {
      try {
        const { stream, endpoint } = await this.#calls.duplex(this.#method);
        this.#use(stream, endpoint);
        if (!this.#events.isNeeded()) this.drop();
        return;
      } catch (error) {
        if (this.#isClosed) return;
        const { code } = error as Partial<VarveError>;
        if (code === 'ERR_UNAVAILABLE') continue;
        this.#events.onRefused(error as VarveError);
        return;
      }
    }
  }

  #use(stream: Duplex<M>, endpoint: Endpoint): void {
    this.#stream = stream;
    this.#endpoint = endpoint;
    stream.on('data', (message: MessageShape<M['output']>) => {
      if (this.#stream !== stream) return;
      this.#backoff.reset();
      this.#events.onMessage(message);
    });
    stream.on('error', (error: Error) => this.#broken(stream, endpoint, error as ServiceError));
    stream.on('end', () => this.#broken(stream, endpoint, undefined));
    this.#events.onOpen(endpoint);
  }

  #broken(stream: Duplex<M>, endpoint: Endpoint, error: ServiceError | undefined): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#calls.options.logger.debug(
      { endpoint: endpoint.url, error: error?.message },
      'stream broke',
    );
    this.#events.onBreak();
    if (error !== undefined && HOPELESS.has(error.code) && !isTokenStale(error)) {
      this.#events.onRefused(errorOf(error));
      return;
    }
    this.#calls.connection.leave(endpoint);
    void elapse(this.#calls.options.clock, this.#backoff.nextMs()).then(() => this.open());
  }
}
