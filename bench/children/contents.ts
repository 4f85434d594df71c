/** What the children have in common: filling a store, and asking what a process takes. */
import { setImmediate } from 'node:timers/promises';
import type { EmbeddedStore } from '../../engine/index.ts';
import { keyOf, orderOf, valueOf } from '../keys.ts';

export interface Contents {
  readonly keys: number;
  /** As many puts; each key gets its share of them. */
  readonly revisions: number;
}

const PUTS_A_TURN = 1000;

/** In random order, the same in every pass over the keys. All of it is on disk at the end. */
export async function putAll(store: EmbeddedStore, { keys, revisions }: Contents): Promise<void> {
  const order = orderOf(keys, 'random');
  const waiting: Promise<unknown>[] = [];
  for (let put = 0; put < revisions; put++) {
    const number = order[put % keys]!;
    waiting.push(store.put(keyOf(number), valueOf(number)));
    if (waiting.length < PUTS_A_TURN) continue;
    await Promise.all(waiting.splice(0));
    await setImmediate();
  }
  await Promise.all(waiting);
  await store.flush();
}

/** After a full collection; without --expose-gc it is only an upper bound. */
export async function usedBytes(): Promise<{ readonly all: number; readonly heap: number }> {
  const { gc } = globalThis as { readonly gc?: () => void };
  for (let pass = 0; pass < 3; pass++) {
    gc?.();
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return { all: heapUsed + external, heap: heapUsed };
}
