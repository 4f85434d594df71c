/**
 * A watch stream on the model, made of its watches. The model says which events a watch shows and whether
 * it is refused; what else a stream tells of is made here, and so only `relevantOfWatch` is compared.
 */
import type { Event } from '../../spec/maintenance-types.ts';
import type { Model } from '../../spec/model.ts';
import { answerAs, eventFields } from './model-answers.ts';
import { watchOf } from './model-requests.ts';
import type { Fields } from './recorded.ts';
import type { WatchCreateMessage, WatchMessage } from './requests.ts';

/** Cases that are about more of a stream than its events, or for which the model has no words. */
export const NOT_FOR_THE_MODEL: Readonly<Record<string, string>> = {
  'RANGE-056': 'numbers that stand for no sort order (R30)',
  'WATCH-041': 'progress (R107)',
  'WATCH-055': 'progress (R108)',
  'WATCH-056': 'progress (R108)',
};

const COMPARED = ['created', 'canceled', 'compact_revision', 'events', 'none', 'ok'];

/** Without headers, ids, reasons in words, and how events were batched. */
export function relevantOfWatch(fields: Fields): Fields {
  return Object.fromEntries(COMPARED.map((name) => [name, fields[name]]));
}

export class ModelStream {
  readonly #model: Model;
  readonly #name: string;
  /** Names of its watches by id. */
  readonly #watches = new Map<number, string>();
  readonly #responses: Fields[] = [];
  #nextId = 0;

  constructor(model: Model, name: string) {
    this.#model = model;
    this.#name = name;
  }

  send({ create_request, cancel_request }: WatchMessage): void {
    if (create_request !== undefined) this.#create(create_request);
    if (cancel_request !== undefined) this.#cancel(cancel_request.watch_id);
  }

  /** The next response. */
  take(): Fields | undefined {
    this.#poll();
    return this.#responses.shift();
  }

  collect(count: number): Fields {
    const events: unknown[] = [];
    while (events.length < count) {
      const response = this.take();
      if (response === undefined) break;
      events.push(...((response['events'] ?? []) as unknown[]));
    }
    return { events };
  }

  #create(message: WatchCreateMessage): void {
    const name = `${this.#name} ${this.#nextId}`;
    const response = this.#model.step(watchOf(name, message));
    if (response.kind !== 'refused') {
      answerAs('done', response);
      this.#watches.set(this.#nextId++, name);
      this.#responses.push({ created: true });
      // R102: the past comes in one response, and then each revision in its own.
      const past = this.#eventsOf(name);
      if (past.length > 0) this.#responses.push({ events: past.map(eventFields) });
      return;
    }
    // R97: a compacted start is told to a watcher that exists; R96, R98: else there is none.
    const isLate = response.code === 'ERR_COMPACTED' && (message.start_revision ?? 0) >= 0;
    this.#responses.push(
      ...(isLate
        ? [{ created: true }, { canceled: true, compact_revision: this.#model.compactRevision }]
        : [{ created: true, canceled: true }]),
    );
  }

  #cancel(id: number): void {
    this.#poll();
    answerAs('done', this.#model.step({ op: 'cancel', name: this.#watches.get(id)! }));
    this.#watches.delete(id);
    this.#responses.push({ canceled: true });
  }

  #poll(): void {
    for (const name of this.#watches.values()) {
      const events = this.#eventsOf(name);
      for (const revision of new Set(events.map(revisionOf))) {
        const its = events.filter((event) => revisionOf(event) === revision);
        this.#responses.push({ events: its.map(eventFields) });
      }
    }
  }

  #eventsOf(name: string): readonly Event[] {
    return answerAs('events', this.#model.step({ op: 'events', name })).events;
  }
}

const revisionOf = (event: Event): number =>
  event.type === 'delete' ? event.revision : event.kv.modRevision;
