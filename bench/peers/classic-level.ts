/**
 * classic-level: LevelDB. Only `sync: true` makes a put durable, and each put then syncs for itself:
 * LevelDB groups what waits in its threads, of which there are four.
 */
import { keyOf, valueOf } from '../keys.ts';
import type { BenchStore, Contender } from './contender.ts';
import { loadPeer } from './load-peer.ts';

interface IteratorOptions {
  readonly gte?: string;
  readonly lt?: string;
  readonly limit?: number;
  readonly highWaterMarkBytes: number;
}
interface LevelIterator {
  all(): Promise<[string, Uint8Array][]>;
  nextv(size: number): Promise<[string, Uint8Array][]>;
  close(): Promise<void>;
}
interface Database {
  open(): Promise<void>;
  put(key: string, value: Uint8Array, options: { readonly sync: boolean }): Promise<void>;
  batch(operations: readonly object[]): Promise<void>;
  getSync(key: string): Uint8Array | undefined;
  clear(options: { readonly lt: string }): Promise<void>;
  compactRange(start: string, end: string): Promise<void>;
  iterator(options: IteratorOptions): LevelIterator;
  close(): Promise<void>;
}
interface Level {
  readonly ClassicLevel: new (
    directory: string,
    options: { readonly keyEncoding: 'utf8'; readonly valueEncoding: 'view' },
  ) => Database;
}

const BATCH_KEYS = 1000;
/** The default of 16 KiB would come back to JavaScript every 60 keys. */
const HIGH_WATER_MARK_BYTES = 1024 * 1024;

export function classicLevel(): Contender {
  const { module, version } = loadPeer<Level>('classic-level');
  return {
    name: 'classic-level',
    version,
    open: async (directory) => {
      const encodings = { keyEncoding: 'utf8', valueEncoding: 'view' } as const;
      const db = new module.ClassicLevel(`${directory}/data`, encodings);
      await db.open();
      return new LevelStore(db);
    },
  };
}

class LevelStore implements BenchStore {
  readonly #db: Database;
  readonly readers: BenchStore['readers'] = [
    { name: 'classic-level', read: (key) => this.#db.getSync(key) },
  ];
  readonly scanners: BenchStore['scanners'] = [{ name: 'classic-level', scan: () => this.#scan() }];

  constructor(db: Database) {
    this.#db = db;
  }

  put(key: string, value: Buffer): Promise<unknown> {
    return this.#db.put(key, value, { sync: true });
  }

  async load(numbers: Uint32Array): Promise<void> {
    for (let start = 0; start < numbers.length; start += BATCH_KEYS) {
      const operations: object[] = [];
      for (const number of numbers.subarray(start, start + BATCH_KEYS)) {
        operations.push({ type: 'put', key: keyOf(number), value: valueOf(number) });
      }
      await this.#db.batch(operations);
    }
  }

  async range(from: string, to: string | undefined, limit: number): Promise<number> {
    const entries = await this.#db
      .iterator({
        gte: from,
        ...(to === undefined ? {} : { lt: to }),
        ...(limit === 0 ? {} : { limit }),
        highWaterMarkBytes: HIGH_WATER_MARK_BYTES,
      })
      .all();
    return entries.length;
  }

  async #scan(): Promise<number> {
    const iterator = this.#db.iterator({ highWaterMarkBytes: HIGH_WATER_MARK_BYTES });
    let count = 0;
    for (;;) {
      const { length } = await iterator.nextv(BATCH_KEYS);
      if (length === 0) break;
      count += length;
    }
    await iterator.close();
    return count;
  }

  async forget(below: string): Promise<void> {
    await this.#db.clear({ lt: below });
    await this.#db.compactRange('', below);
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}
