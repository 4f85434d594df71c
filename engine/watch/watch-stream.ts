/**
 * Watchers that share one consumer: what etcd keeps for each watch stream of a client. Their responses come
 * out of one queue, in order for each watcher; between watchers no order is promised (R111).
 */
import { CompactedError, invalidArgument } from '../base/errors.ts';
import { EventBatch } from './event-batch.ts';
import { responsesOf } from './responses.ts';
import { type Delivery, WatchChan, type WatchResponse } from './watch-chan.ts';
import { isEmptyRange, Watcher, type WatchRequest } from './watcher.ts';

/** What a stream needs of the watchable store. */
export interface StreamOwner {
  /** The current revision. */
  rev(): number;
  /** The compacted one, -1 if there is none. */
  firstRev(): number;
  /** The last one that may be shown. */
  shownRevision(): number;
  add(watcher: Watcher): void;
  remove(watcher: Watcher): void;
  /** There is room again: whoever was held up may go on. */
  resume(stream: WatchStream): void;
  /** Puts it into the stream's queue, and sees to it that it leaves in time. */
  push(stream: WatchStream, delivery: Delivery): void;
  /** Hands out what may be shown, so that nothing is overtaken. */
  flush(): void;
  forget(stream: WatchStream): void;
}

export interface StreamOptions {
  /** Events that may wait in it. */
  readonly bufferEvents: number;
  /** R106: responses of watchers with `fragment` stay below it where they can. */
  readonly fragmentBytes: number;
}

export class WatchStream {
  readonly chan: WatchChan;
  /** Watchers that found no room, first come first served. */
  readonly waiting: Set<Watcher> = new Set();
  /** Why nothing more will come; what is queued still comes. */
  error: Error | undefined;
  readonly #owner: StreamOwner;
  readonly #options: StreamOptions;
  readonly #watchers = new Map<number, Watcher>();
  #nextId = 0;
  #responses: Generator<WatchResponse, void, void> | undefined;

  constructor(owner: StreamOwner, options: StreamOptions) {
    this.#owner = owner;
    this.#options = options;
    const shown = (): number => owner.shownRevision();
    this.chan = new WatchChan(options.bufferEvents, shown, () => {
      if (this.waiting.size > 0) this.#owner.resume(this);
    });
  }

  /** The current revision. */
  rev(): number {
    return this.#owner.rev();
  }

  /**
   * Begins a watch and returns its id (R93). ERR_INVALID_ARGUMENT: the id is taken, or the range is empty
   * (R96). CompactedError: a negative start (R98); other starts that are compacted end the watch (R97).
   */
  watch(request: WatchRequest): number {
    const { startRevision = 0 } = request;
    if (isEmptyRange(request)) throw invalidArgument('mvcc: watcher range is empty');
    if (startRevision < 0) throw new CompactedError(Math.max(0, this.#owner.firstRev()));
    const id = this.#idFor(request);
    const minRevision = startRevision > 0 ? startRevision : this.rev() + 1;
    const watcher = new Watcher(id, this, request, minRevision);
    this.#watchers.set(id, watcher);
    this.#owner.add(watcher);
    return id;
  }

  /** False if there is no such watch. What it has in the queue does not come any more. */
  cancel(id: number): boolean {
    const watcher = this.#watchers.get(id);
    if (watcher === undefined) return false;
    this.#watchers.delete(id);
    this.#owner.remove(watcher);
    return true;
  }

  /**
   * Puts a response for all watchers into the queue: everything up to its revision was delivered. Not
   * while one of them is behind or waits for a future start (R107): returns whether it did.
   */
  requestProgress(): boolean {
    this.#owner.flush();
    const shown = this.#owner.shownRevision();
    let count = 0;
    for (const watcher of this.#watchers.values()) {
      if (watcher.state === 'ended') continue;
      if (!watcher.hasSeen(shown)) return false;
      count++;
    }
    if (count === 0 || !this.chan.hasRoom) return false;
    this.#owner.push(this, { watcher: null, batch: EventBatch.progress(shown), ending: null });
    return true;
  }

  /** Tells each watcher that asked for it, is up to date, and got nothing since the last tick (R108). */
  tick(): void {
    this.#owner.flush();
    const shown = this.#owner.shownRevision();
    for (const watcher of this.#watchers.values()) {
      const isIdle = !watcher.isBusy;
      watcher.isBusy = false;
      if (!watcher.progressNotify || !isIdle) continue;
      if (!watcher.hasSeen(shown) || !this.chan.hasRoom) continue;
      this.#owner.push(this, { watcher, batch: EventBatch.progress(shown), ending: null });
    }
  }

  /** The next delivery of the queue that is not for a cancelled watch. */
  take(): Delivery | undefined {
    for (;;) {
      const delivery = this.chan.take();
      if (delivery === undefined) return undefined;
      const { watcher } = delivery;
      if (watcher === null || this.#watchers.get(watcher.id) === watcher) return delivery;
    }
  }

  /** The next response of the queue, as etcd would send it. */
  next(): WatchResponse | undefined {
    for (;;) {
      const step = this.#responses?.next();
      if (step !== undefined && step.done !== true) return step.value;
      const delivery = this.take();
      if (delivery === undefined) return undefined;
      this.#responses = responsesOf(delivery, this.#options.fragmentBytes);
    }
  }

  /** Nothing more will come after what is queued but this error. */
  end(error: Error): void {
    for (const watcher of this.#watchers.values()) this.#owner.remove(watcher);
    this.error ??= error;
    this.chan.onReadable();
  }

  /** Cancels every watch; what is queued is dropped. */
  close(): void {
    for (const id of this.#watchers.keys()) this.cancel(id);
    this.chan.clear();
    this.#responses = undefined;
    this.#owner.forget(this);
  }

  #idFor({ id = 0 }: WatchRequest): number {
    if (id === 0) {
      while (this.#watchers.has(this.#nextId)) this.#nextId++;
      return this.#nextId++;
    }
    if (this.#watchers.has(id)) {
      throw invalidArgument('mvcc: duplicate watch ID provided on the WatchStream');
    }
    return id;
  }
}
