/** A watch of this process: the one watcher of a stream of its own. */
import { CompactedError, VarveError } from './base/errors.ts';
import type { WatchSource } from './queued-watch.ts';
import type { WatchBatch } from './types.ts';
import type { Delivery } from './watch/watch-chan.ts';
import type { WatchStream } from './watch/watch-stream.ts';

export class StreamSource implements WatchSource {
  readonly ready: Promise<number>;
  readonly #stream: WatchStream;
  #last: Error | undefined;

  constructor(stream: WatchStream, ready: Promise<number>) {
    this.#stream = stream;
    this.ready = ready;
  }

  set onReadable(told: () => void) {
    this.#stream.chan.onReadable = told;
  }

  get ending(): Error | undefined {
    return this.#last;
  }

  take(): WatchBatch | undefined {
    const delivery = this.#stream.chan.take();
    if (delivery === undefined) this.#last = this.#stream.error;
    else if (delivery.ending === null) return delivery.batch;
    else this.#last = errorOf(delivery.ending);
    return undefined;
  }

  requestProgress(): void {
    this.#stream.requestProgress();
  }

  stop(): void {
    this.#stream.close();
  }
}

function errorOf(ending: NonNullable<Delivery['ending']>): Error {
  if (ending.reason === 'compacted') return new CompactedError(ending.compactRevision);
  if (ending.reason === 'failed') return ending.error;
  return slowWatcher();
}

export const slowWatcher = (): VarveError =>
  new VarveError(
    'ERR_SLOW_WATCHER',
    "the watch was cancelled, since its buffer was full: take events faster, raise bufferEvents, or let it wait with onSlow: 'wait'",
  );
