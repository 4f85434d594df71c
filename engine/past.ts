/** What a store remembers: its history as events, what changed between two revisions, views that stay. */
import { CompactedError, futureRevision } from './base/errors.ts';
import { failing } from './read-view.ts';
import { PinnedSnapshot } from './snapshot.ts';
import type { StoreCore } from './store-core.ts';
import { checkedInteger } from './txn/range.ts';
import { keyFilterOf, keyRangeOf } from './txn/selector.ts';
import type {
  CallOptions,
  Change,
  DiffOptions,
  HistoryOptions,
  Selector,
  Snapshot,
  SnapshotOptions,
  WatchEvent,
} from './types.ts';

export class Past {
  readonly #core: StoreCore;

  constructor(core: StoreCore) {
    this.#core = core;
  }

  history(selector: Selector, options: HistoryOptions): AsyncGenerator<WatchEvent, void, void> {
    try {
      this.#core.checkReadable();
      const wants = keyFilterOf(keyRangeOf(selector));
      const from = Math.max(0, checkedInteger('from', options.from));
      const to = this.#checked('to', options.to);
      return this.#events(this.#core.kv.history({ wants, from, to }), options);
    } catch (error) {
      return failing(error);
    }
  }

  async *#events<T>(events: Iterable<T>, options: CallOptions): AsyncGenerator<T, void, void> {
    await this.#core.settle(undefined, false);
    for (const event of events) {
      options.signal?.throwIfAborted();
      yield event;
      // The consumer ran in between.
      this.#core.checkReadable();
    }
  }

  diff(selector: Selector, options: DiffOptions): AsyncGenerator<Change, void, void> {
    try {
      this.#core.checkReadable();
      const range = keyRangeOf(selector);
      const to = this.#checked('to', options.to);
      // From 0: from before the first revision.
      const from = options.from === 0 ? 0 : this.#checked('from', options.from);
      return this.#events(this.#core.kv.diff({ ...range, from, to }), options);
    } catch (error) {
      return failing(error);
    }
  }

  snapshot(options: SnapshotOptions): Promise<Snapshot> {
    try {
      options.signal?.throwIfAborted();
      this.#core.checkReadable();
      const { kv, maintenance } = this.#core;
      const revision = this.#checked('revision', options.revision);
      const compactRevision = kv.firstRev();
      if (revision < compactRevision) throw new CompactedError(compactRevision);
      const release = maintenance.pins.hold(revision);
      return this.#core.settle(new PinnedSnapshot(this.#core, kv, revision, release), false);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The current revision if it is absent, 0 or negative (R20). */
  #checked(name: string, revision: number | undefined): number {
    const asked = checkedInteger(name, revision);
    const { revision: current } = this.#core;
    if (asked > current) throw futureRevision();
    return asked > 0 ? asked : current;
  }
}
