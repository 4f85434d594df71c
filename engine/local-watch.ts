/** A watch of the public API: one watcher on a stream of its own, and iterators over its queue. */
import { CompactedError, VarveError } from './base/errors.ts';
import type { Watch, WatchBatch, WatchEvent } from './types.ts';
import type { Delivery } from './watch/watch-chan.ts';
import type { WatchStream } from './watch/watch-stream.ts';

type Result<T> = IteratorResult<T, undefined>;

/** A call of `next` that found nothing. */
interface Waiting {
  /** Gives it what is there; false if that is nothing. */
  readonly serve: () => boolean;
  /** Ends it, with an error or without. */
  readonly end: (error: Error | undefined) => void;
}

const DONE: Result<never> = { done: true, value: undefined };

export class LocalWatch implements Watch {
  readonly ready: Promise<number>;
  #revision: number;
  readonly #stream: WatchStream;
  readonly #onEnd: () => void;
  /** First come, first served. */
  readonly #waiting: Waiting[] = [];
  #isOver = false;
  /** Why it ended, if not by being cancelled; told once. */
  #error: Error | undefined;
  /** The batch whose events are being iterated, and how many were. */
  #batch: WatchBatch | undefined;
  #at = 0;

  /** `revision`: what comes first is above it. `onEnd` runs once, however it ends. */
  constructor(stream: WatchStream, revision: number, ready: Promise<number>, onEnd: () => void) {
    this.#stream = stream;
    this.#revision = revision;
    this.ready = ready;
    this.#onEnd = onEnd;
    // Whoever does not ask for it must not be punished for it; iterating tells the same.
    ready.catch((error: Error) => this.fail(error));
    stream.chan.onReadable = () => this.#serve();
  }

  get revision(): number {
    return this.#revision;
  }

  batches(): AsyncIterableIterator<WatchBatch> {
    const iterator: AsyncIterableIterator<WatchBatch> = {
      next: () => this.#next(this.#nextBatch),
      return: async () => {
        await this.cancel();
        return DONE;
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchEvent, undefined> {
    return {
      next: () => this.#next(this.#nextEvent),
      return: async () => {
        await this.cancel();
        return DONE;
      },
    };
  }

  requestProgress(): void {
    if (!this.#isOver) this.#stream.requestProgress();
  }

  cancel(): Promise<void> {
    this.#end(undefined);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cancel();
  }

  /** What is queued is dropped; the next `next` tells why. */
  fail(error: Error): void {
    this.#end(error);
  }

  /** Hears about idle times (R108). */
  tick(): void {
    this.#stream.tick();
  }

  /** `take` says what is next, if it is there. Calls that find nothing are served in their order. */
  #next<T>(take: () => T | undefined): Promise<Result<T>> {
    if (this.#waiting.length === 0) {
      try {
        const value = take();
        if (value !== undefined) return Promise.resolve({ done: false, value });
      } catch (error) {
        return Promise.reject(error);
      }
      if (this.#isOver) return this.#over();
    }
    return new Promise((resolve, reject) => {
      const serve = (): boolean => {
        const value = take();
        if (value !== undefined) resolve({ done: false, value });
        return value !== undefined;
      };
      const end = (error: Error | undefined): void => {
        if (error === undefined) resolve(DONE);
        else reject(error);
      };
      this.#waiting.push({ serve, end });
    });
  }

  #over(): Promise<Result<never>> {
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve(DONE) : Promise.reject(error);
  }

  /** Something can be taken, or nothing ever will. */
  #serve(): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.serve()) this.#waiting.shift();
  }

  readonly #nextBatch = (): WatchBatch | undefined => {
    const batch = this.#take();
    if (batch !== undefined) this.#reached(batch.revision);
    return batch;
  };

  readonly #nextEvent = (): WatchEvent | undefined => {
    while (this.#batch === undefined) {
      const batch = this.#take();
      if (batch === undefined) return undefined;
      if (batch.progress) this.#reached(batch.revision);
      else this.#batch = batch;
    }
    const { events } = this.#batch;
    const event = events[this.#at++]!;
    const following = events[this.#at];
    // A revision counts as delivered with its last event.
    if (following === undefined || following.revision > event.revision) {
      this.#reached(event.revision);
    }
    if (following === undefined) this.#forgetBatch();
    return event;
  };

  #reached(revision: number): void {
    if (revision > this.#revision) this.#revision = revision;
  }

  #forgetBatch(): void {
    this.#batch = undefined;
    this.#at = 0;
  }

  /** The next batch; ends the watch when its last word comes out of the queue. */
  #take(): WatchBatch | undefined {
    if (this.#isOver) return undefined;
    const delivery = this.#stream.chan.take();
    if (delivery === undefined) {
      const { error } = this.#stream;
      if (error !== undefined) this.#end(error);
      return undefined;
    }
    if (delivery.ending === null) return delivery.batch;
    this.#end(errorOf(delivery.ending));
    return undefined;
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#forgetBatch();
    this.#stream.close();
    this.#onEnd();
    for (const { end } of this.#waiting.splice(0)) {
      end(this.#error);
      this.#error = undefined;
    }
  }
}

function errorOf(ending: NonNullable<Delivery['ending']>): Error {
  if (ending.reason === 'compacted') return new CompactedError(ending.compactRevision);
  if (ending.reason === 'failed') return ending.error;
  return new VarveError(
    'ERR_SLOW_WATCHER',
    "the watch was cancelled, since its buffer was full: take events faster, raise bufferEvents, or let it wait with onSlow: 'wait'",
  );
}
