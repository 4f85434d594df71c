/**
 * Stores that are wrong on purpose. The property must catch each of them, or it proves nothing.
 */
import type { EmbeddedStore } from '../../engine/index.ts';
import { Session } from './session.ts';
import { memoryTarget, type Target } from './targets.ts';

export const canaries: readonly Target[] = [
  wrong('a count that is one too high from four keys on', (store) => ({
    async range(...args) {
      const result = await store.range(...args);
      return { ...result, count: result.count < 4 ? result.count : result.count + 1 };
    },
  })),
  wrong('a delete that forgets the last of several keys', (store) => ({
    async delete(selector, options) {
      const found = store.rangeSync(selector, { keysOnly: true }).kvs;
      if (found.length < 2 || options?.ifModRevision !== undefined) {
        return store.delete(selector, options);
      }
      const { revision } = await store.write((tx) => {
        for (const { keyBytes } of found.slice(0, -1)) tx.delete(keyBytes);
      });
      return { revision, deleted: found.length, prevKvs: [] };
    },
  })),
  wrong('a transaction that keeps what it did before it threw', (store) => ({
    async write(run, options) {
      let thrown: { readonly error: unknown } | undefined;
      const result = await store.write((tx) => {
        try {
          return run(tx);
        } catch (error) {
          thrown = { error };
          return undefined;
        }
      }, options);
      if (thrown !== undefined) throw thrown.error;
      return result as never;
    },
  })),
  wrong('a reader that keeps the buffer it was given', (store) => ({
    put: async (key, value, options) => {
      await Promise.resolve();
      return store.put(key, value, options);
    },
  })),
  wrong('an old revision that shows the newest value', (store) => ({
    getSync(key, options) {
      const kv = store.getSync(key, options);
      return kv && store.getSync(key);
    },
  })),
];

/** A store in memory, some of its methods replaced. */
function wrong(name: string, replace: (store: EmbeddedStore) => Partial<EmbeddedStore>): Target {
  return {
    name,
    async open(options) {
      const { store } = await memoryTarget.open(options);
      return new Session(spoilt(store, replace(store)), 'bytes', async (store) => store);
    },
  };
}

function spoilt(store: EmbeddedStore, replaced: Partial<EmbeddedStore>): EmbeddedStore {
  return new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(replaced, name) ?? Reflect.get(target, name, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}
