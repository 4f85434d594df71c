/**
 * Somebody who watches a store from its first revision on. What is shown is told at once, and must have been
 * asked for; what the watch ends with must be the store's end, or what a failed disk may come to.
 */
import { type EmbeddedStore, VarveError, type WatchEvent } from '../../engine/index.ts';
import type { Change } from '../../spec/history.ts';
import { isSame } from '../conformance/same.ts';
import { latin1 } from '../stores/plain.ts';
import { checkRefusal, Complaint, type Honesty } from './policy.ts';

export interface OnlookerInit {
  readonly store: EmbeddedStore;
  readonly honesty: Honesty;
  readonly show: (revision: number) => void;
  /** All that was asked for so far. */
  readonly requested: () => readonly Change[];
}

export class Onlooker {
  readonly #init: OnlookerInit;
  readonly #over: Promise<void>;
  #complaint: Error | undefined;

  constructor(init: OnlookerInit) {
    this.#init = init;
    this.#over = this.#watch().catch((error: unknown) => this.#end(error));
  }

  /** The store is closed: everything was shown that will be. */
  over(): Promise<void> {
    return this.#over;
  }

  complain(): void {
    if (this.#complaint !== undefined) throw this.#complaint;
  }

  async #watch(): Promise<void> {
    const { store, show } = this.#init;
    const startRevision = Math.max(1, store.compactRevision);
    for await (const { events } of store.watch({ all: true }, { startRevision }).batches()) {
      for (const event of events) {
        show(event.revision);
        this.#check(changeOf(event));
      }
    }
  }

  #check(change: Change): void {
    if (this.#init.requested().some((asked) => isSame(asked, change))) return;
    const { type, key, revision } = change;
    throw new Complaint(`a watch shows ${type} ${key} at ${revision}, which nobody asked for`);
  }

  #end(error: unknown): void {
    const isOver = error instanceof VarveError && OVER.has(error.code);
    if (isOver) return;
    try {
      if (error instanceof Complaint) throw error;
      checkRefusal('watch', error, this.#init.honesty);
    } catch (complaint) {
      this.#complaint = complaint as Error;
    }
  }
}

/** It came too late, or the store is closed. */
const OVER: ReadonlySet<string> = new Set(['ERR_CLOSED', 'ERR_COMPACTED']);

function changeOf({ type, revision, kv }: WatchEvent): Change {
  const key = latin1(kv.keyBytes);
  if (type === 'delete') return { type, revision, key };
  return { type, revision, key, value: latin1(kv.value), lease: kv.lease };
}
