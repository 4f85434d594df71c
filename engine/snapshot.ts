/** A read view of one revision that holds compaction back: it stays readable until it is disposed. */
import { closed } from './base/errors.ts';
import type { ReadView as KvReadView } from './mvcc/kv.ts';
import type { KvStore } from './mvcc/kvstore.ts';
import { LocalReadView, type ReadSource } from './read-view.ts';
import type { Snapshot } from './types.ts';

export class PinnedSnapshot extends LocalReadView implements Snapshot {
  readonly revision: number;
  readonly #release: () => void;

  constructor(store: ReadSource, kv: KvStore, revision: number, release: () => void) {
    let isOpen = true;
    const pinned = kv.pinnedRead(revision);
    const reader = (): KvReadView => {
      store.reader();
      if (!isOpen) throw closed();
      return pinned;
    };
    super(
      {
        reader,
        readable: (asked) => store.readable(asked),
        settle: (value, serializable) => store.settle(value, serializable),
      },
      revision,
    );
    this.revision = revision;
    this.#release = () => {
      isOpen = false;
      release();
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#release();
    return Promise.resolve();
  }
}
