/**
 * Somebody who watches and writes down what is shown: batch by batch, or event by event as most people do.
 * How fast is told from outside, so that one may lag behind as far as a test wants.
 */
import {
  CompactedError,
  type KeyValue as StoreKeyValue,
  VarveError,
  type Watch,
  type WatchBatch,
  type WatchEvent,
} from '../../engine/index.ts';
import type { Bytes, KeyValue } from '../../spec/types.ts';
import { textOf } from '../../spec/guarantees/chronicle.ts';
import type { Asked, SeenBatch, SeenEvent, Sighting } from '../../spec/guarantees/sighting.ts';

/** How it stands with the store at the moment something is seen. */
export type Look = () => Pick<SeenBatch, 'acknowledged' | 'compactRevision'>;

export interface WitnessInit {
  readonly watch: Watch;
  readonly asked: Asked;
  readonly by: 'batches' | 'events';
  readonly look: Look;
  /** Filled by whoever compacts, from before the watch began. */
  readonly compactions: readonly number[];
}

export class Witness {
  readonly watch: Watch;
  readonly #by: 'batches' | 'events';
  readonly #look: Look;
  readonly #compactions: readonly number[];
  readonly #firstCompaction: number;
  readonly #next: () => Promise<boolean>;
  #compactedBefore: number;
  #asked: Asked;
  #batches: SeenBatch[] = [];
  /** Events of a revision that is not over. */
  #open: SeenEvent[] = [];
  #bookmark: number;
  #wanted = 0;
  #taking: Promise<void> | undefined;
  #left: number | undefined;
  #error: Error | undefined;

  constructor({ watch, asked, by, look, compactions }: WitnessInit) {
    this.watch = watch;
    this.#asked = asked;
    this.#by = by;
    this.#look = look;
    this.#compactions = compactions;
    this.#firstCompaction = compactions.length;
    this.#compactedBefore = look().compactRevision;
    this.#bookmark = asked.from - 1;
    this.#next = by === 'batches' ? this.#takingBatches() : this.#takingEvents();
  }

  get asked(): Asked {
    return this.#asked;
  }
  /** Nothing more will come. */
  get isOver(): boolean {
    return this.#left !== undefined;
  }
  /** Why, if not because it was left. */
  get error(): Error | undefined {
    return this.#error;
  }
  get batchCount(): number {
    return this.#batches.length;
  }
  /** Everything up to here was shown, says the watch, and the batches where they are seen. */
  get bookmark(): number {
    const { revision } = this.watch;
    return this.#by === 'batches' ? Math.min(revision, this.#bookmark) : revision;
  }

  /** So many more batches or events are taken as they come. */
  take(count: number): void {
    if (count === 0) return;
    this.#wanted += count;
    this.#taking ??= this.#takeAll();
  }

  async leave(): Promise<void> {
    await this.watch.cancel();
    // What was handed over by then counts.
    await this.#taking;
    this.#left ??= this.watch.revision;
  }

  /** When it ended by itself. */
  async ended(): Promise<void> {
    this.take(Number.POSITIVE_INFINITY);
    await this.#taking;
  }

  /** `upTo`: see `Sighting`. */
  sighting(upTo: number | undefined): Sighting {
    const error = this.#error;
    return {
      ...this.#asked,
      batches: this.#batches,
      upTo,
      left: this.#left,
      cutOffBy: error instanceof CompactedError ? error.compactRevision : undefined,
      compactions: [this.#compactedBefore, ...this.#compactions.slice(this.#firstCompaction)],
    };
  }

  /** All that was seen so far, to be judged now; what comes from now on is seen as by another watch. */
  cut(): Sighting {
    const sighting = this.sighting(this.#bookmark);
    this.#asked = { ...this.#asked, from: this.#bookmark + 1 };
    this.#batches = [];
    return sighting;
  }

  async #takeAll(): Promise<void> {
    try {
      while (this.#wanted > 0 && (await this.#next())) this.#wanted--;
      if (this.#wanted > 0) this.#left = this.watch.revision;
    } catch (error) {
      this.#error = error as Error;
      this.#left = this.watch.revision;
    }
    if (!this.isOver) this.#taking = undefined;
  }

  #takingBatches(): () => Promise<boolean> {
    const batches = this.watch.batches();
    return async () => {
      const { done, value } = await batches.next();
      if (done === true) return false;
      this.#see(value, value.events.map(seen));
      return true;
    };
  }

  #takingEvents(): () => Promise<boolean> {
    const events = this.watch[Symbol.asyncIterator]();
    return async () => {
      const { done, value } = (await events.next()) as IteratorResult<WatchEvent, undefined>;
      if (done === true) return false;
      const revision = this.#open[0]?.revision ?? value.revision;
      if (revision !== value.revision) this.#close(revision);
      this.#open.push(seen(value));
      if (this.watch.revision >= value.revision) this.#close(value.revision);
      return true;
    };
  }

  #close(revision: number): void {
    this.#see({ revision, progress: false }, this.#open);
    this.#open = [];
  }

  #see(
    { revision, progress }: Pick<WatchBatch, 'revision' | 'progress'>,
    events: SeenEvent[],
  ): void {
    this.#batches.push({ revision, progress, events, ...this.#look() });
    this.#bookmark = Math.max(this.#bookmark, revision);
  }
}

/** Of an error that a watch may end with. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof VarveError ? error.code : undefined;
}

export function seen({ type, kv, prevKv, revision, isCreate }: WatchEvent): SeenEvent {
  const happening = {
    type,
    key: latin1(kv.keyBytes),
    revision,
    kv: type === 'put' ? plain(kv) : undefined,
    isCreate,
  };
  return { ...happening, text: textOf(happening), prevKv: prevKv && plain(prevKv) };
}

/** Bytes are left alone: other watches show the same ones. */
function plain(kv: StoreKeyValue): KeyValue {
  const { createRevision, modRevision, version, lease } = kv;
  const key = latin1(kv.keyBytes);
  return { key, value: latin1(kv.value), createRevision, modRevision, version, lease };
}

function latin1(bytes: Uint8Array): Bytes {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
