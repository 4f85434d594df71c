/**
 * Stores that are wrong on purpose. The property must catch each of them, or it proves nothing.
 */
import type { EmbeddedStore, Key, Selector } from '../../engine/types.ts';
import { replaced } from './replaced.ts';
import { Session } from './session.ts';
import { memoryShape, type Shape } from './shapes.ts';

export const canaries: readonly Shape[] = [
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
  wrong('a compaction that drops what is seen at its revision and not later', (store) => ({
    getSync(key, options) {
      const kv = store.getSync(key, options);
      const isAtCompacted = kv !== undefined && options?.revision === store.compactRevision;
      return isAtCompacted && store.getSync(key)?.modRevision !== kv.modRevision ? undefined : kv;
    },
  })),
  wrong('a transaction that compares after its first put', (store) => ({
    txn(request, options) {
      const first = request.then?.[0];
      const compares = request.if?.map((compare) =>
        // The put makes the version one more, which is as if the operand were one less.
        first?.op === 'put' && compare.target === 'version' && same(compare.selector, first.key)
          ? { ...compare, operand: Number(compare.operand) - 1 }
          : compare,
      );
      return store.txn({ ...request, if: compares ?? [] }, options) as never;
    },
  })),
  wrong('a compaction that drops the tombstones of its own revision', (store) => ({
    async *history(selector, options) {
      for await (const event of store.history(selector, options)) {
        const isAtCompacted = event.revision === store.compactRevision;
        if (event.type === 'put' || !isAtCompacted) yield event;
      }
    },
  })),
  wrong('a hash that knows nothing above the compacted revision', (store) => ({
    async hashKv(revision) {
      const result = await store.hashKv(revision);
      const { hash } = await store.hashKv(Math.max(store.compactRevision, 0) || revision);
      return { ...result, hash };
    },
  })),
  wrong('a snapshot that moves on with the store', (store) => ({
    async snapshot(options) {
      const snapshot = await store.snapshot(options);
      const range: typeof store.range = (selector, options) => store.range(selector, options);
      return replaced(snapshot, { range });
    },
  })),
];

function same(selector: Selector, key: Key): boolean {
  if (typeof selector !== 'string' && !(selector instanceof Uint8Array)) return false;
  return bytesOf(selector) === bytesOf(key);
}

function bytesOf(key: Key): string {
  return Buffer.from(key as string).toString('latin1');
}

/** A store in memory, some of its methods replaced. */
function wrong(name: string, replace: (store: EmbeddedStore) => Partial<EmbeddedStore>): Shape {
  return {
    name,
    isDurable: false,
    async open(options) {
      const session = await memoryShape.open(options);
      const whole = session.store as EmbeddedStore;
      const store = replaced(whole, replace(whole));
      const { clock } = session;
      return new Session({ store, form: 'bytes', reopen: async (store) => store, clock });
    },
  };
}
