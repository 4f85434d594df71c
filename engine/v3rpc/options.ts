/** The options of `serve`, checked and with their defaults. */
import { createSecureContext } from 'node:tls';
import { invalidArgument } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';

/** PEM, as text or bytes. @public */
export interface TlsOptions {
  /** The server's certificate, and those between it and the authority. */
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
  /** The authority that clients' certificates are checked against. */
  readonly ca?: string | Uint8Array;
  /** Clients without a certificate of that authority are refused. Default: true if `ca` is given. */
  readonly requireClientCert?: boolean;
}

/** @public */
export interface ServeOptions {
  /**
   * `host:port`, default `127.0.0.1:2379`. Port 0: one that is free. Anybody who reaches the address can
   * read and write everything, unless `tls` asks clients for certificates: leave it on loopback else.
   * Of a name that has several addresses: the first.
   */
  readonly listen?: string;
  /** Absent: plain text. */
  readonly tls?: TlsOptions;
  /** Of the member, as it is listed. Default `default`, as etcd's. */
  readonly name?: string;
  /** Where clients reach the server, if not at `listen`: told to those who ask for the list of members. */
  readonly advertiseUrl?: string;
  /** Pino-shaped; silent by default. */
  readonly logger?: Logger;
  /** Watchers that asked for it hear so often that nothing has happened (R108). Default 10 minutes. */
  readonly progressNotifyIntervalMs?: number;
  /** What is under way when the server is closed has this long to finish. Default 5000. */
  readonly graceMs?: number;
}

export interface CheckedTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | undefined;
  readonly requireClientCert: boolean;
}

export interface CheckedOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: CheckedTls | undefined;
  readonly name: string;
  readonly advertiseUrl: string | undefined;
  readonly logger: Logger;
  readonly progressNotifyIntervalMs: number | undefined;
  readonly graceMs: number;
}

const LISTEN = '127.0.0.1:2379';
const GRACE_MS = 5000;
/** R108: no shorter interval is taken. */
const PROGRESS_MS_MIN = 100;
const TIMER_MS_MAX = 2 ** 31 - 1;

/** ERR_INVALID_ARGUMENT. */
export function checkedOptions(options: ServeOptions): CheckedOptions {
  const { listen = LISTEN, tls, name = 'default', advertiseUrl, logger = silentLogger } = options;
  const { progressNotifyIntervalMs } = options;
  if (typeof name !== 'string' || name === '') throw invalidArgument('name is a text, not empty');
  if (advertiseUrl !== undefined && !URL.canParse(advertiseUrl)) {
    throw invalidArgument(`advertiseUrl is a URL as clients write it, not ${advertiseUrl}`);
  }
  if (progressNotifyIntervalMs !== undefined) {
    checkMs('progressNotifyIntervalMs', progressNotifyIntervalMs, PROGRESS_MS_MIN);
  }
  const graceMs = checkMs('graceMs', options.graceMs ?? GRACE_MS, 0);
  const checkedTls = tls === undefined ? undefined : checkTls(tls);
  return {
    ...addressOf(listen),
    tls: checkedTls,
    name,
    advertiseUrl,
    logger,
    progressNotifyIntervalMs,
    graceMs,
  };
}

function checkMs(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= TIMER_MS_MAX) return value;
  throw invalidArgument(`${name} is a whole number of at least ${least}, not ${String(value)}`);
}

/** `[::1]:2379`, `localhost:0` and the like. */
function addressOf(listen: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(listen);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) {
    throw invalidArgument(
      `listen is host:port, as in 127.0.0.1:2379 or [::1]:0, not ${JSON.stringify(listen)}`,
    );
  }
  return { host: (parts[1] ?? parts[2])!, port };
}

function checkTls({ cert, key, ca, requireClientCert = ca !== undefined }: TlsOptions): CheckedTls {
  if (typeof cert === 'undefined' || typeof key === 'undefined') {
    throw invalidArgument('tls needs both cert and key, in PEM');
  }
  if (requireClientCert && ca === undefined) {
    throw invalidArgument(
      'tls.requireClientCert needs the authority of those certificates: tls.ca',
    );
  }
  const checked = {
    cert: Buffer.from(cert as Uint8Array),
    key: Buffer.from(key as Uint8Array),
    ca: ca === undefined ? undefined : Buffer.from(ca as Uint8Array),
    requireClientCert,
  };
  try {
    createSecureContext({ cert: checked.cert, key: checked.key, ca: checked.ca });
  } catch (error) {
    throw invalidArgument(`tls is of no use: ${(error as Error).message}`);
  }
  return checked;
}
