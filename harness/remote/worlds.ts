/**
 * All that may be the case, given what was asked and what was answered. A call whose answer was lost was done, or is
 * still to be done at any later moment, or never will be: each is a world of its own, and later answers tell which
 * of them there are.
 *
 *     put a=1: no answer      world 1: revision 1, put a=1 may come     world 2: revision 2, a=1
 *     get a: 1                                                          world 2: revision 2, a=1
 *
 * Calls may overlap: a world is an order that explains all answers, each call between its start and its answer, as
 * in `conformance/linearize.ts`; here all orders are kept that lead to something else.
 */
import { type Call, revisionIn } from '../../spec/guarantees/calls.ts';
import type { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import { isSame } from '../conformance/same.ts';

/** Asked, not answered, and not done yet. */
interface Open {
  readonly operation: Operation;
  /** As the calls of the search that it is part of. */
  readonly invokedAt: number;
  readonly lostAtMs: number;
}

export interface World {
  readonly model: Model;
  readonly open: readonly Open[];
}

const CHANGING: ReadonlySet<Operation['op']> = new Set([
  'put',
  'delete',
  'txn',
  'compact',
  'grant',
  'revoke',
]);

/** Whether it matters later if it was done. */
export const changesSomething = ({ op }: Operation): boolean => CHANGING.has(op);

export class Worlds {
  #worlds: readonly World[];

  constructor(model: Model) {
    this.#worlds = [{ model, open: [] }];
  }

  get all(): readonly World[] {
    return this.#worlds;
  }
  /** One of them: the one in which as little as possible happened that nobody was told of. */
  get likely(): Model {
    return this.#worlds[0]!.model;
  }
  /** There is one state, though more may still come of what was asked. */
  get isCertain(): boolean {
    return this.#worlds.length === 1;
  }
  /** Nothing may still come. */
  get isQuiet(): boolean {
    return this.#worlds.every(({ open }) => open.length === 0);
  }

  /** How many calls may still have an effect. */
  get openCount(): number {
    return Math.max(...this.#worlds.map(({ open }) => open.length));
  }

  /** Counting what may still come. */
  get compactRevision(): number {
    const asked = this.#worlds.flatMap(({ open }) =>
      open.flatMap(({ operation }) => (operation.op === 'compact' ? [operation.revision] : [])),
    );
    return Math.max(...asked, ...this.#worlds.map(({ model }) => model.compactRevision));
  }

  /** What may be answered, each once. */
  possible(operation: Operation): Response[] {
    const found: Response[] = [];
    for (const { model } of this.#worlds) {
      const response = model.clone().step(operation);
      if (!found.some((other) => isSame(other, response))) found.push(response);
    }
    return found;
  }

  /** Happens in every world, and is known to have. */
  happens(operation: Operation): void {
    for (const { model } of this.#worlds) model.step(operation);
  }

  /**
   * What was lost before that will not come any more. It may have come unnoticed, if it has made no revision: the
   * revision is known.
   */
  forget(beforeMs: number): void {
    const settled = ({ model, open }: World): World[] => {
      const one = open.find(({ lostAtMs }) => lostAtMs < beforeMs);
      if (one === undefined) return [{ model, open }];
      const rest = without(open, one);
      const after = model.clone();
      after.step(one.operation);
      const hasCome = after.revision === model.revision && !isSameState(model, after);
      return [{ model, open: rest }, ...(hasCome ? [{ model: after, open: rest }] : [])].flatMap(
        settled,
      );
    };
    this.#worlds = distinct(this.#worlds.flatMap(settled));
  }

  /** Worlds are not all alike in this. */
  differ(of: (model: Model) => unknown): boolean {
    return this.#worlds.some(({ model }) => !isSame(of(model), of(this.likely)));
  }

  /**
   * Calls that overlap with no others. If anything may still come, the last of them says at which revision the
   * store is. False, and nothing is changed, if no world explains their answers. */
  explain(calls: readonly Call[]): boolean {
    const after = this.#worlds.flatMap((world) => new Search(calls).from(world));
    if (after.length > WORLDS_MAX) throw new Error(`there are ${after.length} worlds`);
    if (after.length === 0) return false;
    this.#worlds = distinct(after);
    return true;
  }
}

const WORLDS_MAX = 200;
/** Of states in one search. */
const VISITS_MAX = 100_000;

class Search {
  readonly #answered: readonly Call[];
  readonly #lost: readonly Open[];
  readonly #found: World[] = [];
  readonly #visited = new Map<string, Model[]>();
  #visits = 0;

  constructor(calls: readonly Call[]) {
    this.#answered = calls.filter(({ response }) => response !== undefined);
    const lostAtMs = performance.now();
    this.#lost = calls
      .filter(({ response, operation }) => response === undefined && changesSomething(operation))
      .map(({ operation, invokedAt }) => ({ operation, invokedAt, lostAtMs }));
  }

  from({ model, open }: World): readonly World[] {
    const before = open.map((one) => ({ ...one, invokedAt: -1 }));
    this.#visit(model.clone(), this.#answered, [...before, ...this.#lost]);
    return this.#found;
  }

  #visit(model: Model, left: readonly Call[], open: readonly Open[]): void {
    if (this.#wasHere(model, left, open)) return;
    if (++this.#visits > VISITS_MAX) throw new Error('too many orders of calls are possible');
    // What may still come is left to whoever notices it.
    if (left.length === 0) return void this.#found.push({ model, open });
    const firstReturn = Math.min(...left.map(({ returnedAt }) => returnedAt));
    for (const call of left) {
      // What was called after another one had answered cannot have come before it.
      if (call.invokedAt > firstReturn) continue;
      const after = model.clone();
      if (!agree(after.step(call.operation), call.response)) continue;
      this.#visit(after, without(left, call), open);
    }
    const most = Math.max(0, ...left.map(({ response }) => revisionIn(response) ?? 0));
    for (const one of open) {
      if (one.invokedAt > firstReturn) continue;
      const after = model.clone();
      after.step(one.operation);
      if (after.revision > most) continue;
      // Refused, or without effect: that it may come later allows as much.
      if (!isSameState(model, after)) this.#visit(after, left, without(open, one));
    }
  }

  #wasHere(model: Model, left: readonly Call[], open: readonly Open[]): boolean {
    const places = [
      left.map((call) => this.#answered.indexOf(call)).join(),
      open.map(({ operation }) => idOf(operation)).join(),
    ];
    const key = places.join(';');
    const models = this.#visited.get(key) ?? [];
    this.#visited.set(key, models);
    if (models.some((other) => isSameState(model, other))) return true;
    models.push(model);
    return false;
  }
}

/**
 * Whether this is the answer that was expected. How far the history is compacted a client finds out by asking
 * again (R20), maybe a member that has not come as far.
 */
export const agree = (expected: Response, found: Response | undefined): boolean =>
  isSame(withoutCompaction(expected), found && withoutCompaction(found));

function withoutCompaction(response: Response): Response {
  if (response.kind !== 'refused') return response;
  const { compactRevision: _, ...told } = response;
  return told;
}

function distinct(worlds: readonly World[]): World[] {
  const kept: World[] = [];
  for (const world of worlds) {
    if (!kept.some((other) => isSameWorld(world, other))) kept.push(world);
  }
  return kept;
}

function isSameWorld(a: World, b: World): boolean {
  const isSameOpen =
    a.open.length === b.open.length &&
    a.open.every(({ operation }) => b.open.some((other) => other.operation === operation));
  return isSameOpen && isSameState(a.model, b.model);
}

/** Nobody who asks can tell them apart. */
function isSameState(a: Model, b: Model): boolean {
  return (
    a.compactRevision === b.compactRevision &&
    isSame(a.changes, b.changes) &&
    isSame(a.leases, b.leases)
  );
}

const without = <T>(all: readonly T[], one: T): T[] => all.filter((other) => other !== one);

const ids = new WeakMap<Operation, number>();
let lastId = 0;

function idOf(operation: Operation): number {
  let id = ids.get(operation);
  if (id === undefined) ids.set(operation, (id = ++lastId));
  return id;
}
