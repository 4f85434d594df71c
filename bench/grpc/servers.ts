/** Who is measured, each in a process of its own: `varve serve`, etcd, and grpc-js with nothing behind it. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { open } from '../../engine/index.ts';
import { serve } from '../../engine/v3rpc/index.ts';
import { etcdIsInstalled, startEtcd } from '../../harness/etcd/etcd-process.ts';
import { GuardedChild } from '../../harness/etcd/guarded-child.ts';
import { startEcho } from './echo.ts';

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  /** What it was told is on disk after that. */
  end(): Promise<void>;
}

export interface ServerKind {
  readonly name: string;
  /** Has a history: can be watched. */
  readonly isStore: boolean;
  /** On an empty directory or one that it has used before. */
  start(directory: string): Promise<RunningServer>;
}

export interface ServerKinds {
  /** Varve's comes first. */
  readonly kinds: readonly ServerKind[];
  /** What is measured, or why it is not. */
  readonly note: string;
}

const START_PATIENCE_MS = 20_000;
const POLL_MS = 10;

/** All that there are; without a process of their own, for tests, those that can do without. */
export function serverKinds(inProcess: boolean): ServerKinds {
  if (inProcess) return { kinds: [varveHere, echoHere], note: 'all in one process' };
  if (etcdIsInstalled()) return { kinds: [varve, etcd, echo], note: etcdVersion() };
  return { kinds: [varve, echo], note: 'etcd is left out: it is not installed' };
}

const varve: ServerKind = {
  name: 'varve',
  isStore: true,
  start: (directory) => {
    const script = fileURLToPath(new URL('../../engine/cli/main.js', import.meta.url));
    return started(script, 'serve', directory, '--listen', '127.0.0.1:0', '--json');
  },
};

const etcd: ServerKind = {
  name: 'etcd',
  isStore: true,
  start: async (directory) => {
    const server = await startEtcd({ directory });
    return { url: server.endpoint, pid: server.pid, end: () => server.stop() };
  },
};

const echo: ServerKind = {
  name: 'grpc-js echo',
  isStore: false,
  start: () => started(fileURLToPath(new URL('./echo-main.js', import.meta.url))),
};

const varveHere: ServerKind = {
  name: 'varve',
  isStore: true,
  start: async (directory) => {
    const store = await open(directory);
    const server = await serve(store, { listen: '127.0.0.1:0', graceMs: 0 });
    const end = async (): Promise<void> => {
      await server.close();
      await store.close();
    };
    return { url: server.url, pid: process.pid, end };
  },
};

const echoHere: ServerKind = {
  name: 'grpc-js echo',
  isStore: false,
  start: async () => {
    const server = await startEcho();
    return { url: server.url, pid: process.pid, end: async () => server.close() };
  },
};

/** A program that says in its first line, in JSON, where it listens. */
async function started(...args: string[]): Promise<RunningServer> {
  const child = new GuardedChild(process.execPath, args);
  const until = Date.now() + START_PATIENCE_MS;
  for (;;) {
    const url = /"url":"([^"]+)"/.exec(child.log)?.[1];
    if (url !== undefined) return { url, pid: child.pid, end: () => child.end('SIGTERM') };
    if (!child.isRunning || Date.now() > until) {
      await child.end('SIGKILL');
      throw new Error(`${args.join(' ')} does not serve:\n${child.log}`);
    }
    await sleep(POLL_MS);
  }
}

const etcdVersion = (): string =>
  execFileSync('etcd', ['--version'], { encoding: 'utf8' }).split('\n')[0]!;
