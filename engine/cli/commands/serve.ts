/** `varve serve`: a store behind etcd's protocol, until a signal ends it. */
import { resolve } from 'node:path';
import process from 'node:process';
import { open, openMemory } from '../../open.ts';
import type { EmbeddedStore, OpenOptions } from '../../types.ts';
import type { ServeOptions, Server } from '../../v3rpc/index.ts';
import { EXIT, type ExitCode, usageError } from '../cli-error.ts';
import { type Call, type CommandSpec, JSON_OPTION, numberOption } from '../command.ts';
import { OutputClosedError } from '../io.ts';
import { loadServer } from '../optional.ts';
import { addressOf, addressText } from '../serve/address.ts';
import { type MetricsServer, serveMetrics } from '../serve/metrics-server.ts';
import { autoCompactionOf, bytesOf } from '../serve/quantities.ts';
import { stderrLogger } from '../serve/stderr-logger.ts';
import { tlsFiles } from '../tls-files.ts';

const SYNC_MODES = ['commit', 'interval', 'never'] as const;
const OFF = 'off';

export const serveCommand: CommandSpec = {
  name: 'serve',
  summary: "serve a store to etcd's clients, until Ctrl-C",
  arguments: [{ flags: '[dir]', text: 'directory of the store; created if there is none' }],
  options: [
    {
      flags: '--listen <address>',
      text: 'host:port (default: 127.0.0.1:2379)',
      parse: (text) => addressText('--listen', text),
    },
    { flags: '--tls-cert <file>', text: 'certificate of the server, PEM' },
    { flags: '--tls-key <file>', text: 'its key, PEM' },
    { flags: '--tls-ca <file>', text: 'clients need a certificate signed by this one, PEM' },
    {
      flags: '--metrics <address>',
      text: '/metrics and /health by http at host:port (default: off)',
      parse: (text) => (text === OFF ? OFF : addressText('--metrics', text)),
    },
    { flags: '--memory', text: 'a store in memory instead of <dir>, gone at the end' },
    { flags: '--sync <mode>', text: 'when to sync (default: commit)', choices: SYNC_MODES },
    {
      flags: '--quota-bytes <size>',
      text: 'refuse puts beyond so many live bytes, as in 2GiB',
      parse: (text) => bytesOf('--quota-bytes', text),
    },
    {
      flags: '--auto-compaction <what>',
      text: 'revision:<n> or periodic:<time>, as in periodic:12h',
    },
    {
      flags: '--max-request-bytes <size>',
      text: 'the largest request that is taken (default: 1.5 MiB)',
      parse: (text) => bytesOf('--max-request-bytes', text),
    },
    numberOption('--max-txn-ops <n>', 'operations in one transaction (default: 128)'),
    { flags: '--name <name>', text: 'of the member, in the list of members (default: default)' },
    { flags: '--advertise <url>', text: 'where clients reach it, if not at --listen' },
    JSON_OPTION,
  ],
  help: `etcdctl, etcd's clients in every language and \`varve --endpoint\` can talk to it.
Whoever reaches the address can read and write everything: leave it on loopback,
or ask for certificates with --tls-ca. The directory belongs to the server.

One line when it is ready, with the address that it has: port 0 is any that is
free. Ctrl-C or SIGTERM: requests under way are answered, then the store is closed
and it ends with exit code 0; a second signal ends it at once. Warnings go to
standard error, more of them with VARVE_DEBUG=1.
With --json: {"url":s,"address":s,"directory":s,"metrics":s,"pid":n}; no directory
with --memory, and metrics only if there are any.

Examples:
  varve serve store
  varve serve store --listen 127.0.0.1:0 --metrics 127.0.0.1:2381
  varve serve --memory --json
  varve --endpoint http://127.0.0.1:2379 put greeting hello`,
  endpoint: 'it serves a directory; the other commands take --endpoint',
  run: serveStore,
};

async function serveStore(call: Call): Promise<ExitCode> {
  const { io, options, out } = call;
  const directory = directoryOf(call);
  const [storeOptions, serveOptions] = [storeOptionsOf(call), await serveOptionsOf(call)];
  // Before anything is made.
  const { serve } = await loadServer();
  const stop = io.interrupts();
  await using store = await openServed(directory, storeOptions);
  await using server = await serve(store, serveOptions);
  await using metrics = await metricsOf(call, store);
  await announce(call, directory, server, metrics);
  await aborted(stop);
  await server.close();
  const { revision } = store;
  await store.close();
  if (!options.flag('json')) await out.line(`stopped at revision ${revision}`);
  return EXIT.ok;
}

/** Undefined for a store in memory. */
function directoryOf({ options, arguments: [given] }: Call): string | undefined {
  const isMemory = options.flag('memory');
  if (isMemory && given !== undefined) throw usageError('--memory takes no directory');
  if (isMemory) return undefined;
  if (given !== undefined) return resolve(given);
  throw usageError(
    'no directory given',
    'give one, or --memory for a store that is gone at the end',
  );
}

function storeOptionsOf({ io, options }: Call): OpenOptions {
  const sync = SYNC_MODES.find((mode) => mode === options.text('sync'));
  const quotaBytes = options.number('quotaBytes');
  const maxRequestBytes = options.number('maxRequestBytes');
  const maxTxnOps = options.number('maxTxnOps');
  const compaction = options.text('autoCompaction');
  return {
    logger: stderrLogger(io),
    ...(sync !== undefined && { sync }),
    ...(quotaBytes !== undefined && { quotaBytes }),
    ...(maxRequestBytes !== undefined && { maxRequestBytes }),
    ...(maxTxnOps !== undefined && { maxTxnOps }),
    ...(compaction !== undefined && { autoCompaction: autoCompactionOf(compaction) }),
  };
}

async function serveOptionsOf({ io, options }: Call): Promise<ServeOptions> {
  const { cert, key, ca } = (await tlsFiles(options)) ?? {};
  const hasPair = cert !== undefined && key !== undefined;
  if (ca !== undefined && !hasPair) throw usageError('--tls-ca needs --tls-cert and --tls-key');
  const [listen, name] = [options.text('listen'), options.text('name')];
  const advertiseUrl = options.text('advertise');
  return {
    logger: stderrLogger(io),
    ...(hasPair && { tls: { cert, key, ...(ca !== undefined && { ca }) } }),
    ...(listen !== undefined && { listen }),
    ...(name !== undefined && { name }),
    ...(advertiseUrl !== undefined && { advertiseUrl }),
  };
}

function openServed(directory: string | undefined, options: OpenOptions): Promise<EmbeddedStore> {
  return directory === undefined ? openMemory(options) : open(directory, options);
}

/** Null if nobody asked for them. */
async function metricsOf({ options }: Call, store: EmbeddedStore): Promise<MetricsServer | null> {
  const address = options.text('metrics') ?? OFF;
  return address === OFF ? null : serveMetrics(store, addressOf('--metrics', address));
}

async function announce(
  { options, out }: Call,
  directory: string | undefined,
  { url, address }: Server,
  metrics: MetricsServer | null,
): Promise<void> {
  try {
    if (options.flag('json')) {
      const { pid } = process;
      const watched = metrics === null ? {} : { metrics: `${metrics.url}/metrics` };
      await out.json({ url, address, ...(directory && { directory }), ...watched, pid });
    } else {
      const watched = metrics === null ? '' : `, metrics at ${metrics.url}/metrics`;
      await out.line(`serving ${directory ?? 'a store in memory'} at ${url}${watched}`);
    }
    await out.flush();
  } catch (error) {
    // Who started it does not want to know; its clients do not care.
    if (!(error instanceof OutputClosedError)) throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}
