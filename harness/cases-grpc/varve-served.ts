/** Varve's own server, on a disk in memory that outlives it, as one of those that cases are asked of. */
import { type EmbeddedStore, open } from '../../engine/index.ts';
import { type Server, serve } from '../../engine/v3rpc/index.ts';
import { type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { withFlags } from '../cases/server-flags.ts';
import { DIRECTORY, diskWith, imageOf } from '../stores/disk-image.ts';
import type { Served } from './grpc-subject.ts';

const GRACE_MS = 500;

/** What flags of etcd are options of `open` and `serve`; the others are bounds of the engine. */
interface Settings {
  readonly store: { readonly maxTxnOps?: number; readonly maxRequestBytes?: number };
  readonly server: { readonly progressNotifyIntervalMs?: number };
  readonly bounds: readonly string[];
}

export async function serveVarve(flags: readonly string[]): Promise<Served> {
  const settings = settingsOf(flags);
  const served = new VarveServed(settings, withFlags(settings.bounds));
  await served.start();
  return served;
}

class VarveServed implements Served {
  readonly #settings: Settings;
  readonly #bounds: Disposable;
  #fs: FileSystem = memoryFs();
  #store: EmbeddedStore | undefined;
  #server: Server | undefined;

  constructor(settings: Settings, bounds: Disposable) {
    this.#settings = settings;
    this.#bounds = bounds;
  }

  get endpoint(): string {
    return this.#server!.url;
  }

  async start(): Promise<void> {
    const { store, server } = this.#settings;
    this.#store = await open(DIRECTORY, { fs: this.#fs, ...store });
    const options = { listen: '127.0.0.1:0', graceMs: GRACE_MS, ...server };
    this.#server = await serve(this.#store, options);
  }

  async restart(): Promise<void> {
    await this.#stop();
    await this.start();
  }

  /** What the old one still does, it does to a disk that nobody looks at any more. */
  async killAndRestart(): Promise<void> {
    this.#fs = diskWith(imageOf(this.#fs));
    await this.#stop();
    await this.start();
  }

  async remove(): Promise<void> {
    await this.#stop();
    this.#bounds[Symbol.dispose]();
  }

  async #stop(): Promise<void> {
    await this.#server?.close();
    await this.#store?.close();
  }
}

function settingsOf(flags: readonly string[]): Settings {
  const store: Record<string, number> = {};
  const server: Record<string, number> = {};
  const bounds: string[] = [];
  for (const flag of flags) {
    const [name, value = ''] = flag.split('=');
    const number = Number.parseInt(value, 10);
    if (name === '--max-txn-ops') store['maxTxnOps'] = number;
    else if (name === '--max-request-bytes') store['maxRequestBytes'] = number;
    else if (name === '--experimental-watch-progress-notify-interval' && value.endsWith('ms')) {
      server['progressNotifyIntervalMs'] = number;
    } else bounds.push(flag);
  }
  return { store, server, bounds };
}
