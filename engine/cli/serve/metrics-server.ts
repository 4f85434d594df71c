/**
 * `/metrics` and `/health` by plain HTTP, on a port of their own: what watches over a server needs no access
 * to what is in it.
 *
 *     GET /metrics   Prometheus text 0.0.4
 *     GET /health    200 {"health":"true"}, or 503 {"health":"false","reason":"…"}
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { VarveError } from '../../base/errors.ts';
import { insidesOf } from '../../insides.ts';
import { exposition, type Metric } from '../../maintenance/prometheus.ts';
import type { EmbeddedStore } from '../../types.ts';
import type { Address } from './address.ts';

export interface MetricsServer extends AsyncDisposable {
  /** `http://127.0.0.1:2381`, as it is really bound. */
  readonly url: string;
}

/** ERR_UNAVAILABLE if it cannot listen there. */
export async function serveMetrics(store: EmbeddedStore, address: Address): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer(store, request, response));
  await listening(server, address);
  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return {
    url: `http://${host}:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ message }) => {
      const advice = 'give --metrics another address (port 0: any), or leave it out';
      const text = `cannot listen on ${host} port ${port} for metrics (${message}): ${advice}`;
      reject(new VarveError('ERR_UNAVAILABLE', text));
    });
    server.listen({ host, port }, resolve);
  });
}

async function answer(
  store: EmbeddedStore,
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path] = url.split('?');
  if (path !== '/metrics' && path !== '/health') {
    send(response, 404, 'text/plain', 'there are /metrics and /health\n');
  } else if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    send(response, 405, 'text/plain', 'GET or HEAD\n');
  } else if (path === '/metrics') {
    const text = `${store.metrics()}${exposition(processMetrics())}`;
    send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', text);
  } else {
    const reason = await illness(store);
    const health = reason === '' ? { health: 'true' } : { health: 'false', reason };
    const code = reason === '' ? 200 : 503;
    send(response, code, 'application/json', `${JSON.stringify(health)}\n`);
  }
}

function send(response: ServerResponse, code: number, type: string, text: string): void {
  response.writeHead(code, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

/** Empty if there is none: writes are possible, and no alarm is on. */
async function illness(store: EmbeddedStore): Promise<string> {
  try {
    insidesOf(store).core.checkUsable();
    const { alarms } = await store.status();
    return alarms.map((alarm) => `ALARM ${alarm}`).join(', ');
  } catch (error) {
    return (error as Error).message;
  }
}

const gauge = (name: string, help: string, value: number): Metric => ({
  name,
  help,
  type: 'gauge',
  samples: [{ value }],
});

/** By the names that Prometheus recommends for every process. */
function processMetrics(): Metric[] {
  const { user, system } = process.cpuUsage();
  const startedAt = performance.timeOrigin / 1000;
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'Time that this process has used of all processors.',
      type: 'counter',
      samples: [{ value: (user + system) / 1e6 }],
    },
    gauge('process_resident_memory_bytes', 'Memory of this process.', process.memoryUsage.rss()),
    gauge('process_start_time_seconds', 'When it began, in seconds since 1970.', startedAt),
  ];
}
