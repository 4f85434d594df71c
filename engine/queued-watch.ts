/** A watch of the public API: iterators over what is queued for it, wherever that comes from. */
import type { Watch, WatchBatch, WatchEvent } from './types.ts';

type Result<T> = IteratorResult<T, undefined>;

/** A call of `next` that found nothing. */
interface Waiting {
  /** Gives it what is there; false if that is nothing. */
  readonly serve: () => boolean;
  /** Ends it, with an error or without. */
  readonly end: (error: Error | undefined) => void;
}

/** Whoever fills the queue. */
export interface WatchSource {
  readonly ready: Promise<number>;
  /** The next batch, if there is one. */
  take(): WatchBatch | undefined;
  /** Why nothing more will come after what is queued. */
  readonly ending: Error | undefined;
  /** To be called when something can be taken, or nothing ever will. */
  onReadable: () => void;
  requestProgress(): void;
  /** Nobody will take anything any more, not what is queued either. Called once. */
  stop(): void;
}

export interface WatchInit {
  /** What comes first is above it, */
  readonly revision: number;
  /** and above what `ready` says, if it is from then on. */
  readonly isFromNow: boolean;
  /** Runs once, however it ends. */
  readonly onEnd: () => void;
}

const DONE: Result<never> = { done: true, value: undefined };

export class QueuedWatch implements Watch {
  readonly ready: Promise<number>;
  #revision: number;
  readonly #source: WatchSource;
  readonly #onEnd: () => void;
  /** First come, first served. */
  readonly #waiting: Waiting[] = [];
  #isOver = false;
  /** Why it ended, if not by being cancelled; told once. */
  #error: Error | undefined;
  /** The batch whose events are being iterated, and how many were. */
  #batch: WatchBatch | undefined;
  #at = 0;

  constructor(source: WatchSource, { revision, isFromNow, onEnd }: WatchInit) {
    this.#source = source;
    this.#onEnd = onEnd;
    this.#revision = revision;
    this.ready = source.ready;
    this.ready.then(
      (current) => isFromNow && this.#reached(current),
      // Whoever does not ask for it must not be punished for it; iterating tells the same.
      (error: Error) => this.fail(error),
    );
    source.onReadable = () => this.#serve();
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
    if (!this.#isOver) this.#source.requestProgress();
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

  /** The next batch; ends the watch when nothing will follow any more. */
  #take(): WatchBatch | undefined {
    if (this.#isOver) return undefined;
    const batch = this.#source.take();
    if (batch === undefined && this.#source.ending !== undefined) this.#end(this.#source.ending);
    return batch;
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#forgetBatch();
    this.#source.stop();
    this.#onEnd();
    for (const { end } of this.#waiting.splice(0)) {
      end(this.#error);
      this.#error = undefined;
    }
  }
}
