/**
 * A watch stream as etcd has it, made of watches of the Store API, one for each watcher. Ids, and the
 * responses that say created or canceled, are made here; what a watch sees, and why it ends, is the
 * store's.
 */
import { CompactedError, type EmbeddedStore, type Watch } from '../../engine/index.ts';
import { headerOf, watchAnswer } from './answers.ts';
import type { Fields } from './recorded.ts';
import {
  selectorOf,
  type WatchCreateMessage,
  type WatchMessage,
  watchOptionsOf,
} from './requests.ts';

export class WatchStream {
  readonly #store: EmbeddedStore;
  readonly #watches = new Map<number, Watch>();
  /** Watchers whose next word is an answer to a progress request. */
  readonly #asked = new Set<number>();
  readonly #responses: Fields[] = [];
  #nextId = 0;

  constructor(store: EmbeddedStore) {
    this.#store = store;
  }

  /** Events of responses that nobody has taken. */
  get eventCount(): number {
    return this.#responses.reduce((count, response) => count + eventsOf(response).length, 0);
  }
  get isReadable(): boolean {
    return this.#responses.length > 0;
  }

  async send({ create_request, cancel_request, progress_request }: WatchMessage): Promise<void> {
    if (create_request !== undefined) await this.#create(create_request);
    if (cancel_request !== undefined) await this.#cancel(cancel_request.watch_id);
    if (progress_request !== undefined) {
      for (const [id, watch] of this.#watches) {
        this.#asked.add(id);
        watch.requestProgress();
      }
    }
  }

  take(): Fields | undefined {
    return this.#responses.shift();
  }

  /** Responses merged, until they have so many events. */
  collect(count: number): Fields {
    const events: unknown[] = [];
    const revisions: number[] = [];
    while (events.length < count && this.isReadable) {
      const taken = eventsOf(this.take()!);
      events.push(...taken);
      revisions.push(...new Set(taken.map(({ kv }) => kv.mod_revision)));
    }
    return { events, revisionSplitAcrossResponses: new Set(revisions).size < revisions.length };
  }

  async close(): Promise<void> {
    for (const watch of this.#watches.values()) await watch.cancel();
  }

  async #create(message: WatchCreateMessage): Promise<void> {
    const watch = this.#store.watch(selectorOf(message), watchOptionsOf(message));
    let header: Fields;
    try {
      header = headerOf(await watch.ready);
    } catch (error) {
      header = headerOf(this.#store.revision);
      // R97: a compacted start is told to a watcher that exists; R98: a negative one makes none.
      const { start_revision = 0 } = message;
      if (!(error instanceof CompactedError) || start_revision < 0) {
        this.#responses.push({ header, ...refusal(error as Error) });
        return;
      }
    }
    const id = this.#nextId++;
    this.#watches.set(id, watch);
    this.#responses.push({ header, watch_id: id || undefined, created: true });
    void this.#follow(id, watch);
  }

  async #follow(id: number, watch: Watch): Promise<void> {
    try {
      for await (const batch of watch.batches()) {
        const isAnswer = batch.progress && this.#asked.delete(id);
        this.#responses.push(watchAnswer(isAnswer ? -1 : id, batch));
      }
    } catch (error) {
      const why =
        error instanceof CompactedError
          ? { compact_revision: error.compactRevision }
          : { cancel_reason: String(error) };
      this.#responses.push({ header: {}, watch_id: id || undefined, canceled: true, ...why });
    }
  }

  async #cancel(id: number): Promise<void> {
    await this.#watches.get(id)!.cancel();
    this.#watches.delete(id);
    const header = headerOf(this.#store.revision);
    this.#responses.push({ header, watch_id: id || undefined, canceled: true });
  }
}

const refusal = ({ message }: Error): Fields => ({
  watch_id: -1,
  created: true,
  canceled: true,
  cancel_reason: message,
});

interface EventFields {
  readonly kv: { readonly mod_revision: number };
}

const eventsOf = (response: Fields): readonly EventFields[] =>
  (response['events'] ?? []) as readonly EventFields[];
