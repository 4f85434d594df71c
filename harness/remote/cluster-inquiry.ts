/**
 * What a cluster is asked and how its answers are judged: they must be explained by a world in which calls without
 * an answer were done or not (`worlds.ts`). What is read next tells which.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeOperation, responseLines } from '../../spec/describe.ts';
import type { Call } from '../../spec/guarantees/calls.ts';
import { Model } from '../../spec/model.ts';
import type { Operation, Range, Response } from '../../spec/types.ts';
import { disagreement } from '../conformance/audit.ts';
import type { StoryLine } from '../conformance/story.ts';
import { noteRules } from '../exercised/note.ts';
import type { Ledger } from '../targets/ledger.ts';
import type { Draft } from '../traffic/draft.ts';
import type { StoreProgram } from '../traffic/program.ts';
import type { Arena, Tally } from './arena.ts';
import { HARMLESS, inAnyOrder, isLocal } from './cluster-departures.ts';
import { Unanswered } from './unanswered.ts';
import { agree, changesSomething, Worlds } from './worlds.ts';

/** Longer than any server keeps a request that it cannot carry out. */
const PATIENCE_MS = 20_000;
/** What one member says by itself becomes true in less. */
const LATE_MS_MAX = 3000;
const TRIES_MAX = 200;
const AGAIN_MS = 20;
/** Calls that may still come: each makes for as many worlds again. */
const OPEN_MAX = 4;
/** No program puts it. */
const NOBODYS_KEY = '\x00nobody';

export const EVERYTHING: Range = { op: 'range', selector: { all: true } };

export class Inquiry {
  readonly worlds: Worlds;
  readonly story: StoryLine[] = [];
  /** All that were, or may have been. */
  readonly compactions: number[] = [];
  /** What is asked for right now may have compacted up to here. */
  compacting = -1;
  /** Calls of unknown outcome. */
  lost = 0;
  readonly #arena: Arena;
  readonly #ledger: Ledger;

  constructor(arena: Arena, ledger: Ledger) {
    this.#arena = arena;
    this.#ledger = ledger;
    this.worlds = new Worlds(new Model(arena.limits));
  }

  async ask(operation: Operation): Promise<void> {
    this.story.push(operation);
    if (isLocal(operation)) return this.#askLocally(operation);
    this.#judge(await this.#settled([await this.#call(operation)]));
    await this.settle();
  }

  /** By as many clients; each asks one thing after the other. */
  async askAtOnce(
    clients: readonly (readonly Draft[])[],
    operationOf: (draft: Draft, now: Model) => Operation,
    scheduler: StoreProgram['scheduler'],
  ): Promise<void> {
    const guess = this.worlds.likely.clone();
    const calls: Call[] = [];
    let moment = 0;
    const serve = async (client: readonly Draft[], number: number): Promise<void> => {
      for (const draft of client) {
        await scheduler?.schedule(Promise.resolve(), `client ${number}`);
        const drafted = operationOf(draft, guess);
        const operation = isLocal(drafted) ? HARMLESS : drafted;
        guess.step(operation);
        this.story.push(`# client ${number}:`, operation);
        const invokedAt = moment++;
        const response = await this.#answer(operation);
        calls.push({ operation, response, invokedAt, returnedAt: moment++ });
      }
    };
    const all = Promise.all(clients.map((client, index) => serve(client, index + 1)));
    await (scheduler === undefined ? all : scheduler.waitFor(all));
    this.#judge(await this.#settled(calls));
    await this.settle();
  }

  /** A question that is part of the story only if its answer is wrong, and changes nothing. */
  async look(operation: Operation): Promise<void> {
    const call = await this.#call(operation);
    this.story.push(operation);
    this.#judge([call]);
    this.story.pop();
  }

  /** Looks for what tells worlds apart. */
  async settle(): Promise<void> {
    const { worlds } = this;
    if (worlds.isQuiet && worlds.isCertain) return;
    const { lateMs } = this.#arena;
    if (worlds.openCount > OPEN_MAX) await sleep(lateMs);
    // What has come by now is seen before the rest is forgotten.
    const nowMs = performance.now();
    await this.look(EVERYTHING);
    worlds.forget(nowMs - lateMs);
    const { revision } = worlds.likely;
    for (let at = revision; at > 1 && worlds.differ(({ changes }) => changes); at--) {
      await this.look({ ...EVERYTHING, revision: at });
    }
    if (worlds.differ(({ compactRevision }) => compactRevision)) await this.#lookBelow();
    if (worlds.differ(({ leases }) => leases)) await this.#lookForLeases();
  }

  count(tally: Tally, times = 1): void {
    if (times > 0) this.#ledger.exercised(tally, times);
  }

  // ── asking ───────────────────────────────────────────────────────────────

  async #lookBelow(): Promise<void> {
    const compacted = new Set(this.worlds.all.map(({ model }) => model.compactRevision));
    for (const at of compacted) if (at > 1) await this.look({ ...EVERYTHING, revision: at - 1 });
  }

  /** R40: a lease that is not there is missed before a key that is not. */
  async #lookForLeases(): Promise<void> {
    const ids = new Set(this.worlds.all.flatMap(({ model }) => model.leases.map(({ id }) => id)));
    for (const lease of ids) {
      await this.look({ op: 'put', key: NOBODYS_KEY, value: '', lease, ignoreValue: true });
    }
  }

  /** Answered by one member, as far as that has come: asked until it is right. */
  async #askLocally(operation: Operation): Promise<void> {
    const untilMs = performance.now() + LATE_MS_MAX;
    for (;;) {
      const call = await this.#call(operation);
      // What was may look like what may be.
      if (!this.worlds.isQuiet || !this.worlds.isCertain) return;
      if (performance.now() > untilMs) return this.#judge([call]);
      if (this.#isExplained([call])) return;
      await sleep(AGAIN_MS);
    }
  }

  async #call(operation: Operation): Promise<Call> {
    const answer = await this.#answer(operation);
    const response = answer && inAnyOrder(answer, this.worlds.likely);
    return { operation, response, invokedAt: 0, returnedAt: 1 };
  }

  /** Undefined: there is none, and it may have been done. What was certainly not is asked for again. */
  async #answer(operation: Operation): Promise<Response | undefined> {
    const isCompact = operation.op === 'compact';
    if (isCompact) this.compacting = Math.max(this.compacting, operation.revision);
    for (let tries = 1; ; tries++) {
      try {
        const response = await patiently(this.#arena.session.answer(operation));
        if (isCompact && response.kind === 'done') this.compactions.push(operation.revision);
        return response;
      } catch (error) {
        if (!(error instanceof Unanswered) || tries === TRIES_MAX) throw error;
        if (error.isInDoubt && hasEffect(operation)) {
          this.story.push(`#   ${describeOperation(operation)}: ${error.message}`);
          if (isCompact) this.compactions.push(operation.revision);
          this.lost++;
          this.count('calls of unknown outcome');
          return undefined;
        }
        this.count('calls asked again');
        await sleep(AGAIN_MS);
      }
    }
  }

  /** With a look at how far the store is now, if that may be more than these tell. */
  async #settled(calls: readonly Call[]): Promise<readonly Call[]> {
    const isLost = calls.some(({ response }) => response === undefined);
    if (this.worlds.isQuiet && !isLost) return calls;
    const response = await this.#answer(EVERYTHING);
    const at = Math.max(...calls.map(({ returnedAt }) => returnedAt)) + 1;
    return [...calls, { operation: EVERYTHING, response, invokedAt: at, returnedAt: at + 1 }];
  }

  // ── judging ──────────────────────────────────────────────────────────────

  #isExplained(calls: readonly Call[]): boolean {
    const { worlds } = this;
    const { revision, compactRevision } = worlds.likely;
    const wasCertain = worlds.isCertain;
    if (!worlds.explain(calls)) return false;
    this.compacting = -1;
    this.#ledger.operations += calls.filter(({ response }) => response !== undefined).length;
    const [first] = calls;
    const isPlain = calls.length === 1 && wasCertain && worlds.isCertain;
    if (first?.response === undefined || !isPlain) return true;
    const { operation, response } = first;
    const before = { revision, compactRevision };
    noteRules(this.#ledger, { operation, response, before, model: worlds.likely });
    return true;
  }

  #judge(calls: readonly Call[]): void {
    const possible = calls.map(({ operation }) => this.worlds.possible(operation));
    if (this.#isExplained(calls)) return;
    // The first that no world answers like that; if there is none, it is all of them together.
    const found = calls.findIndex(({ response }, i) => {
      return response !== undefined && !possible[i]!.some((one) => agree(one, response));
    });
    if (calls.length > 1) {
      this.story.push('# these together are wrong, one after the other or in any order:');
      for (const { operation, response } of calls) {
        this.story.push(operation, ...linesOf(response).map((line) => `#   answers ${line}`));
      }
    }
    const { operation, response } = calls.at(found)!;
    const should = possible.at(found)!.map(linesOf);
    const told = found < 0 ? [['what goes together with the answers before']] : should;
    throw disagreement(
      this.story,
      describeOperation(operation),
      told.flatMap((lines, i) => [...(i > 0 ? ['or'] : []), ...lines]),
      linesOf(response),
    );
  }
}

const linesOf = (response: Response | undefined): string[] =>
  response === undefined ? ['no answer'] : responseLines(response);

const hasEffect = (operation: Operation): boolean =>
  changesSomething(operation) && !('key' in operation && operation.key === NOBODYS_KEY);

/** One that hangs has a story, too. */
export function patiently<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const hangs = (): void => reject(new Error(`no answer for ${PATIENCE_MS} ms`));
    const timer = setTimeout(hangs, PATIENCE_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
