/** Watchers by what they watch: keys in a map, ranges in an interval tree. */
import type { KeyString } from '../base/bytes.ts';
import { IntervalTree } from '../base/interval-tree.ts';
import type { WatchEvent } from '../types.ts';
import { Audience, Feed } from './feed.ts';
import type { PrevKv } from './prev-kv.ts';
import type { Watcher } from './watcher.ts';

export class WatcherGroup {
  readonly #byKey = new Map<KeyString, Audience>();
  readonly #byRange: IntervalTree<Audience>;
  #size = 0;
  /** Feeds with events in them. */
  #waiting: Feed[] = [];
  /** The answer of `match`, re-used. */
  readonly #matches: Audience[] = [];

  constructor(random: () => number) {
    this.#byRange = new IntervalTree(random);
  }

  get size(): number {
    return this.#size;
  }
  get hasEvents(): boolean {
    return this.#waiting.length > 0;
  }

  add(watcher: Watcher): void {
    const audience = this.#audience(watcher) ?? this.#newAudience(watcher);
    let feed = audience.feed(watcher.flavour);
    if (feed === undefined) audience.feeds.push((feed = new Feed(watcher.flavour)));
    feed.watchers.add(watcher);
    this.#size++;
  }

  /** Returns the feed it was in. */
  delete(watcher: Watcher): Feed | undefined {
    const audience = this.#audience(watcher);
    const feed = audience?.feed(watcher.flavour);
    if (audience === undefined || feed?.watchers.delete(watcher) !== true) return undefined;
    this.#size--;
    if (feed.watchers.size > 0) return feed;
    feed.clear();
    audience.feeds.splice(audience.feeds.indexOf(feed), 1);
    if (audience.feeds.length > 0) return feed;
    if (watcher.end === undefined) this.#byKey.delete(watcher.key);
    else this.#byRange.delete(watcher.key, watcher.end);
    return feed;
  }

  /** Who watches this key; valid until the next call. */
  match(key: KeyString): readonly Audience[] {
    const matches = this.#matches;
    // Setting the length costs more than the look-up, and there is rarely more than one.
    while (matches.length > 0) matches.pop();
    const exact = this.#byKey.get(key);
    if (exact !== undefined) matches.push(exact);
    if (this.#byRange.size > 0) this.#byRange.stab(key, matches);
    return matches;
  }

  /** Puts an event into a feed of this group. */
  offer(feed: Feed, event: WatchEvent, prevKv: PrevKv): void {
    if (feed.offer(event, prevKv)) this.#waiting.push(feed);
  }

  /** The feeds that have events; who asks takes them over, and hands back what stays behind. */
  takeWaiting(): Feed[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  handBack(feed: Feed): void {
    this.#waiting.push(feed);
  }

  watchers(): Watcher[] {
    const audiences = [...this.#byKey.values(), ...this.#byRange.values()];
    return audiences.flatMap(({ feeds }) => feeds.flatMap((feed) => [...feed.watchers]));
  }

  #audience({ key, end }: Watcher): Audience | undefined {
    return end === undefined ? this.#byKey.get(key) : this.#byRange.get(key, end);
  }

  #newAudience({ key, end }: Watcher): Audience {
    const audience = new Audience(key, end);
    if (end === undefined) this.#byKey.set(key, audience);
    else this.#byRange.insert(key, end, audience);
    return audience;
  }
}
