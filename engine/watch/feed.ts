/**
 * What watchers of the same keys have in common. An event is put into a feed once, however many watch; when
 * it may be shown, the feed's batch goes to each of its watchers, one push each.
 *
 *     put a @7 ──► Audience 'a' ──► Feed, plain:    [ 7, 9 ] ──► three watchers share one batch
 *     del a @9 ─┘               └─► Feed, PREV_KV:  [ 7, 9 ] ──► one watcher, events with prevKv
 *                               └─► Feed, NO_PUT:   [ 9 ]
 */
import type { KeyString } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { WatchEvent } from '../types.ts';
import { addBytes, EventBatch } from './event-batch.ts';
import type { PrevKv } from './prev-kv.ts';
import { NO_DELETE, NO_PUT, PREV_KV, type Watcher } from './watcher.ts';

export class Feed {
  readonly flavour: number;
  readonly watchers: Set<Watcher> = new Set();
  #events: WatchEvent[] = [];
  #bytes = 0;

  constructor(flavour: number) {
    this.flavour = flavour;
  }

  /** Undefined if nothing waits in it. */
  get firstRevision(): number | undefined {
    return this.#events[0]?.revision;
  }
  get isEmpty(): boolean {
    return this.#events.length === 0;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** More than any watcher may buffer: reading it from the log later costs less than keeping it. */
  get isTooLarge(): boolean {
    return this.#bytes > limits.watchBufferBytes;
  }

  /** True if it is the first event that waits in it. */
  offer(event: WatchEvent, prevKv: PrevKv): boolean {
    const { flavour } = this;
    if ((flavour & (event.type === 'put' ? NO_PUT : NO_DELETE)) !== 0) return false;
    const shown = (flavour & PREV_KV) === 0 ? event : prevKv.with(event);
    this.#bytes = addBytes(this.#bytes, shown);
    return this.#events.push(shown) === 1;
  }

  /** Takes the events up to this revision out. */
  take(upTo: number, shownRevision: number): EventBatch | undefined {
    const events = this.#events;
    const last = events.at(-1)?.revision ?? 0;
    if (last <= upTo) {
      const bytes = this.#bytes;
      this.clear();
      return events.length === 0 ? undefined : new EventBatch(last, events, shownRevision, bytes);
    }
    const after = events.findIndex(({ revision }) => revision > upTo);
    if (after === 0) return undefined;
    this.#events = events.slice(after);
    const before = events.slice(0, after);
    const bytes = before.reduce(addBytes, 0);
    this.#bytes -= bytes;
    return new EventBatch(before.at(-1)!.revision, before, shownRevision, bytes);
  }

  clear(): void {
    this.#events = [];
    this.#bytes = 0;
  }
}

/** The watchers of one key, or of one range of keys. */
export class Audience {
  readonly key: KeyString;
  readonly end: KeyString | undefined;
  /** By flavour: one, mostly. */
  readonly feeds: Feed[] = [];

  constructor(key: KeyString, end: KeyString | undefined) {
    this.key = key;
    this.end = end;
  }

  feed(flavour: number): Feed | undefined {
    return this.feeds.find((feed) => feed.flavour === flavour);
  }
}
