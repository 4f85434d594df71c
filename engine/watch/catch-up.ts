/**
 * One reading of the log for watchers that are behind. They share it: a stretch of history is read once,
 * from where the first of them stands, and each gets what it has not seen. The stretch is bounded in
 * records, revisions and bytes, and ends with a whole revision.
 *
 *     revisions   …  5   6   7   8   9 │ 10 …       a needs 5, b needs 8: one reading, from 5 to 9
 *     a              ●───────────────●
 *     b                          ●───●              both need 10 afterwards, and go on together
 */
import { limits } from '../base/limits.ts';
import type { KvStore } from '../mvcc/kvstore.ts';
import { addBytes, type EventBatch } from './event-batch.ts';
import { PrevKv } from './prev-kv.ts';
import type { Watcher } from './watcher.ts';
import { WatcherGroup } from './watcher-group.ts';

export class CatchUp {
  readonly #kv: KvStore;
  readonly #group: WatcherGroup;
  readonly #from: number;
  readonly #shownRevision: number;
  #upTo: number;

  /** From this revision on, which is not compacted. */
  constructor(kv: KvStore, from: number, shownRevision: number, random: () => number) {
    this.#kv = kv;
    this.#from = from;
    this.#shownRevision = shownRevision;
    this.#group = new WatcherGroup(random);
    const { watchRecordsPerRound, watchRevisionsPerRound } = limits;
    this.#upTo = kv.stretchEnd(from, watchRecordsPerRound, watchRevisionsPerRound);
  }

  /** The last revision of the stretch; reading may bring it down. */
  get upTo(): number {
    return this.#upTo;
  }

  /** A watcher that stands in the stretch. */
  add(watcher: Watcher): void {
    this.#group.add(watcher);
  }

  /** Throws what the log does. */
  read(): void {
    const prevKv = new PrevKv(this.#kv);
    const group = this.#group;
    let bytes = 0;
    let revision = this.#from;
    let audiences = group.match('');
    const wants = (key: string): boolean => {
      audiences = group.match(key);
      return audiences.length > 0;
    };
    for (const event of this.#kv.history({ wants, from: this.#from, to: this.#upTo })) {
      if (event.revision > revision && bytes > limits.watchBufferBytes) {
        this.#upTo = event.revision - 1;
        return;
      }
      revision = event.revision;
      bytes = addBytes(bytes, event);
      for (const { feeds } of audiences) {
        for (const feed of feeds) group.offer(feed, event, prevKv);
      }
    }
  }

  /** What each watcher gets, once it was read; no answer for those who get nothing. */
  *batches(): Generator<readonly [Watcher, EventBatch], void, void> {
    for (const feed of this.#group.takeWaiting()) {
      const batch = feed.take(this.#upTo, this.#shownRevision)!;
      for (const watcher of feed.watchers) {
        const piece = batch.since(watcher.minRevision);
        if (piece !== undefined) yield [watcher, piece];
      }
    }
  }
}
