/**
 * What the client knows of one watch: which revision it needs next, what is queued for its consumer, and
 * whether the server is to send anything now. It is told to the server anew after each reconnect, and after
 * its consumer has caught up with a full queue.
 */
import { CompactedError, VarveError } from '../base/errors.ts';
import type { WatchSource } from '../queued-watch.ts';
import { slowWatcher } from '../stream-source.ts';
import type { WatchBatch, WatchEvent } from '../types.ts';
import { WatchQueue } from './watch-queue.ts';

export interface WatcherInit {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  /** 0: from now on. */
  readonly startRevision: number;
  readonly prevKv: boolean;
  readonly noPut: boolean;
  readonly noDelete: boolean;
  readonly progressNotify: boolean;
  readonly cancelIfSlow: boolean;
  readonly bufferEvents: number;
}

/** Whoever talks to the server for it. */
export interface WatcherOwner {
  /** The server is to send what it needs. */
  begin(watcher: Watcher): void;
  /** Nothing is to be sent until it begins again. */
  pause(watcher: Watcher): void;
  requestProgress(watcher: Watcher): void;
  forget(watcher: Watcher): void;
}

export class Watcher implements WatchSource {
  readonly init: WatcherInit;
  readonly ready: Promise<number>;
  /** The first revision that was not received yet; 0 until that is known. */
  nextRevision: number;
  state: 'wanted' | 'paused' | 'over' = 'wanted';
  readonly #owner: WatcherOwner;
  readonly #queue = new WatchQueue();
  #settle!: { readonly resolve: (revision: number) => void; readonly reject: (e: Error) => void };
  readonly #seenBefore: number;

  /** `seenBefore`: the last revision that was known when it was asked for. */
  constructor(init: WatcherInit, owner: WatcherOwner, seenBefore: number) {
    this.init = init;
    this.#owner = owner;
    this.#seenBefore = seenBefore;
    this.nextRevision = init.startRevision;
    this.ready = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  /** The server has it, at this current revision: what was missed by then it sends. */
  created(current: number): void {
    // A member that lags behind would show again what was seen before.
    if (this.nextRevision === 0) this.nextRevision = Math.max(current, this.#seenBefore) + 1;
    this.#settle.resolve(current);
  }

  /** Events of whole revisions, in order. Those of a revision that it had already are left out. */
  receive(events: readonly WatchEvent[]): void {
    const first = events.findIndex(({ revision }) => revision >= this.nextRevision);
    if (first < 0) return;
    const fresh = first === 0 ? events : events.slice(first);
    const { revision } = fresh.at(-1)!;
    this.nextRevision = revision + 1;
    this.#queue.push({ revision, events: fresh, progress: false });
    // Its consumer may have cancelled it right there.
    if (this.state !== 'wanted' || this.#queue.events < this.init.bufferEvents) return;
    if (this.init.cancelIfSlow) return this.end(slowWatcher());
    this.state = 'paused';
    this.#owner.pause(this);
  }

  /**
   * All up to this revision was sent; `isAsked`: its consumer wants to know. If it `isLikely` only, and turns out to
   * be wrong, what comes late is shown late: nothing is left out for it.
   */
  progress(revision: number, isAsked: boolean, isLikely = false): void {
    if (revision < this.nextRevision - 1) return;
    if (!isLikely) this.nextRevision = revision + 1;
    if (isAsked) this.#queue.push({ revision, events: [], progress: true });
  }

  requestProgress(): void {
    if (this.state === 'wanted') this.#owner.requestProgress(this);
  }

  set onReadable(told: () => void) {
    this.#queue.onReadable = told;
  }

  get ending(): Error | undefined {
    return this.#queue.ending;
  }

  take(): WatchBatch | undefined {
    const batch = this.#queue.take();
    if (this.state === 'paused' && this.#queue.events <= this.init.bufferEvents / 2) {
      this.state = 'wanted';
      this.#owner.begin(this);
    }
    return batch;
  }

  stop(): void {
    this.#queue.clear();
    this.#leave();
  }

  /** After what is queued its consumer is told. */
  end(error: Error): void {
    this.#settle.reject(error);
    this.#leave();
    this.#queue.end(error);
  }

  #leave(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.#settle.reject(cancelled());
    this.#owner.forget(this);
  }
}

/** Why the server has ended it, as far as it says. */
export function cancelError(reason: string, compactRevision: number): Error {
  if (compactRevision > 0 || /required revision has been compacted/.test(reason)) {
    return new CompactedError(compactRevision);
  }
  const isOurs = /watcher range is empty|duplicate watch ID/.test(reason);
  const code = isOurs ? 'ERR_INVALID_ARGUMENT' : 'ERR_UNAVAILABLE';
  return new VarveError(code, reason === '' ? 'the server has cancelled the watch' : reason);
}

const cancelled = (): VarveError =>
  new VarveError('ERR_UNAVAILABLE', 'the watch was cancelled before the server had it');
