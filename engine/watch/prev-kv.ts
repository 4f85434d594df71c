/** Events with the state before their revision (R104), each made once for all who want it. */
import type { KvStore } from '../mvcc/kvstore.ts';
import { keyStringOf } from '../base/bytes.ts';
import type { KeyValue, WatchEvent } from '../types.ts';

export class PrevKv {
  readonly #kv: KvStore;
  #last: WatchEvent | undefined;
  #lastWith: WatchEvent | undefined;

  constructor(kv: KvStore) {
    this.#kv = kv;
  }

  with(event: WatchEvent): WatchEvent {
    if (event !== this.#last) {
      this.#last = event;
      const prevKv = event.isCreate ? undefined : this.#before(event);
      this.#lastWith = prevKv === undefined ? event : { ...event, prevKv };
    }
    return this.#lastWith!;
  }

  #before({ kv, revision }: WatchEvent): KeyValue | undefined {
    const before = revision - 1;
    if (before < Math.max(1, this.#kv.firstRev())) return undefined;
    return this.#kv.get(keyStringOf(kv.keyBytes), before, false);
  }
}
