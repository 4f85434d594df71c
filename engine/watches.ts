/**
 * Watching, as the store does it: this is the edge of `watch/`. It says when events may leave (as the sync
 * mode says), reads the log for those who are behind, a stretch a turn of the event loop, and minds timers
 * and signals.
 */
import type { Clock } from './base/clock.ts';
import { CompactedError, invalidArgument } from './base/errors.ts';
import { limits } from './base/limits.ts';
import type { TxnWrite } from './mvcc/kv.ts';
import type { StoreOptions } from './options.ts';
import { QueuedWatch } from './queued-watch.ts';
import type { StoreCore } from './store-core.ts';
import { StreamSource } from './stream-source.ts';
import { checkedInteger } from './txn/range.ts';
import { isSingleKey, keyRangeOf, type KeyRange } from './txn/selector.ts';
import type { Key, Selector, Watch, WatchOptions } from './types.ts';
import { WatchableStore } from './watch/watchable-store.ts';
import type { WatchStream } from './watch/watch-stream.ts';

/** R106: what a response may hold beyond the largest request. */
const FRAGMENT_SLACK_BYTES = 512 * 1024;
const BUFFER_EVENTS = 4096;
/** R108: so that not all of them tick together. */
const PROGRESS_JITTER = 0.1;

export class LocalWatches {
  readonly watchable: WatchableStore;
  readonly #core: StoreCore;
  readonly #clock: Clock;
  readonly #options: StoreOptions;
  /** What open watches hold of the outside, their timers and signals: each lets go of its own. */
  readonly #releases = new Set<() => void>();
  #isFlushing = false;
  #isReading = false;

  constructor(core: StoreCore, options: StoreOptions) {
    this.#core = core;
    this.#clock = options.clock;
    this.#options = options;
    this.watchable = new WatchableStore({
      kv: core.kv,
      shownRevision: () => core.shownRevision,
      random: options.random,
      onBehind: () => this.#read(),
      onGated: () => this.#flushLater(),
    });
  }

  /** Nothing more will happen: whoever watches is told why, after what was shown already. */
  end(error: Error): void {
    this.watchable.end(error);
    // Those that nobody iterates any more hold nothing up, a process that wants to exit least of all.
    for (const release of this.#releases) release();
  }

  /** Right after a transaction that changed something. */
  follow(tx: TxnWrite): void {
    if (this.watchable.isIdle) return;
    this.watchable.notify(tx);
    this.#flushLater();
  }

  watch(selector: Selector, options: WatchOptions): Watch {
    const { bufferEvents = BUFFER_EVENTS, signal, onSlow = 'wait' } = options;
    const stream = this.newStream(bufferEvents);
    let timer: Disposable | undefined;
    const onAbort = (): void => watch.fail(signal!.reason as Error);
    const tick = (): void => {
      timer = this.#clock.setTimer(this.progressMs(), tick);
      stream.tick();
    };
    const release = (): void => {
      timer?.[Symbol.dispose]();
      signal?.removeEventListener('abort', onAbort);
      this.#releases.delete(release);
    };
    let before = this.#core.kv.rev();
    let ready: Promise<number>;
    try {
      const startRevision = checkedInteger('startRevision', options.startRevision);
      // Before anything can refuse it: a watch that shows nothing has delivered nothing.
      if (startRevision > 0) before = startRevision - 1;
      signal?.throwIfAborted();
      this.#core.checkUsable();
      checkOptions(options, bufferEvents);
      stream.watch({
        ...watchRangeOf(selector),
        startRevision,
        prevKv: options.prevKv === true,
        noPut: options.only === 'delete',
        noDelete: options.only === 'put',
        progressNotify: options.progress === true,
        cancelIfSlow: onSlow === 'cancel',
      });
      const compactRevision = this.#core.kv.firstRev();
      if (startRevision > 0 && startRevision < compactRevision) {
        throw new CompactedError(compactRevision);
      }
      ready = this.#core.settle(this.#core.kv.rev(), false);
    } catch (error) {
      ready = Promise.reject(error);
    }
    const watch = new QueuedWatch(new StreamSource(stream, ready), {
      revision: before,
      isFromNow: false,
      onEnd: release,
    });
    this.#releases.add(release);
    signal?.addEventListener('abort', onAbort);
    if (options.progress === true) timer = this.#clock.setTimer(this.progressMs(), tick);
    return watch;
  }

  /** For many watches of one consumer. */
  newStream(bufferEvents: number = BUFFER_EVENTS): WatchStream {
    return this.watchable.newStream({ bufferEvents, fragmentBytes: this.fragmentBytes });
  }

  /** R106. */
  get fragmentBytes(): number {
    return this.#options.maxRequestBytes + FRAGMENT_SLACK_BYTES;
  }

  /** Until the next tick of a stream (R108). */
  progressMs(intervalMs: number = limits.watchProgressMs): number {
    return intervalMs * (1 + PROGRESS_JITTER * this.#options.random());
  }

  /** As soon as what was written may be shown; at once, but for what goes on in this turn. */
  #flushLater(): void {
    if (this.#isFlushing) return;
    const { kv } = this.#core;
    const isShown = this.#core.shownRevision >= kv.rev();
    if (isShown && !this.watchable.hasWaiting) return;
    this.#isFlushing = true;
    if (isShown) queueMicrotask(this.#flush);
    else this.#core.whenCommitted({ committed: this.#flush, failed: this.#unflushed });
  }

  readonly #flush = (): void => {
    this.#isFlushing = false;
    this.watchable.flush();
    if (this.watchable.hasWaiting) this.#flushLater();
  };

  /** The store has failed, and says so itself. */
  readonly #unflushed = (): void => {
    this.#isFlushing = false;
  };

  /** Until nobody is behind, or all who are have full buffers. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    setImmediate(() => {
      this.#isReading = false;
      try {
        if (this.watchable.syncWatchers()) this.#read();
      } catch (error) {
        this.end(error as Error);
      }
    });
  }
}

/** R90: an empty key stands for the one that is a NUL byte. */
function watchRangeOf(selector: Selector): KeyRange {
  if (isSingleKey(selector)) return keyRangeOf(selector.length === 0 ? '\0' : selector);
  const { gte } = (selector ?? {}) as { readonly gte?: Key };
  return keyRangeOf(gte?.length === 0 ? { ...selector, gte: '\0' } : selector);
}

function checkOptions({ only, onSlow }: WatchOptions, bufferEvents: number): void {
  if (only !== undefined && only !== 'put' && only !== 'delete') {
    throw invalidArgument(`only is 'put' or 'delete', not ${String(only)}`);
  }
  if (onSlow !== undefined && onSlow !== 'wait' && onSlow !== 'cancel') {
    throw invalidArgument(`onSlow is 'wait' or 'cancel', not ${String(onSlow)}`);
  }
  if (!Number.isSafeInteger(bufferEvents) || bufferEvents < 1) {
    throw invalidArgument(`bufferEvents is a whole number above 0, not ${bufferEvents}`);
  }
}
