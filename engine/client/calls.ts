/**
 * Requests with one answer, and streams. A request is encoded at once: what the caller does with his buffers
 * afterwards does not matter. It goes to whichever endpoint is in use, and once more if that is safe.
 */
import {
  create,
  type DescMethodBiDiStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type ClientDuplexStream, Metadata, type ServiceError } from '@grpc/grpc-js';
import { VarveError } from '../base/errors.ts';
import { Auth as AuthService } from '../wire/generated/rpc_pb.ts';
import { Auth } from './auth.ts';
import { Backoff } from './backoff.ts';
import { Connection, elapse } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import { Horizon } from './horizon.ts';
import type { ClientOptions } from './options.ts';
import { callError, isEndpointLost, isTokenStale, isWorthRepeating } from './retry.ts';
import { Stops } from './stops.ts';

export interface UnaryOptions {
  readonly signal?: AbortSignal | undefined;
  /** It changes nothing, or the same again: a lost answer may be asked for once more. */
  readonly isRepeatable?: boolean;
  /** Default the store's; Infinity: as long as it takes. */
  readonly timeoutMs?: number;
  /** No other than this one is asked. */
  readonly endpoint?: Endpoint | undefined;
  /** It is not sent before that, if that comes in time. */
  readonly after?: Promise<unknown> | undefined;
}

/** Twelve days, for whatever takes its time. Servers on grpc-js take the 25 days of 2^31 ms for none at all. */
const NEVER_MS = 2 ** 30;
const NO_OPTIONS: UnaryOptions = {};

interface Request {
  readonly path: string;
  readonly bytes: Buffer;
  readonly options: UnaryOptions;
  readonly endsAtMs: number;
}

export type Duplex<M extends DescMethodBiDiStreaming> = ClientDuplexStream<
  MessageInitShape<M['input']>,
  MessageShape<M['output']>
>;

export class Calls {
  readonly stops: Stops = new Stops();
  readonly connection: Connection;
  readonly horizon: Horizon = new Horizon();
  readonly options: ClientOptions;
  readonly #auth: Auth;

  constructor(urls: readonly string[], options: ClientOptions) {
    this.options = options;
    this.connection = new Connection(urls, options, this.stops);
    this.#auth = new Auth(options.auth, ({ username: name, password }) =>
      this.#token(name, password),
    );
  }

  /** Reaches an endpoint, and gets a token if one is needed. */
  async connect(signal: AbortSignal | undefined): Promise<void> {
    const { connection, options } = this;
    await connection.reach(options.dialTimeoutMs * connection.endpoints.length, signal);
    if (this.#auth.tickets === undefined) await this.stops.race(this.#auth.ask(), signal);
  }

  /** Rejects with a VarveError, or the signal's reason. */
  async unary<M extends DescMethodUnary>(
    method: M,
    init: MessageInitShape<M['input']>,
    options: UnaryOptions = NO_OPTIONS,
  ): Promise<MessageShape<M['output']>> {
    this.stops.check(options.signal);
    const timeoutMs = Math.min(options.timeoutMs ?? this.options.requestTimeoutMs, NEVER_MS);
    const bytes = await this.#ask(
      {
        path: pathOf(method),
        bytes: encoded(method, init),
        options,
        endsAtMs: this.options.clock.now() + timeoutMs,
      },
      () => this.#ticket(),
    );
    const answer = fromBinary(method.output, bytes) as MessageShape<M['output']>;
    this.horizon.see(answer);
    return answer;
  }

  /** A stream to whichever endpoint is in use, unless that is cut off from its cluster. */
  async duplex<M extends DescMethodBiDiStreaming>(
    method: M,
    timeoutMs: number = this.options.requestTimeoutMs,
  ): Promise<{ readonly stream: Duplex<M>; readonly endpoint: Endpoint }> {
    const endpoint = await this.connection.reach(timeoutMs);
    const tickets = this.#auth.tickets ?? (await this.stops.race(this.#auth.ask(), undefined));
    const stream: Duplex<M> = endpoint.client.makeBidiStreamRequest(
      pathOf(method),
      (message: MessageInitShape<M['input']>) => encoded(method, message),
      (bytes) => fromBinary(method.output, bytes) as MessageShape<M['output']>,
      tickets.withLeader,
    );
    stream.on('error', (error: Error) => {
      if (isTokenStale(error as ServiceError)) this.#auth.forget(tickets.withLeader);
    });
    return { stream, endpoint };
  }

  close(): void {
    this.stops.close();
    this.connection.close();
  }

  #ticket(): Metadata | Promise<Metadata> {
    return this.#auth.tickets?.plain ?? this.#auth.ask().then(({ plain }) => plain);
  }

  async #token(name: string, password: string): Promise<string> {
    const method = AuthService.method.authenticate;
    const request = {
      path: pathOf(method),
      bytes: encoded(method, { name, password }),
      options: { isRepeatable: true },
      endsAtMs: this.options.clock.now() + this.options.requestTimeoutMs,
    };
    return fromBinary(method.output, await this.#ask(request, () => new Metadata())).token;
  }

  async #ask(request: Request, ticket: () => Metadata | Promise<Metadata>): Promise<Buffer> {
    const { signal, isRepeatable = false, after } = request.options;
    const { clock, random } = this.options;
    if (after !== undefined) await this.#await(after, request);
    let backoff: Backoff | undefined;
    for (;;) {
      const leftMs = request.endsAtMs - clock.now();
      const endpoint =
        request.options.endpoint ??
        this.connection.ready ??
        (await this.connection.reach(leftMs, signal));
      const known = ticket();
      const metadata = known instanceof Promise ? await this.stops.race(known, signal) : known;
      try {
        return await this.#send(endpoint, request, metadata);
      } catch (error) {
        if (!isServiceError(error)) throw error;
        if (isEndpointLost(error)) this.connection.leave(endpoint);
        const isStale = isTokenStale(error) && this.#auth.forget(metadata);
        const delayMs = (backoff ??= new Backoff(random)).nextMs();
        const isInTime = clock.now() + delayMs < request.endsAtMs;
        const isAgain = isStale || isWorthRepeating(error, isRepeatable);
        if (!isAgain || !isInTime) throw callError(error, isRepeatable);
        this.options.logger.debug({ path: request.path, error: error.message }, 'asked again');
        await this.stops.race(elapse(clock, delayMs), signal);
      }
    }
  }

  async #await(after: Promise<unknown>, { options, endsAtMs }: Request): Promise<void> {
    let timer: Disposable | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.options.clock.setTimer(endsAtMs - this.options.clock.now(), resolve);
    });
    try {
      await this.stops.race(Promise.race([after, late]), options.signal);
    } finally {
      timer?.[Symbol.dispose]();
    }
  }

  #send(endpoint: Endpoint, request: Request, metadata: Metadata): Promise<Buffer> {
    const { path, bytes, options, endsAtMs } = request;
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + Math.max(1, endsAtMs - this.options.clock.now());
      const call = endpoint.client.makeUnaryRequest(
        path,
        same,
        same,
        bytes,
        metadata,
        { deadline },
        (error, answer) => {
          release();
          if (error === null) resolve(answer!);
          else reject(error);
        },
      );
      const release = this.stops.add((reason) => {
        reject(reason);
        call.cancel();
      }, options.signal);
    });
  }
}

const same = (bytes: Buffer): Buffer => bytes;

const pathOf = ({ parent, name }: DescMethodUnary | DescMethodBiDiStreaming): string =>
  `/${parent.typeName}/${name}`;

function encoded<M extends DescMethodUnary | DescMethodBiDiStreaming>(
  { input }: M,
  init: MessageInitShape<M['input']>,
): Buffer {
  const bytes = toBinary(input, create(input, init));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const isServiceError = (error: unknown): error is ServiceError =>
  !(error instanceof VarveError) &&
  error instanceof Error &&
  typeof (error as Partial<ServiceError>).code === 'number' &&
  'metadata' in error;
