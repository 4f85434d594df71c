/** Events on their way to a watcher: whole revisions, in order. Immutable, so watchers share one. */
import type { WatchBatch, WatchEvent } from '../types.ts';

export const LIVE = -1;

const NO_EVENTS: readonly WatchEvent[] = [];

export class EventBatch implements WatchBatch {
  /** Everything up to here was seen: at least the last event's revision. */
  readonly revision: number;
  readonly events: readonly WatchEvent[];
  /**
   * The last revision that could be shown when the log was read for it, which its response's header tells.
   * LIVE: it was not; its events are told one revision a response, each under its own (R102).
   */
  readonly shownRevision: number;
  /** About so much memory. */
  readonly bytes: number;

  constructor(
    revision: number,
    events: readonly WatchEvent[],
    shownRevision: number,
    bytes: number,
  ) {
    this.revision = revision;
    this.events = events;
    this.shownRevision = shownRevision;
    this.bytes = bytes;
  }

  /** Nothing happened up to this revision. */
  static progress(revision: number): EventBatch {
    return new EventBatch(revision, NO_EVENTS, revision, 0);
  }

  get isLive(): boolean {
    return this.shownRevision === LIVE;
  }
  get progress(): boolean {
    return this.events.length === 0;
  }

  /** What is left of it for a watcher that begins at this revision; undefined if nothing is. */
  since(revision: number): EventBatch | undefined {
    if (this.events[0]!.revision >= revision) return this;
    const first = this.events.findIndex((event) => event.revision >= revision);
    if (first < 0) return undefined;
    const events = this.events.slice(first);
    return new EventBatch(this.revision, events, this.shownRevision, events.reduce(addBytes, 0));
  }
}

/** Objects around key and value. */
const EVENT_BYTES = 256;

export function addBytes(sum: number, { kv, prevKv }: WatchEvent): number {
  const before = prevKv === undefined ? 0 : EVENT_BYTES + prevKv.value.length;
  return sum + EVENT_BYTES + kv.key.length + kv.value.length + before;
}
