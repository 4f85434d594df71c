/**
 * Watches: asked of a store, answered in the specification's words. Each is read in the background, as it
 * goes, by batches or by events; what it has shown waits until it is asked for.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type {
  KeyValue as StoreKeyValue,
  Watch as StoreWatch,
  WatchEvent,
} from '../../engine/types.ts';
import type { Event } from '../../spec/maintenance-types.ts';
import type { KeyValue, Response } from '../../spec/types.ts';
import type { Watch, WatchOperation } from '../../spec/watch-types.ts';
import { answered } from './answers.ts';
import { call, type KeyForm, latin1 } from './plain.ts';
import type { Reader } from './reads.ts';
import { revisionOf } from './any-store.ts';

export class WatchSession {
  readonly #followers = new Map<string, Follower>();

  answer(reader: Reader, operation: WatchOperation): Promise<Response> {
    return answered(() => this.#perform(reader, operation));
  }

  /** A restart ends them. */
  async cancelAll(): Promise<void> {
    for (const name of this.#followers.keys()) await this.#cancel(name);
  }

  async #perform({ store, form }: Reader, operation: WatchOperation): Promise<Response> {
    const { name } = operation;
    switch (operation.op) {
      case 'watch': {
        const { from = 0 } = operation;
        const watch = call(form, (by) =>
          store.watch(by.selector(operation.selector), optionsOf(operation)),
        );
        await watch.ready;
        // Another one of this name gives way, once it is clear that this one is there.
        await this.#cancel(name);
        const follower = new Follower(name, from, watch, form);
        this.#followers.set(name, follower);
        await follower.reach(await revisionOf(store));
        return { kind: 'done' };
      }
      case 'events': {
        const follower = this.#followers.get(name)!;
        await follower.reach((await store.status()).revision);
        return { kind: 'events', events: follower.take() };
      }
      case 'cancel':
      default:
        await this.#cancel(name);
        return { kind: 'done' };
    }
  }

  async #cancel(name: string): Promise<void> {
    await this.#followers.get(name)?.cancel();
    this.#followers.delete(name);
  }
}

/** Far more than a store in this process needs to show what it has; one elsewhere gets on during sleeps. */
const QUICK_TURNS = 1000;
const TURNS_MAX = 4000;

/** One watch, read as it goes. */
class Follower {
  readonly #name: string;
  readonly #from: number;
  readonly #watch: StoreWatch;
  readonly #reading: Promise<void>;
  #events: Event[] = [];
  #isOver = false;
  /** Why it ended, if not by being cancelled. */
  #error: Error | undefined;

  constructor(name: string, from: number, watch: StoreWatch, form: KeyForm) {
    this.#name = name;
    this.#from = from;
    this.#watch = watch;
    const reading = form === 'text' ? this.#readEvents() : this.#readBatches();
    this.#reading = reading
      .catch((error: Error) => void (this.#error = error))
      .then(() => void (this.#isOver = true));
  }

  /** Returns when everything up to this revision was shown. Before its start there is nothing to wait for. */
  async reach(revision: number): Promise<void> {
    for (let turn = 0; this.#from <= revision && this.#watch.revision < revision; turn++) {
      if (this.#isOver) break;
      if (turn === TURNS_MAX) {
        const { revision: at } = this.#watch;
        throw new Error(`watch ${this.#name} stays at ${at}, and the store is at ${revision}`);
      }
      this.#watch.requestProgress();
      await (turn < QUICK_TURNS ? setImmediate() : sleep(1));
    }
    // What it handed over last is on its way.
    await setImmediate();
    if (this.#error !== undefined) throw this.#error;
    if (this.#isOver) throw new Error(`watch ${this.#name} ended by itself`);
  }

  /** What it has shown since it was asked the last time. */
  take(): Event[] {
    const taken = this.#events;
    this.#events = [];
    return taken;
  }

  async cancel(): Promise<void> {
    await this.#watch.cancel();
    await this.#reading;
  }

  async #readBatches(): Promise<void> {
    let last = 0;
    for await (const { revision, events, progress } of this.#watch.batches()) {
      if (revision < last) throw new Error(`a batch of ${revision} after one of ${last}`);
      if (progress !== (events.length === 0)) throw new Error(`a batch of ${events.length} events`);
      this.#events.push(...events.map(plainEvent));
      last = revision;
    }
  }

  async #readEvents(): Promise<void> {
    for await (const event of this.#watch) this.#events.push(plainEvent(event));
  }
}

function optionsOf({ from, prevKv, only }: Watch): Parameters<Reader['store']['watch']>[1] {
  return {
    ...(from !== undefined && { startRevision: from }),
    ...(prevKv !== undefined && { prevKv }),
    ...(only !== undefined && { only }),
  };
}

function plainEvent({ type, kv, prevKv, revision, isCreate }: WatchEvent): Event {
  if (kv.modRevision !== revision) throw new Error(`event of ${revision} says ${kv.modRevision}`);
  const before = prevKv && { prevKv: shown(prevKv) };
  if (type === 'delete') return { type, key: latin1(kv.keyBytes), revision, ...before };
  return { type, kv: shown(kv), isCreate, ...before };
}

/** Its bytes are left alone: other watches show the same ones. */
function shown(kv: StoreKeyValue): KeyValue {
  const { createRevision, modRevision, version, lease } = kv;
  const key = latin1(kv.keyBytes);
  return { key, value: latin1(kv.value), createRevision, modRevision, version, lease };
}
