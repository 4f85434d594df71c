/**
 * All watches of a store, over one stream. The server numbers them anew on each stream; it answers creations
 * in the order in which they were asked for, and everything else by number.
 *
 * Whoever starts above the last revision that was heard of is asked for from now on, and asked for again
 * from where it starts should that be in the past already: a server tells nobody on a stream how far he is
 * while one on it waits for a start in the future (R107).
 */
import { closed, type VarveError } from '../base/errors.ts';
import type { WatchEvent } from '../types.ts';
import type { Event } from '../wire/generated/kv_pb.ts';
import {
  WatchCreateRequest_FilterType as Filter,
  Watch,
  type WatchResponse,
} from '../wire/generated/rpc_pb.ts';
import type { Calls } from './calls.ts';
import { LastingStream } from './lasting-stream.ts';
import { ProgressRequests } from './progress-requests.ts';
import { eventOf, revisionOf } from './responses.ts';
import { cancelError, Watcher, type WatcherInit, type WatcherOwner } from './watcher.ts';

/** A creation that the server has not answered. */
interface Creation {
  readonly watcher: Watcher;
  /** What was asked for: 0 is from now on. */
  readonly startRevision: number;
}

/** A watch on the present stream. */
interface Bound {
  readonly watcher: Watcher;
  /** Of a response that is not complete. */
  fragments: Event[];
}

export class WatchHub implements WatcherOwner {
  readonly #calls: Calls;
  readonly #stream: LastingStream<(typeof Watch)['method']['watch']>;
  readonly #watchers = new Set<Watcher>();
  /** Those from now on that the server does not have. */
  readonly #unregistered = new Set<Watcher>();
  readonly #progress: ProgressRequests;
  #creations: Creation[] = [];
  readonly #bound = new Map<bigint, Bound>();
  readonly #ids = new Map<Watcher, bigint>();

  constructor(calls: Calls) {
    this.#calls = calls;
    this.#stream = new LastingStream(calls, Watch.method.watch, {
      isNeeded: () => this.#watchers.size > 0,
      onOpen: (endpoint) => {
        this.#progress.opened(endpoint);
        for (const watcher of this.#watchers) if (watcher.state === 'wanted') this.begin(watcher);
      },
      onMessage: (response) => this.#handle(response),
      onBreak: () => this.#reset(),
      onRefused: (error) => this.#endAll(error),
    });
    this.#progress = new ProgressRequests(calls, () =>
      this.#stream.send({ requestUnion: { case: 'progressRequest', value: {} } }),
    );
  }

  add(init: WatcherInit): Watcher {
    const watcher = new Watcher(init, this, this.#calls.horizon.revision);
    this.#watchers.add(watcher);
    if (init.startRevision === 0) this.#unregistered.add(watcher);
    this.begin(watcher);
    return watcher;
  }

  /**
   * Resolves when the server has all that watch from now on: what is written afterwards they see. Undefined
   * if it has them.
   */
  registered(): Promise<unknown> | undefined {
    if (this.#unregistered.size === 0) return undefined;
    return Promise.allSettled([...this.#unregistered].map(({ ready }) => ready));
  }

  close(): void {
    this.#endAll(closed());
    this.#stream.close();
  }

  // ── for the watchers ─────────────────────────────────────────────────────

  begin(watcher: Watcher): void {
    // A new stream begins with all of them.
    if (!this.#stream.isOpen) return this.#stream.open();
    const { nextRevision } = watcher;
    this.#create(watcher, nextRevision <= this.#calls.horizon.revision ? nextRevision : 0);
  }

  pause(watcher: Watcher): void {
    const id = this.#ids.get(watcher);
    if (id === undefined) return;
    this.#unbind(id);
    this.#cancel(id);
  }

  requestProgress(watcher: Watcher): void {
    this.#progress.ask(watcher);
  }

  forget(watcher: Watcher): void {
    this.pause(watcher);
    this.#progress.forget(watcher);
    this.#watchers.delete(watcher);
    this.#unregistered.delete(watcher);
    if (this.#watchers.size > 0) return;
    this.#stream.drop();
    this.#reset();
  }

  // ── the stream ───────────────────────────────────────────────────────────

  #create(watcher: Watcher, startRevision: number): void {
    const { key, rangeEnd, prevKv, noPut, noDelete, progressNotify } = watcher.init;
    const filters = [...(noPut ? [Filter.NOPUT] : []), ...(noDelete ? [Filter.NODELETE] : [])];
    const value = {
      key,
      rangeEnd,
      prevKv,
      filters,
      progressNotify,
      startRevision: BigInt(startRevision),
      fragment: true,
    };
    this.#creations.push({ watcher, startRevision });
    this.#stream.send({ requestUnion: { case: 'createRequest', value } });
  }

  #cancel(watchId: bigint): void {
    this.#stream.send({ requestUnion: { case: 'cancelRequest', value: { watchId } } });
  }

  #unbind(id: bigint): void {
    const bound = this.#bound.get(id);
    this.#bound.delete(id);
    if (bound === undefined) return;
    this.#ids.delete(bound.watcher);
    this.#progress.forget(bound.watcher);
  }

  #reset(): void {
    this.#creations = [];
    this.#bound.clear();
    this.#ids.clear();
    this.#progress.reset();
  }

  #handle(response: WatchResponse): void {
    const current = revisionOf(response.header);
    this.#calls.horizon.reach(current);
    if (response.created) this.#created(response, current);
    else if (response.canceled) this.#canceled(response);
    else if (response.watchId === -1n) this.#progress.answered(current);
    else this.#received(response, current);
  }

  #created({ watchId, canceled, cancelReason, ...rest }: WatchResponse, current: number): void {
    const { watcher, startRevision } = this.#creations.shift()!;
    if (canceled) {
      watcher.end(cancelError(cancelReason, Number(rest.compactRevision)));
      return;
    }
    if (watcher.state !== 'wanted') return this.#cancel(watchId);
    const { nextRevision } = watcher;
    if (startRevision === 0 && nextRevision > 0 && nextRevision <= current) {
      this.#cancel(watchId);
      return this.#create(watcher, nextRevision);
    }
    this.#bound.set(watchId, { watcher, fragments: [] });
    this.#ids.set(watcher, watchId);
    this.#progress.bound(watcher, startRevision > 0);
    this.#unregistered.delete(watcher);
    watcher.created(current);
  }

  #canceled({ watchId, cancelReason, compactRevision }: WatchResponse): void {
    const bound = this.#bound.get(watchId);
    if (bound === undefined) return;
    this.#unbind(watchId);
    bound.watcher.end(cancelError(cancelReason, Number(compactRevision)));
  }

  #received({ watchId, events, fragment }: WatchResponse, current: number): void {
    const bound = this.#bound.get(watchId);
    if (bound === undefined) return;
    const { watcher, fragments } = bound;
    if (fragment || fragments.length > 0) {
      for (const event of events) fragments.push(event);
      if (fragment) return;
      bound.fragments = [];
    }
    const whole: readonly Event[] = fragments.length > 0 ? fragments : events;
    if (whole.length === 0) return watcher.progress(current, watcher.init.progressNotify);
    const happened: WatchEvent[] = whole.map(eventOf);
    this.#progress.disturbed(watcher);
    watcher.receive(happened);
  }

  #endAll(error: VarveError): void {
    for (const watcher of this.#watchers) watcher.end(error);
  }
}
