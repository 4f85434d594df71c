/** What a watch has been sent and its consumer has not taken yet. */
import type { WatchBatch } from '../types.ts';

export class WatchQueue {
  readonly #batches: WatchBatch[] = [];
  #events = 0;
  /** Why nothing more will come after what is queued. */
  ending: Error | undefined;
  /** Something can be taken, or nothing ever will. */
  onReadable: () => void = () => {};

  /** Events in it. */
  get events(): number {
    return this.#events;
  }

  push(batch: WatchBatch): void {
    const last = this.#batches.at(-1);
    // The newer one says all that the older one does.
    if (batch.progress && last?.progress === true) this.#batches.pop();
    this.#batches.push(batch);
    this.#events += batch.events.length;
    this.onReadable();
  }

  take(): WatchBatch | undefined {
    const batch = this.#batches.shift();
    if (batch !== undefined) this.#events -= batch.events.length;
    return batch;
  }

  end(error: Error): void {
    this.ending ??= error;
    this.onReadable();
  }

  clear(): void {
    this.#batches.length = 0;
    this.#events = 0;
  }
}
