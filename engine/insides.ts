/**
 * For edges that serve a store and need more of it than its public API: streams of many watchers, alarms, the
 * records themselves. Nothing of it leaves the package.
 */
import { invalidArgument } from './base/errors.ts';
import type { Lessor } from './lease/lessor.ts';
import type { StoreOptions } from './options.ts';
import type { StoreCore } from './store-core.ts';
import type { EmbeddedStore } from './types.ts';
import type { LocalWatches } from './watches.ts';

export interface Insides {
  readonly core: StoreCore;
  readonly watches: LocalWatches;
  readonly lessor: Lessor;
  readonly options: StoreOptions;
}

const known = new WeakMap<EmbeddedStore, Insides>();

export function reveal(store: EmbeddedStore, insides: Insides): void {
  known.set(store, insides);
}

/** ERR_INVALID_ARGUMENT: not one that `open` or `openMemory` has made. */
export function insidesOf(store: EmbeddedStore): Insides {
  const insides = known.get(store);
  if (insides !== undefined) return insides;
  throw invalidArgument('give a store that open() or openMemory() of this package has made');
}
