/** etcd for tests, without etcd: a store in memory behind a server on a port of its own. */
import { openMemory } from '../open.ts';
import type { EmbeddedStore, OpenOptions } from '../types.ts';
import type { ServeOptions } from './options.ts';
import { type Server, serve } from './server.ts';

/** @public */
export interface TestServerOptions extends Omit<ServeOptions, 'listen'> {
  /** What `openMemory` takes: a clock, a quota, … */
  readonly store?: OpenOptions;
}

/** @public */
export interface TestServer extends Server {
  /** What is served: for looking at it, or preparing it, without going over the wire. */
  readonly store: EmbeddedStore;
}

/**
 * A new, empty store in memory, served on a free port of loopback; closing it closes both. Each test can have
 * its own: it is up in a few milliseconds.
 *
 *     const etcd = await testServer();
 *     const client = new Etcd3({ hosts: etcd.url });
 *     …
 *     await etcd.close();
 *
 * Errors: ERR_INVALID_ARGUMENT (an option). @public
 */
export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { store: storeOptions, ...serveOptions } = options;
  const store = await openMemory(storeOptions);
  try {
    const server = await serve(store, { graceMs: 500, ...serveOptions, listen: '127.0.0.1:0' });
    return new RunningTestServer(server, store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

class RunningTestServer implements TestServer {
  readonly store: EmbeddedStore;
  readonly #server: Server;

  constructor(server: Server, store: EmbeddedStore) {
    this.#server = server;
    this.store = store;
  }

  get address(): string {
    return this.#server.address;
  }
  get port(): number {
    return this.#server.port;
  }
  get url(): string {
    return this.#server.url;
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
