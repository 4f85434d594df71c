/** Varve through its public door, with its defaults: a resolved put is on disk. */
import { type EmbeddedStore, exists, get, open, put } from '../../engine/index.ts';
import { keyOf, valueOf } from '../keys.ts';
import { versionOfVarve } from '../environment.ts';
import type { BenchStore, Contender } from './contender.ts';

const LOAD_IN_FLIGHT = 10_000;
const PAGE_KEYS = 1000;

export const varve: Contender = {
  name: 'varve',
  version: versionOfVarve(),
  open: async (directory) => new VarveStore(await open(directory)),
};

export class VarveStore implements BenchStore {
  readonly store: EmbeddedStore;
  readonly readers: BenchStore['readers'] = [
    { name: 'varve', read: (key) => this.store.getSync(key)?.value },
  ];
  readonly scanners: BenchStore['scanners'] = [
    { name: 'varve', scan: () => this.#scanPages() },
    { name: 'varve iterate()', scan: () => this.#iterate() },
  ];

  constructor(store: EmbeddedStore) {
    this.store = store;
  }

  put(key: string, value: Buffer): Promise<unknown> {
    return this.store.put(key, value);
  }

  async load(numbers: Uint32Array): Promise<void> {
    for (let start = 0; start < numbers.length; start += LOAD_IN_FLIGHT) {
      const puts: Promise<unknown>[] = [];
      for (const number of numbers.subarray(start, start + LOAD_IN_FLIGHT)) {
        puts.push(this.store.put(keyOf(number), valueOf(number)));
      }
      await Promise.all(puts);
    }
  }

  range(from: string, to: string | undefined, limit: number): number {
    const selector = to === undefined ? { gte: from } : { gte: from, lt: to };
    return this.store.rangeSync(selector, { limit }).kvs.length;
  }

  /** As the peers' iterators do it: synchronously, a bounded number of keys at a time. */
  #scanPages(): number {
    let count = 0;
    let page = this.store.rangeSync({ all: true }, { limit: PAGE_KEYS });
    const { revision } = page;
    for (;;) {
      count += page.kvs.length;
      if (!page.more) return count;
      const gt = page.kvs.at(-1)!.key;
      page = this.store.rangeSync({ gt }, { limit: PAGE_KEYS, revision });
    }
  }

  async #iterate(): Promise<number> {
    let count = 0;
    for await (const _kv of this.store.iterate({ all: true })) count++;
    return count;
  }

  txn(key: string, value: Buffer): Promise<unknown> {
    return this.store.txn({ if: [exists(key)], then: [put(key, value), get(key)] });
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
