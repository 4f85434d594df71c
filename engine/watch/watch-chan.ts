/**
 * The queue between a stream's watchers and its consumer: what etcd's `Chan` is to a watch stream. What is
 * in it leaves in order, and only once its revision may be shown.
 *
 * It is bounded by events and bytes. A push is refused when it is full, never when it would make it full,
 * so it holds at most one batch more than its bound.
 */
import { limits } from '../base/limits.ts';
import type { WatchEvent } from '../types.ts';
import type { EventBatch } from './event-batch.ts';
import type { Watcher } from './watcher.ts';

/** Why a watcher got its last word. */
export type Ending =
  | { readonly reason: 'compacted'; readonly compactRevision: number }
  | { readonly reason: 'slow' }
  /** What it needs cannot be read. */
  | { readonly reason: 'failed'; readonly error: Error };

export interface Delivery {
  /** Null: said of all watchers of the stream (R107). */
  readonly watcher: Watcher | null;
  readonly batch: EventBatch;
  readonly ending: Ending | null;
}

/** What etcd sends to a client, one revision a response unless it is catching up (R102). */
export interface WatchResponse {
  /** -1: all watchers of the stream. */
  readonly watchId: number;
  /** Of the header: these events' own if they are live, else what was shown when they were read. */
  readonly revision: number;
  readonly events: readonly WatchEvent[];
  /** No more will come of this watcher. */
  readonly ending: Ending | null;
  /** More of the same response follows (R106). */
  readonly isFragment: boolean;
}

export class WatchChan {
  /**
   * Called when there is something to take, in the middle of what put it there: it may take and close its
   * own stream, and does nothing else. Not from inside `take`: who takes goes on until there is nothing.
   */
  onReadable: () => void = () => {};
  readonly #bufferEvents: number;
  readonly #shownRevision: () => number;
  readonly #onTake: () => void;
  /** What has left is undefined, up to the head. */
  #queue: (Delivery | undefined)[] = [];
  #head = 0;
  #events = 0;
  #bytes = 0;
  #lastRevision = 0;
  #isTaking = false;

  /** `onTake` runs after something left: there may be room again. */
  constructor(bufferEvents: number, shownRevision: () => number, onTake: () => void) {
    this.#bufferEvents = bufferEvents;
    this.#shownRevision = shownRevision;
    this.#onTake = onTake;
  }

  get hasRoom(): boolean {
    return this.#events < this.#bufferEvents && this.#bytes < limits.watchBufferBytes;
  }
  /** Events that wait in it; a batch without any counts as one. */
  get length(): number {
    return this.#events;
  }
  /** Of the newest thing that ever was in it. */
  get lastRevision(): number {
    return this.#lastRevision;
  }
  get isReadable(): boolean {
    const head = this.#queue[this.#head];
    return head !== undefined && head.batch.revision <= this.#shownRevision();
  }

  push(delivery: Delivery): void {
    const { batch } = delivery;
    this.#queue.push(delivery);
    this.#events += lengthOf(batch);
    this.#bytes += batch.bytes;
    if (batch.revision > this.#lastRevision) this.#lastRevision = batch.revision;
    if (!this.#isTaking && this.isReadable) this.onReadable();
  }

  /** The next batch whole; undefined if there is none that may be shown yet. */
  take(): Delivery | undefined {
    if (!this.isReadable) return undefined;
    const delivery = this.#queue[this.#head]!;
    this.#queue[this.#head++] = undefined;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > QUEUE_SLACK) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#events -= lengthOf(delivery.batch);
    this.#bytes -= delivery.batch.bytes;
    this.#isTaking = true;
    this.#onTake();
    this.#isTaking = false;
    return delivery;
  }

  clear(): void {
    this.#queue = [];
    this.#head = 0;
    this.#events = 0;
    this.#bytes = 0;
  }
}

const lengthOf = ({ events }: EventBatch): number => Math.max(1, events.length);

/** What has left is cut off now and then, not each time. */
const QUEUE_SLACK = 1024;
