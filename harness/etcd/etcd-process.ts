/**
 * A real etcd on ports of 127.0.0.1 that the kernel chose, its data in a temporary directory: one server, or
 * a cluster in `etcd-cluster.ts`. None outlives this process.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './free-ports.ts';
import { GuardedChild, ownDirectory, removeDirectory } from './guarded-child.ts';
import { programPath } from './programs.ts';

export interface EtcdOptions {
  /** Beside those about addresses and the directory, as in `['--max-txn-ops=4']`. */
  readonly flags?: readonly string[];
  /** The data directory, which stays when this ends; else a temporary one, which does not. */
  readonly directory?: string;
}

export interface EtcdPorts {
  readonly client: number;
  readonly peer: number;
  readonly metrics: number;
}

/** What makes a server a member of a cluster. */
export interface Membership {
  readonly name: string;
  /** As in `m0=http://127.0.0.1:1234,m1=…`. */
  readonly cluster: string;
}

/** Of the first start, in which members wait for each other, and ports may be taken by others meanwhile. */
const PATIENCE_MS = 20_000;
const POLL_MS = 20;
const TRIES = 3;
/** A server with an alarm answers too. */
const HEALTH = '/health?exclude=NOSPACE&exclude=CORRUPT';

export const etcdIsInstalled = (): boolean => programPath('etcd') !== undefined;
export const etcdctlIsInstalled = (): boolean => programPath('etcdctl') !== undefined;

/** Resolves when it answers. Rejects with the end of its log if it ends before, or takes too long. */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdProcess> {
  for (let left = TRIES; ; left--) {
    const [client, peer, metrics] = (await freePorts(3)) as [number, number, number];
    const etcd = new EtcdProcess(options, { client, peer, metrics });
    try {
      await etcd.start();
      return etcd;
    } catch (error) {
      await etcd.remove();
      if (left === 1 || !String(error).includes('address already in use')) throw error;
    }
  }
}

export class EtcdProcess implements AsyncDisposable {
  readonly directory: string;
  readonly clientPort: number;
  /** `http://127.0.0.1:1234`; with `https` if it was given a certificate. */
  readonly endpoint: string;
  readonly peerUrl: string;
  /** Where `/metrics` and `/health` are, always without TLS. */
  readonly metricsUrl: string;
  readonly #isTemporary: boolean;
  readonly #args: readonly string[];
  #child: GuardedChild | undefined;

  /** Does not run yet. */
  constructor(options: EtcdOptions, ports: EtcdPorts, membership?: Membership) {
    this.#isTemporary = options.directory === undefined;
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'varve-etcd-'));
    if (this.#isTemporary) ownDirectory(this.directory);
    const flags = options.flags ?? [];
    const scheme = flags.some((flag) => flag.startsWith('--cert-file')) ? 'https' : 'http';
    this.clientPort = ports.client;
    this.endpoint = `${scheme}://127.0.0.1:${ports.client}`;
    this.metricsUrl = `http://127.0.0.1:${ports.metrics}`;
    this.peerUrl = `http://127.0.0.1:${ports.peer}`;
    const { name, cluster } = membership ?? { name: 'default', cluster: `default=${this.peerUrl}` };
    this.#args = [
      `--name=${name}`,
      `--data-dir=${this.directory}`,
      `--listen-client-urls=${this.endpoint}`,
      `--advertise-client-urls=${this.endpoint}`,
      `--listen-peer-urls=${this.peerUrl}`,
      `--initial-advertise-peer-urls=${this.peerUrl}`,
      `--initial-cluster=${cluster}`,
      `--listen-metrics-urls=${this.metricsUrl}`,
      '--logger=zap',
      '--log-outputs=stderr',
      ...flags,
    ];
  }

  /** Of the last start; -1 if there was none. */
  get pid(): number {
    return this.#child?.pid ?? -1;
  }
  get isRunning(): boolean {
    return this.#child?.isRunning ?? false;
  }
  /** The last lines that it printed. */
  get log(): string {
    return this.#child?.log ?? '';
  }

  /** Does nothing if it runs. */
  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** Without waiting for an answer: members of a cluster wait for each other first. */
  launch(): void {
    if (this.isRunning) return;
    const program = programPath('etcd');
    if (program === undefined) throw new Error('etcd is not installed');
    this.#child = new GuardedChild(program, this.#args);
  }

  /** Resolves when it has a leader and answers. */
  async ready(): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    while (!(await this.#isHealthy())) {
      if (!this.isRunning) throw new Error(`etcd has ended:\n${this.log}`);
      if (Date.now() > until) {
        await this.kill();
        throw new Error(`etcd does not answer:\n${this.log}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Asks it to end, and waits for that. */
  async stop(): Promise<void> {
    await this.#child?.end('SIGTERM');
  }

  /** As when the power fails, but for what the operating system holds. The data stays. */
  async kill(): Promise<void> {
    await this.#child?.end('SIGKILL');
  }

  /** On the same data and ports; stops it first if it runs. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends it for good: its temporary directory goes too. */
  async remove(): Promise<void> {
    await this.kill();
    if (this.#isTemporary) removeDirectory(this.directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  async #isHealthy(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(1000);
      const response = await fetch(`${this.metricsUrl}${HEALTH}`, { signal });
      return /"health":\s*"?true/.test(await response.text());
    } catch {
      return false;
    }
  }
}
