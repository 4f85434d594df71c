/** From an address to connections that grpc-js serves, or an error that says why it cannot be listened on. */
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { VarveError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Beginnings } from './connections.ts';
import type { CheckedOptions, CheckedTls } from './options.ts';

/** Between the end of grace and the end of every socket, for what is said last. */
const LAST_WORDS_MS = 200;

/** As in etcd: a peer that went away before it said anything is noticed by the kernel. */
const KEEPALIVE_DELAY_MS = 30_000;

/** ERR_UNAVAILABLE. */
export async function listen(grpc: GrpcServer, options: CheckedOptions): Promise<Listener> {
  const { host, port, tls, logger } = options;
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const beginnings = new Beginnings((connection) => injector.injectConnection(connection));
  const server = serverOf(tls, (socket) => beginnings.admit(socket));
  const bound = await new Promise<number>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(host, port, error)));
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
  const listener = new Listener(grpc, injector, server, beginnings, {
    address: `${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    scheme: tls === undefined ? 'http' : 'https',
    logger,
  });
  return listener;
}

function serverOf(tls: CheckedTls | undefined, admit: (socket: Socket) => void): NetServer {
  const sockets = {
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEPALIVE_DELAY_MS,
  };
  if (tls === undefined) return createServer(sockets, admit);
  const { cert, key, ca, requireClientCert } = tls;
  const pair = { cert, key, ca, requestCert: requireClientCert };
  return createTlsServer({ ...sockets, ...pair, ALPNProtocols: ['h2'] }, admit);
}

type Injector = ReturnType<GrpcServer['createConnectionInjector']>;

interface Place {
  readonly address: string;
  readonly port: number;
  readonly scheme: string;
  readonly logger: Logger;
}

export class Listener {
  readonly address: string;
  readonly port: number;
  readonly url: string;
  readonly #grpc: GrpcServer;
  readonly #injector: Injector;
  readonly #server: NetServer;
  readonly #beginnings: Beginnings;
  readonly #sockets = new Set<Socket>();

  constructor(
    grpc: GrpcServer,
    injector: Injector,
    server: NetServer,
    beginnings: Beginnings,
    { address, port, scheme, logger }: Place,
  ) {
    this.#grpc = grpc;
    this.#injector = injector;
    this.#server = server;
    this.#beginnings = beginnings;
    this.address = address;
    this.port = port;
    this.url = `${scheme}://${address}`;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    // Such as having no file descriptors left: those who are here already are served.
    server.on('error', (error) => logger.error({ address, err: error }, 'cannot accept'));
  }

  /** Nobody new is let in; resolves when nobody is left, some time after `graceMs` at the latest. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    const left = new Promise<void>((resolve) => {
      this.#grpc.tryShutdown(() => resolve());
    });
    this.#beginnings.destroy();
    this.#injector.drain(graceMs);
    const cut = setTimeout(() => this.#destroy(), graceMs + LAST_WORDS_MS);
    await left;
    // Those of TLS that have not begun.
    this.#destroy();
    await closed;
    clearTimeout(cut);
  }

  #destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there: stop it, or listen on another port (0: any)',
  EACCES: 'ports below 1024 need privileges: listen on another one',
  EADDRNOTAVAIL: 'no interface of this machine has that address: give one that it has',
  ENOTFOUND: 'the host has no address: check its name',
};

function cannotListen(host: string, port: number, cause: unknown): VarveError {
  const { code = '', message } = cause as { code?: string; message: string };
  const advice = ADVICE[code] ?? 'check host and port';
  return new VarveError(
    'ERR_UNAVAILABLE',
    `cannot listen on ${host} port ${port} (${message}): ${advice}`,
    { cause },
  );
}
