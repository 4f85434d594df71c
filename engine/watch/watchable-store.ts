/**
 * Who watches what, and who has seen how much: etcd's `watchableStore`. It is synchronous: `notify` runs in
 * the write path, `flush` when something may be shown, `syncWatchers` as often as there are watchers behind.
 *
 *            add, start in the past                      add, start in the future
 *                    ▼                                             ▼
 *               unsynced ───── syncWatchers: caught up ─────►   synced ◄── notify, flush
 *                  ▲ ▲                                             │
 *                  │ └──────────── its feed grew too large ────────┤
 *                  │                                               │ its stream is full
 *               victim ◄───────────────────────────────────────────┘
 *                  └─ resume: room again; back to where it belongs
 *
 * **Shown.** Events are gathered as writes end, but leave a stream's queue only once their revision could
 * be acknowledged: no crash takes back what somebody saw.
 */
import { AssertionError } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import type { TxnWrite } from '../mvcc/kv.ts';
import type { KvStore } from '../mvcc/kvstore.ts';
import type { WatchEvent } from '../types.ts';
import { CatchUp } from './catch-up.ts';
import { EventBatch, LIVE } from './event-batch.ts';
import type { Feed } from './feed.ts';
import { PrevKv } from './prev-kv.ts';
import { Roster } from './roster.ts';
import type { Delivery, Ending } from './watch-chan.ts';
import { type StreamOptions, type StreamOwner, WatchStream } from './watch-stream.ts';
import type { Watcher } from './watcher.ts';
import type { WatcherGroup } from './watcher-group.ts';

export interface WatchableStoreInit {
  readonly kv: KvStore;
  /** The last revision that could be acknowledged. */
  readonly shownRevision: () => number;
  readonly random: () => number;
  /** Some watcher is behind: call `syncWatchers`. */
  readonly onBehind: () => void;
  /** Some queue holds what may not be shown yet: call `flush` when it may. */
  readonly onGated: () => void;
}

export class WatchableStore implements StreamOwner {
  readonly #init: WatchableStoreInit;
  readonly #kv: KvStore;
  readonly #prevKv: PrevKv;
  readonly #roster: Roster;
  readonly #synced: WatcherGroup;
  readonly #streams = new Set<WatchStream>();
  /** Their queues hold something that may not be shown yet. */
  readonly #gated = new Set<WatchStream>();
  /** Events handed to streams so far. */
  eventCount = 0;

  constructor(init: WatchableStoreInit) {
    const { kv, random, onBehind } = init;
    this.#init = init;
    this.#kv = kv;
    this.#prevKv = new PrevKv(kv);
    this.#roster = new Roster({ rev: () => kv.rev(), random, onBehind });
    this.#synced = this.#roster.synced;
  }

  get counts(): Roster['counts'] {
    return this.#roster.counts;
  }
  get streamCount(): number {
    return this.#streams.size;
  }
  /** Nobody watches: writes need not be told. */
  get isIdle(): boolean {
    return this.#streams.size === 0;
  }
  /** Something waits for `flush`. */
  get hasWaiting(): boolean {
    return this.#synced.hasEvents || this.#gated.size > 0;
  }
  /** Events in the queues of all streams. */
  get queuedEvents(): number {
    let count = 0;
    for (const { chan } of this.#streams) count += chan.length;
    return count;
  }

  rev(): number {
    return this.#kv.rev();
  }
  firstRev(): number {
    return this.#kv.firstRev();
  }
  shownRevision(): number {
    return this.#init.shownRevision();
  }

  newStream(options: StreamOptions): WatchStream {
    const stream = new WatchStream(this, options);
    this.#streams.add(stream);
    return stream;
  }
  forget(stream: WatchStream): void {
    this.#streams.delete(stream);
    this.#gated.delete(stream);
  }

  push(stream: WatchStream, delivery: Delivery): void {
    const { revision, events } = delivery.batch;
    this.eventCount += events.length;
    if (revision > this.shownRevision()) {
      this.#gated.add(stream);
      this.#init.onGated();
    }
    stream.chan.push(delivery);
  }

  add(watcher: Watcher): void {
    this.#roster.place(watcher);
  }

  remove(watcher: Watcher): void {
    this.#roster.displace(watcher);
    watcher.state = 'ended';
  }

  // ── writing ──────────────────────────────────────────────────────────────

  /** A transaction has ended: its events go to the feeds of those who watch its keys (R110). */
  notify(tx: TxnWrite): void {
    if (this.#synced.size === 0) return;
    for (let sub = 0; sub < tx.changeCount; sub++) {
      const audiences = this.#synced.match(tx.keyOf(sub));
      if (audiences.length === 0) continue;
      const event = tx.eventOf(sub);
      for (const { feeds } of audiences) {
        // From the last: one that spills may leave.
        for (let i = feeds.length - 1; i >= 0; i--) this.#offer(feeds[i]!, event);
      }
    }
  }

  #offer(feed: Feed, event: WatchEvent): void {
    try {
      this.#synced.offer(feed, event, this.#prevKv);
      if (feed.isTooLarge) this.#spill(feed, event.revision);
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      // The state before it cannot be read. The write is none the worse; who needs that state, reading
      // the log, learns why.
      this.#spill(feed, event.revision);
    }
  }

  /** Hands out everything that may be shown. */
  flush(): void {
    if (!this.hasWaiting) return;
    const shown = this.shownRevision();
    for (const feed of this.#synced.takeWaiting()) {
      const batch = feed.take(shown, LIVE);
      if (!feed.isEmpty) this.#synced.handBack(feed);
      if (batch === undefined) continue;
      for (const watcher of feed.watchers) {
        const piece = batch.since(watcher.minRevision);
        if (piece !== undefined) this.#deliver(watcher, piece);
      }
    }
    for (const stream of this.#gated) {
      if (stream.chan.lastRevision <= shown) this.#gated.delete(stream);
      if (stream.chan.isReadable) stream.chan.onReadable();
    }
  }

  /** What waits in the feed is dropped: its watchers read it from the log, but for those who begin later. */
  #spill(feed: Feed, revision: number): void {
    const from = feed.firstRevision ?? revision;
    feed.clear();
    for (const watcher of feed.watchers) {
      if (watcher.minRevision > revision) continue;
      this.#roster.displace(watcher);
      watcher.minRevision = Math.max(watcher.minRevision, from);
      this.#roster.place(watcher);
    }
  }

  // ── catching up ──────────────────────────────────────────────────────────

  /** One reading of the log for those who are behind; true if there is more to do at once. */
  syncWatchers(): boolean {
    const { unsynced } = this.#roster;
    const [leader] = unsynced;
    if (leader === undefined) return false;
    const compactRevision = this.firstRev();
    if (leader.minRevision > this.rev()) this.#roster.replace(leader);
    else if (leader.minRevision >= compactRevision) this.#round(leader, limits.watchersPerRound);
    else this.#finish(leader, { reason: 'compacted', compactRevision });
    return unsynced.size > 0;
  }

  /** A stretch of the log from where the leader stands, for it and others who stand in it. */
  #round(leader: Watcher, watchersMax: number): void {
    const { minRevision } = leader;
    const round = new CatchUp(this.#kv, minRevision, this.shownRevision(), this.#init.random);
    const chosen = this.#choose(minRevision, round.upTo, watchersMax);
    for (const watcher of chosen) round.add(watcher);
    try {
      round.read();
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      // What cannot be read ends those who need it, and nobody else.
      if (chosen.length > 1) this.#round(leader, 1);
      else this.#finish(leader, { reason: 'failed', error: error as Error });
      return;
    }
    for (const [watcher, batch] of round.batches()) this.#deliver(watcher, batch);
    const next = round.upTo + 1;
    for (const watcher of chosen) {
      watcher.minRevision = Math.max(watcher.minRevision, next);
      if (watcher.state === 'unsynced') this.#roster.replace(watcher);
    }
  }

  /** Those who stand between two revisions, the longest waiting first (R110). */
  #choose(from: number, to: number, countMax: number): Watcher[] {
    const chosen: Watcher[] = [];
    for (const watcher of this.#roster.unsynced) {
      if (chosen.length === countMax) break;
      if (watcher.minRevision >= from && watcher.minRevision <= to) chosen.push(watcher);
    }
    return chosen;
  }

  /** A full stream has room again. */
  resume(stream: WatchStream): void {
    for (const watcher of stream.waiting) {
      if (!stream.chan.hasRoom) return;
      const { kept } = watcher;
      this.#roster.displace(watcher);
      if (kept !== undefined) this.push(stream, { watcher, batch: kept, ending: null });
      this.#roster.place(watcher);
    }
  }

  /** The backend was replaced: everybody reads on in what is there now. */
  restore(): void {
    const next = this.rev() + 1;
    this.#kv.restore();
    for (const feed of this.#synced.takeWaiting()) {
      const from = feed.firstRevision ?? next;
      for (const watcher of feed.watchers) this.#roster.rewind(watcher, from);
    }
    for (const watcher of this.#synced.watchers()) this.#roster.rewind(watcher, next);
    this.#init.onBehind();
  }

  /** Nothing more will come: every stream ends with this error after what it has queued. */
  end(error: Error): void {
    this.flush();
    for (const stream of this.#streams) stream.end(error);
  }

  // ── handing out ──────────────────────────────────────────────────────────

  #deliver(watcher: Watcher, batch: EventBatch): void {
    // Its consumer may have closed it in the middle of this round.
    if (watcher.state === 'ended') return;
    const { stream } = watcher;
    watcher.isBusy = true;
    if (stream.chan.hasRoom) this.push(stream, { watcher, batch, ending: null });
    else if (!watcher.cancelIfSlow || watcher.state !== 'synced') this.#roster.hold(watcher, batch);
    else this.#finish(watcher, { reason: 'slow' });
  }

  #finish(watcher: Watcher, ending: Ending): void {
    this.remove(watcher);
    const batch = EventBatch.progress(this.shownRevision());
    this.push(watcher.stream, { watcher, batch, ending });
  }
}
