/** The options of `connect`, checked and with their defaults. */
import { type Clock, systemClock } from '../base/clock.ts';
import { invalidArgument } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';

/** PEM texts. @public */
export interface TlsOptions {
  /** Who may have signed the server's certificate; absent: the well-known authorities. */
  readonly ca?: string | Uint8Array;
  /** Of this client, for servers that ask for one; goes with `key`. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** The name that the server's certificate must bear, if it is not the endpoint's. */
  readonly serverName?: string;
}

/** @public */
export interface AuthOptions {
  readonly username: string;
  readonly password: string;
}

/** All are optional; times are in milliseconds. @public */
export interface ConnectOptions {
  /** For endpoints with `https://`, and for those without a scheme. */
  readonly tls?: TlsOptions;
  /** Asked for a token first; a server without authentication is used without one (R158). */
  readonly auth?: AuthOptions;
  /** Default 10 000: a call that has no answer by then rejects with ERR_UNAVAILABLE, retries included. */
  readonly requestTimeoutMs?: number;
  /** Default 3000: how long one endpoint may take to accept a connection. */
  readonly dialTimeoutMs?: number;
  /** Pings on a connection with calls: by default after 10 000 of silence, answered within 5000. */
  readonly keepAlive?: { readonly intervalMs?: number; readonly timeoutMs?: number };
  /** Times what leases and retries wait for. */
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Shaped like pino; silent by default. */
  readonly logger?: Logger;
  /** Gives up connecting; afterwards it means nothing. */
  readonly signal?: AbortSignal;
}

export interface ClientOptions {
  readonly tls: TlsOptions | undefined;
  readonly auth: AuthOptions | undefined;
  readonly requestTimeoutMs: number;
  readonly dialTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

const TIME_MS_MAX = 2 ** 31 - 1;

export function clientOptions(options: ConnectOptions): ClientOptions {
  const { tls, auth, keepAlive = {} } = options;
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) {
    throw invalidArgument('tls.cert and tls.key go together');
  }
  if (auth !== undefined && !(isText(auth.username) && isText(auth.password))) {
    throw invalidArgument('auth is { username, password }, both strings');
  }
  return {
    tls,
    auth,
    requestTimeoutMs: checkedMs('requestTimeoutMs', options.requestTimeoutMs ?? 10_000),
    dialTimeoutMs: checkedMs('dialTimeoutMs', options.dialTimeoutMs ?? 3000),
    pingIntervalMs: checkedMs('keepAlive.intervalMs', keepAlive.intervalMs ?? 10_000),
    pingTimeoutMs: checkedMs('keepAlive.timeoutMs', keepAlive.timeoutMs ?? 5000),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    logger: options.logger ?? silentLogger,
  };
}

const isText = (value: unknown): boolean => typeof value === 'string';

function checkedMs(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= TIME_MS_MAX) return value;
  throw invalidArgument(`${name} is a whole number of milliseconds above 0, not ${value}`);
}
