/** A store served to etcd's clients: what listens, what is registered, and how it ends. */
import { createHash } from 'node:crypto';
import { Server as GrpcServer, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Logger } from '../base/logger.ts';
import { insidesOf } from '../insides.ts';
import type { EmbeddedStore } from '../types.ts';
import { type Methods, SERVICES } from '../wire/services.ts';
import { authHandlers } from './auth.ts';
import { clusterHandlers } from './cluster.ts';
import { answerUnknown, inEtcdsWords } from './grpc.ts';
import { healthHandlers } from './health.ts';
import { kvHandlers } from './kv.ts';
import { leaseHandlers } from './lease.ts';
import { type Listener, listen } from './listen.ts';
import { maintenanceHandlers } from './maintenance.ts';
import { type CheckedOptions, checkedOptions, type ServeOptions } from './options.ts';
import type { Identity, Serving } from './serving.ts';
import { Sizes } from './sizes.ts';
import { snapshotHandler } from './snapshot.ts';
import { watchHandlers } from './watch.ts';

/** @public */
export interface Server extends AsyncDisposable {
  /** `host:port`, as it is really bound. */
  readonly address: string;
  readonly port: number;
  /** As clients take it: `http://…`, or `https://…` with TLS. */
  readonly url: string;
  /**
   * Stops: nobody new is let in, requests that are under way are answered, streams end with UNAVAILABLE
   * "etcdserver: server stopped". What takes longer than `graceMs` is cut off. The store stays open.
   */
  close(): Promise<void>;
}

/** R44: what gRPC takes beyond the largest request of the store. */
const RECEIVE_SPARE_BYTES = 512 * 1024;
/** As in etcd: a peer that went away without a word is noticed after this. */
const KEEPALIVE_TIME_MS = 7_200_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
/** On one connection. As many as HTTP/2 can count in a signed number. */
const STREAMS_MAX = 2 ** 31 - 1;

/**
 * Serves this store to clients of etcd (v3 gRPC): `etcdctl`, the clients of every language, `varve/client`.
 * The store goes on being usable here, and is not closed with the server.
 *
 * Errors: ERR_INVALID_ARGUMENT (an option; a store that is not one of `open` or `openMemory`),
 * ERR_UNAVAILABLE (the address cannot be listened on; says why). @public
 */
export async function serve(store: EmbeddedStore, options: ServeOptions = {}): Promise<Server> {
  const checked = checkedOptions(options);
  const serving: Serving = { store, insides: insidesOf(store), identity: identityOf(checked.name) };
  const closing = new AbortController();
  const grpc = new GrpcServer({
    'grpc.max_receive_message_length':
      serving.insides.options.maxRequestBytes + RECEIVE_SPARE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': STREAMS_MAX,
    'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.enable_channelz': 0,
    interceptors: [inEtcdsWords],
  });
  // Nothing is asked before something listens.
  const url = (): string => checked.advertiseUrl ?? listener.url;
  register(grpc, serving, checked, url, closing.signal);
  const listener = await listen(grpc, checked);
  checked.logger.info({ address: listener.address, tls: checked.tls !== undefined }, 'serving');
  return new RunningServer(listener, closing, checked);
}

function register(
  grpc: GrpcServer,
  serving: Serving,
  { name, progressNotifyIntervalMs }: CheckedOptions,
  url: () => string,
  onClose: AbortSignal,
): void {
  const sizes = new Sizes(serving.insides.options.maxRequestBytes);
  const maintenance = { ...maintenanceHandlers(serving), snapshot: snapshotHandler(serving) };
  const interval = progressNotifyIntervalMs === undefined ? {} : { progressNotifyIntervalMs };
  const handlers: Readonly<Record<string, UntypedServiceImplementation>> = {
    'etcdserverpb.KV': kvHandlers(serving, sizes),
    'etcdserverpb.Watch': watchHandlers(serving, { ...interval, onClose }),
    'etcdserverpb.Lease': leaseHandlers(serving, onClose),
    'etcdserverpb.Maintenance': maintenance,
    'etcdserverpb.Cluster': clusterHandlers(serving, { name, url }),
    'etcdserverpb.Auth': authHandlers(serving),
    'grpc.health.v1.Health': healthHandlers(serving, onClose),
  };
  for (const [service, implementation] of Object.entries(handlers)) {
    grpc.addService(methodsOf(SERVICES[service]!, implementation, sizes), implementation);
  }
  answerUnknown(grpc, new Set(Object.keys(handlers)));
}

/** Those that are implemented: of the others grpc-js would say something of its own. */
function methodsOf(
  methods: Methods,
  implementation: UntypedServiceImplementation,
  sizes: Sizes,
): Methods {
  return Object.fromEntries(
    Object.entries(methods)
      .filter(([name]) => implementation[name] !== undefined)
      .map(([name, method]) => [name, name === 'txn' ? sizes.noting(method) : method]),
  );
}

const idOf = (text: string): bigint =>
  createHash('sha256').update(text).digest().readBigUInt64BE() | 1n;

/** Nothing but a name makes one: that of etcd depends on its flags alone, too. */
function identityOf(name: string): Identity {
  return { clusterId: idOf('varve'), memberId: idOf(`varve member ${name}`), raftTerm: 1n };
}

class RunningServer implements Server {
  readonly address: string;
  readonly port: number;
  readonly url: string;
  readonly #listener: Listener;
  readonly #closing: AbortController;
  readonly #graceMs: number;
  readonly #logger: Logger;
  #closed: Promise<void> | undefined;

  constructor(listener: Listener, closing: AbortController, { graceMs, logger }: CheckedOptions) {
    this.#listener = listener;
    this.address = listener.address;
    this.port = listener.port;
    this.url = listener.url;
    this.#closing = closing;
    this.#graceMs = graceMs;
    this.#logger = logger;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { address } = this;
    const done = this.#listener.close(this.#graceMs);
    this.#closing.abort();
    const timer = setTimeout(() => {
      this.#logger.warn({ address, graceMs: this.#graceMs }, 'what did not finish is cut off');
    }, this.#graceMs);
    await done;
    clearTimeout(timer);
    this.#logger.info({ address }, 'server stopped');
  }
}
