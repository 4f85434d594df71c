/** Whatever has the Store interface, with the doors that only a store in this process has, or without. */
import type { EmbeddedStore, Store } from '../../engine/types.ts';

export type AnyStore = Store & Partial<Omit<EmbeddedStore, keyof Store>>;

/** The current revision, by the shortest way there is. */
export async function revisionOf(store: AnyStore): Promise<number> {
  return store.revision ?? (await store.status()).revision;
}
