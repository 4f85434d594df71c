/**
 * Renewals of leases, all over one stream. It is made again when it breaks, and what was not answered is
 * asked for again: to renew a lease twice does no harm.
 */
import { VarveError } from '../base/errors.ts';
import { Lease } from '../wire/generated/rpc_pb.ts';
import type { Calls } from './calls.ts';
import { LastingStream } from './lasting-stream.ts';

interface Renewal {
  readonly resolve: (ttlSeconds: number) => void;
  readonly reject: (error: Error) => void;
}

export interface RenewOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export class KeepAliver {
  readonly #calls: Calls;
  readonly #stream: LastingStream<(typeof Lease)['method']['leaseKeepAlive']>;
  /** By lease, in the order in which they were asked for. */
  readonly #renewals = new Map<bigint, Renewal[]>();

  constructor(calls: Calls) {
    this.#calls = calls;
    this.#stream = new LastingStream(calls, Lease.method.leaseKeepAlive, {
      isNeeded: () => this.#renewals.size > 0,
      onOpen: () => {
        for (const [ID, renewals] of this.#renewals) {
          for (const _ of renewals) this.#stream.send({ ID });
        }
      },
      onMessage: ({ ID, TTL, header }) => {
        calls.horizon.see({ header });
        this.#answer(ID, Number(TTL));
      },
      onBreak: () => {},
      onRefused: (error) => this.#rejectAll(error),
    });
  }

  /** The seconds it has from now on; 0 if there is no such lease (R123). */
  async renew(id: bigint, options: RenewOptions): Promise<number> {
    const { signal, timeoutMs = this.#calls.options.requestTimeoutMs } = options;
    const { clock } = this.#calls.options;
    this.#calls.stops.check(signal);
    let renewal: Renewal | undefined;
    let timer: Disposable | undefined;
    const answered = new Promise<number>((resolve, reject) => {
      renewal = { resolve, reject };
      timer = clock.setTimer(timeoutMs, () => {
        reject(unanswered(timeoutMs));
        this.#stream.renew();
      });
    });
    const before = this.#renewals.get(id);
    if (before === undefined) this.#renewals.set(id, [renewal!]);
    else before.push(renewal!);
    if (this.#stream.isOpen) this.#stream.send({ ID: id });
    else this.#stream.open();
    try {
      return await this.#calls.stops.race(answered, signal);
    } finally {
      timer?.[Symbol.dispose]();
      this.#forget(id, renewal!);
    }
  }

  close(): void {
    this.#stream.close();
  }

  #answer(id: bigint, ttlSeconds: number): void {
    const renewal = this.#renewals.get(id)?.[0];
    if (renewal === undefined) return;
    this.#forget(id, renewal);
    // A lease that is gone may be said to have less than nothing left.
    renewal.resolve(Math.max(0, ttlSeconds));
  }

  #forget(id: bigint, renewal: Renewal): void {
    const renewals = this.#renewals.get(id);
    const at = renewals?.indexOf(renewal) ?? -1;
    if (renewals === undefined || at < 0) return;
    renewals.splice(at, 1);
    if (renewals.length === 0) this.#renewals.delete(id);
  }

  #rejectAll(error: VarveError): void {
    for (const renewals of this.#renewals.values()) {
      for (const { reject } of renewals) reject(error);
    }
  }
}

const unanswered = (timeoutMs: number): VarveError =>
  new VarveError('ERR_UNAVAILABLE', `no answer to a renewal within ${Math.round(timeoutMs)} ms`);
