/**
 * One consumer of events through all that may happen to it: it watches, is left, is ended by a restart or
 * for being slow, and goes on where it was. Each stretch is a leg, with a witness of its own.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { WatchOptions } from '../../engine/index.ts';
import { describeSelector } from '../../spec/describe.ts';
import { Chronicle } from '../../spec/guarantees/chronicle.ts';
import type { Model } from '../../spec/model.ts';
import { checkSelector } from '../../spec/model-range.ts';
import type { Selector } from '../../spec/types.ts';
import { anything, type Instead } from './instead.ts';
import type { Liar } from './liars.ts';
import { type Asked, type Sighting, wants } from '../../spec/guarantees/sighting.ts';
import { codeOf, Witness } from './witness.ts';
import type { AnyStore } from '../stores/any-store.ts';
import { call, type KeyForm } from '../stores/plain.ts';
import { given } from '../traffic/vocabulary.ts';
import type { Watching } from '../traffic/watching.ts';

export interface World {
  readonly model: Model;
  readonly form: KeyForm;
  readonly store: () => AnyStore;
  /** The last revision that could be acknowledged. */
  readonly acknowledged: () => number;
  /** Every compaction there was. */
  readonly compactions: readonly number[];
  readonly liar: Liar | undefined;
  readonly instead?: Instead | undefined;
  /** The compacted revision, counting what is under way. */
  readonly compacting: () => number;
  /** The store is elsewhere, and takes its time. */
  readonly isRemote?: boolean | undefined;
}

interface Leg {
  readonly witness: Witness;
  /** What it asks for is compacted, or too early to have ever been. */
  readonly isTooLate: boolean;
}

export class Lineage {
  readonly sightings: Sighting[] = [];
  readonly #world: World;
  readonly #watching: Watching;
  readonly #first: Asked;
  #leg: Leg | undefined;

  constructor(world: World, watching: Watching) {
    this.#world = world;
    this.#watching = watching;
    this.#leg = this.#begin(watching.start?.(world.model) ?? 0);
    this.#first = this.#leg.witness.asked;
  }

  get isOpen(): boolean {
    return this.#leg !== undefined;
  }

  /** All that was shown, of a leg that is not over, too. */
  get shown(): readonly Sighting[] {
    if (this.#leg === undefined) return this.sightings;
    return [...this.sightings, this.#leg.witness.sighting(undefined)];
  }

  get asked(): Asked {
    return this.#first;
  }

  describe(): string {
    const { selector, start: _start, takes, ...options } = this.#watching;
    return `${describeSelector(selector)} from=${this.#first.from} ${JSON.stringify(given(options))} takes ${takes}`;
  }

  take(count: number): void {
    this.#leg?.witness.take(count);
  }

  requestProgress(): void {
    if (this.#asksProgress) this.#leg?.witness.watch.requestProgress();
  }

  /** The store has it; one that is far away has it a little later, which is when its "from now on" begins. */
  async begun(): Promise<void> {
    await this.#leg?.witness.watch.ready.catch(() => {});
  }

  async leave(goOn: boolean): Promise<void> {
    if (this.#leg === undefined) return;
    if (this.#world.isRemote === true) await this.begun();
    await this.#leg.witness.leave();
    this.#over(this.#leg, goOn);
  }

  /** The store was closed: what is queued still comes, and then the watch says so. */
  async closed(): Promise<void> {
    if (this.#leg === undefined) return;
    const { witness } = this.#leg;
    await witness.ended();
    if (codeOf(witness.error) === undefined) throw new Error('a watch outlives its store');
    this.#over(this.#leg, true);
  }

  /** It is given time to show all there is. */
  async finish(): Promise<void> {
    const { model, isRemote = false } = this.#world;
    const { revision } = model;
    const patienceMs = isRemote ? REMOTE_PATIENCE_MS : 0;
    while (this.#leg !== undefined) {
      const { witness } = this.#leg;
      const shown = (): boolean =>
        this.#asksProgress ? witness.bookmark >= revision : this.#hasShownAll(witness);
      const ask = (): void => this.requestProgress();
      await showAll(witness, {
        shown,
        ask,
        turns: patienceTurns(isRemote ? 0 : revision),
        patienceMs,
      });
      if (witness.isOver) {
        this.#over(this.#leg, true);
        continue;
      }
      const isToCome = witness.asked.from > revision + 1;
      this.sightings.push(witness.sighting(revision));
      this.#leg = undefined;
      await witness.leave();
      if (witness.bookmark >= revision || isToCome || !this.#asksProgress) return;
      throw new Error(`asked for progress, a watch at ${witness.bookmark} does not answer`);
    }
  }

  get #asksProgress(): boolean {
    return (this.#world.instead ?? anything).asksProgress;
  }

  /** What is wrong with what was shown the guarantees say; here it is enough that the last of it has come. */
  #hasShownAll(witness: Witness): boolean {
    const { made } = Chronicle.of(this.#world.model.changes);
    const last = made.findLast((one) => wants(witness.asked, one));
    return last === undefined || witness.watch.revision >= last.revision;
  }

  #begin(wanted: number): Leg {
    const { model, form, store, acknowledged, compactions, liar, instead = anything } = this.#world;
    const start = instead.start(wanted, model);
    const { selector, by, takes, start: _, ...others } = this.#watching;
    const asked: Asked = {
      selector: asWatched(selector),
      from: start === 0 ? model.revision + 1 : start,
      prevKv: others.prevKv === true,
      only: others.only,
    };
    const options: WatchOptions = given({
      ...others,
      startRevision: start === 0 ? undefined : start,
    });
    const source = store();
    const watch = call(form, (given) => {
      const keys = given.selector(selector);
      // About nothing nobody can lie: a liar's watch of all keys would not even be refused.
      const isHonest = liar === undefined || selectsNothing(selector);
      return isHonest ? source.watch(keys, options) : liar.lie(source, keys, options);
    });
    const look = (): { acknowledged: number; compactRevision: number } => ({
      acknowledged: acknowledged(),
      compactRevision: store().compactRevision ?? this.#world.compacting(),
    });
    const witness = new Witness({ watch, asked, by, look, compactions });
    witness.take(takes);
    return { witness, isTooLate: start < 0 || (start > 0 && start < model.compactRevision) };
  }

  /** It ended for a reason that there was, and with `goOn` the next leg begins. */
  #over({ witness, isTooLate }: Leg, goOn: boolean): void {
    this.#leg = undefined;
    const { error } = witness;
    const code = codeOf(error);
    const sighting = witness.sighting(undefined);
    const isHollow = selectsNothing(this.#watching.selector);
    if (isHollow || isTooLate) {
      const reasons = [
        undefined,
        isHollow && 'ERR_INVALID_ARGUMENT',
        isTooLate && 'ERR_COMPACTED',
        // Before it was told.
        this.#world.isRemote === true && 'ERR_CLOSED',
      ];
      if (reasons.includes(code) && sighting.batches.length === 0) return;
      throw new Error(`a watch that cannot be ends with ${code}`, { cause: error });
    }
    this.sightings.push(sighting);
    if (error !== undefined && code === undefined) throw error;
    switch (code) {
      case undefined:
      case 'ERR_CLOSED':
        break;
      case 'ERR_SLOW_WATCHER':
        if (this.#watching.onSlow !== 'cancel') throw error!;
        break;
      case 'ERR_COMPACTED':
        if (goOn) this.#leg = this.#begin(this.#world.model.compactRevision);
        return;
      default:
        throw error!;
    }
    if (goOn) this.#leg = this.#begin(sighting.left! + 1);
  }
}

/**
 * Turns of the event loop without anything new, after which nothing will come: some, and those it takes to read
 * all of the history once for each of a dozen watches, a revision a turn. Who is behind may be shown nothing of it.
 */
const patienceTurns = (revision: number): number => 200 + 12 * revision;
const TURNS_AFTER_ALL = 3;
/** Far more than a server needs that is on the same machine. */
const REMOTE_PATIENCE_MS = 3000;

interface Showing {
  /** There is nothing more to come. */
  readonly shown: () => boolean;
  /** Asks for word of that. */
  readonly ask: () => void;
  readonly turns: number;
  readonly patienceMs: number;
}

/** Until all is shown, and a little longer. */
async function showAll(witness: Witness, showing: Showing): Promise<void> {
  const { shown, ask, turns, patienceMs } = showing;
  witness.take(Number.POSITIVE_INFINITY);
  let count = witness.batchCount;
  let sinceMs = performance.now();
  const isPatient = (turn: number): boolean =>
    turn < turns || performance.now() - sinceMs < patienceMs;
  for (let turn = 0; isPatient(turn) && !witness.isOver; turn++) {
    if (shown()) {
      for (let after = 0; after < TURNS_AFTER_ALL; after++) await setImmediate();
      return;
    }
    ask();
    // Another process gets on while this one sleeps.
    await (turn < turns ? setImmediate() : sleep(1));
    if (witness.batchCount === count) continue;
    count = witness.batchCount;
    sinceMs = performance.now();
    turn = 0;
  }
}

/** R90: an empty key stands for the one that is a NUL byte. */
function asWatched(selector: Selector): Selector {
  if ('key' in selector) return selector.key === '' ? { key: '\0' } : selector;
  return 'gte' in selector && selector.gte === '' ? { ...selector, gte: '\0' } : selector;
}

/** It is refused, or may well be: it selects nothing (R96). */
function selectsNothing(selector: Selector): boolean {
  const watched = asWatched(selector);
  if (checkSelector(watched) !== undefined) return true;
  if ('all' in watched || 'key' in watched || 'prefix' in watched) return false;
  const { gte, gt, lt, lte } = watched;
  // From the smallest key there is; the one after a key has a NUL byte more.
  const first = gte ?? (gt === undefined ? '\0' : `${gt}\0`);
  const end = lt ?? (lte === undefined ? undefined : `${lte}\0`);
  return end !== undefined && first >= end;
}
