/**
 * lmdb-js: `put` resolves after a commit that its default settings sync with one fdatasync. With binary
 * encoding `get` is `getBinary`: a Buffer of the caller's own. `getBinaryFast` is the same without the
 * copy: it is overwritten by the next read.
 */
import { keyOf, valueOf } from '../keys.ts';
import type { BenchStore, Contender } from './contender.ts';
import { loadPeer } from './load-peer.ts';

interface RangeOptions {
  readonly start?: string;
  readonly end?: string;
  readonly limit?: number;
}
interface Database {
  put(key: string, value: Buffer): Promise<boolean>;
  get(key: string): Buffer | undefined;
  getBinaryFast(key: string): Buffer | undefined;
  getKeys(options: RangeOptions): Iterable<string>;
  putSync(key: string, value: Buffer): void;
  removeSync(key: string): boolean;
  transaction<T>(run: () => T): Promise<T>;
  transactionSync<T>(run: () => T): T;
  getRange(options: RangeOptions): Iterable<{ readonly key: string; readonly value: Buffer }>;
  close(): Promise<void>;
}
interface Lmdb {
  open(options: { readonly path: string; readonly encoding: 'binary' }): Database;
}

const LOAD_IN_FLIGHT = 10_000;

export function lmdb(): Contender {
  const { module, version } = loadPeer<Lmdb>('lmdb');
  return {
    name: 'lmdb',
    version,
    open: async (directory) =>
      new LmdbStore(module.open({ path: `${directory}/data`, encoding: 'binary' })),
  };
}

class LmdbStore implements BenchStore {
  readonly #db: Database;
  readonly readers: BenchStore['readers'] = [
    { name: 'lmdb', read: (key) => this.#db.get(key) },
    { name: 'lmdb zero-copy', read: (key) => this.#db.getBinaryFast(key) },
  ];
  readonly scanners: BenchStore['scanners'] = [
    { name: 'lmdb', scan: () => countOf(this.#db.getRange({})) },
  ];

  constructor(db: Database) {
    this.#db = db;
  }

  put(key: string, value: Buffer): Promise<unknown> {
    return this.#db.put(key, value);
  }

  async load(numbers: Uint32Array): Promise<void> {
    for (let start = 0; start < numbers.length; start += LOAD_IN_FLIGHT) {
      let last: Promise<unknown> | undefined;
      for (const number of numbers.subarray(start, start + LOAD_IN_FLIGHT)) {
        last = this.#db.put(keyOf(number), valueOf(number));
      }
      await last;
    }
  }

  range(from: string, to: string | undefined, limit: number): number {
    return countOf(
      this.#db.getRange({
        start: from,
        ...(to === undefined ? {} : { end: to }),
        ...(limit === 0 ? {} : { limit }),
      }),
    );
  }

  txn(key: string, value: Buffer): Promise<unknown> {
    return this.#db.transaction(() => {
      if (this.#db.get(key) === undefined) return undefined;
      this.#db.putSync(key, value);
      return this.#db.get(key);
    });
  }

  /** The file keeps its size: only a copy would be smaller. */
  async forget(below: string): Promise<void> {
    const keys = [...this.#db.getKeys({ end: below })];
    for (let start = 0; start < keys.length; start += LOAD_IN_FLIGHT) {
      this.#db.transactionSync(() => {
        for (const key of keys.slice(start, start + LOAD_IN_FLIGHT)) this.#db.removeSync(key);
      });
    }
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

function countOf(entries: Iterable<{ readonly value: Buffer }>): number {
  let count = 0;
  for (const { value } of entries) if (value.length > 0) count++;
  return count;
}
