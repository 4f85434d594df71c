/**
 * One trial of anything with the Store interface: a program to it and to the model. Answers must be equal
 * one by one; every watch must keep its guarantees; at the end the whole past must be the same, before and
 * after a restart, and the store must find nothing wrong with itself.
 */
import { Model, type ModelOptions } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import { noteRules } from '../exercised/note.ts';
import type { Session } from '../stores/session.ts';
import type { Shape } from '../stores/shapes.ts';
import { Divergence } from '../targets/divergence.ts';
import type { Ledger } from '../targets/ledger.ts';
import type { Draft } from '../traffic/draft.ts';
import type { StoreCommand, StoreProgram } from '../traffic/program.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';
import { audit, judgeAnswer, judgeRevision, patiently, told } from './audit.ts';
import { askClients } from './clients.ts';
import { RevisionAudit } from './audit-revisions.ts';
import { anything, type Instead } from './instead.ts';
import type { Liar } from './liars.ts';
import type { StoryLine } from './story.ts';
import { judgeTimeLeft } from './time-left.ts';
import { turns } from './turns.ts';
import { WatchTrial } from './watch-trial.ts';

export interface TrialOptions {
  readonly liar?: Liar | undefined;
  /** The store is judged as one that acknowledges what is on disk; default as its shape says. */
  readonly isDurable?: boolean | undefined;
  /** Default: it is asked anything. */
  readonly instead?: Instead | undefined;
}

/** Throws a Divergence. */
export async function storeTrial(
  shape: Shape,
  { commands, scheduler }: StoreProgram,
  ledger: Ledger,
  options: TrialOptions = {},
): Promise<void> {
  const limits = { maxRequestBytes: REQUEST_BYTES_MAX, maxTxnOps: TXN_OPS_MAX };
  const session = await shape.open(limits);
  const trial = new StoreTrial(shape, session, ledger, options);
  try {
    for (const command of commands) await trial.obey(command, scheduler);
    await trial.finish();
    await session.store.close();
  } catch (error) {
    // A second failure on the way out would hide the first.
    await session.store.close().catch(() => {});
    throw trial.divergence(error);
  }
}

/** So that what is too large, or too many, comes cheap. */
const SMALL: ModelOptions = { requestBytesMax: REQUEST_BYTES_MAX, txnOpsMax: TXN_OPS_MAX };

interface Asked {
  readonly operation: Operation;
  readonly expected: Response;
  readonly answer: Promise<Response>;
}

/** In a series. Some steps of a background job are done in them. */
const TURNS_BETWEEN = 4;

class StoreTrial {
  readonly #session: Session;
  readonly #ledger: Ledger;
  readonly #model: Model;
  readonly #story: StoryLine[] = [];
  readonly #compactions: number[] = [];
  readonly #watches: WatchTrial;
  readonly #revisions: RevisionAudit;
  readonly #instead: Instead;
  #pending: Asked[] = [];
  /** What was asked may have compacted up to here. */
  #compacting = -1;

  constructor(shape: Shape, session: Session, ledger: Ledger, options: TrialOptions) {
    this.#session = session;
    this.#ledger = ledger;
    const { liar, isDurable = shape.isDurable, instead = anything } = options;
    this.#instead = instead;
    const model = new Model(shape.limits ?? SMALL);
    this.#model = model;
    this.#revisions = new RevisionAudit(model, session, this.#story);
    this.#watches = new WatchTrial({
      model,
      form: session.form,
      store: () => session.store,
      acknowledged: () => {
        const { store } = session;
        return (isDurable ? store.durableRevision : store.revision) ?? Number.POSITIVE_INFINITY;
      },
      compactions: this.#compactions,
      liar,
      instead,
      isRemote: session.isRemote,
      compacting: () => Math.max(this.#compacting, model.compactRevision),
    });
  }

  async obey(command: StoreCommand, scheduler: StoreProgram['scheduler']): Promise<void> {
    if (command.do === 'series') return this.#obeySeries(command.commands, scheduler);
    await this.#perform(command, scheduler);
    this.#ledger.operations += await this.#revisions.some();
  }

  async #obeySeries(
    commands: readonly StoreCommand[],
    scheduler: StoreProgram['scheduler'],
  ): Promise<void> {
    for (const each of commands) {
      await this.obey(each, scheduler);
      if (each.do === 'ask' && each.awaited) await turns(TURNS_BETWEEN);
    }
  }

  async #perform(
    command: Exclude<StoreCommand, { do: 'series' }>,
    scheduler: StoreProgram['scheduler'],
  ): Promise<void> {
    switch (command.do) {
      case 'ask':
        return this.#ask(command.drafts, command.awaited, scheduler);
      case 'clients':
        return this.#askClients(command.clients, scheduler);
      case 'restart':
        return this.#restart();
      case 'verify':
        return this.#verify();
      case 'idle':
        this.#story.push(`# ${command.turns} turns`);
        return turns(command.turns);
      case 'watch':
      case 'take':
      case 'progress':
      case 'leave':
      default:
        return this.#watches.obey(command, (what) => this.#story.push(`# ${what}`));
    }
  }

  /** In the order of the calls, if the store is in this process; else in whatever order explains them. */
  async #ask(
    drafts: readonly Draft[],
    awaited: boolean,
    scheduler: StoreProgram['scheduler'],
  ): Promise<void> {
    const isOrdered = this.#session.store.revision !== undefined;
    if (drafts.length > 1 && !isOrdered) {
      return this.#askClients(
        drafts.map((draft) => [draft]),
        scheduler,
      );
    }
    if (drafts.length > 1) this.#story.push('# all of these at once:');
    this.#session.isAlone = drafts.length === 1 && this.#pending.length === 0;
    for (const draft of drafts) this.#pending.push(this.#call(this.#operation(draft)));
    if (awaited || !isOrdered) return this.#settle();
    this.#story.push('# not awaited');
  }

  #operation(draft: Draft): Operation {
    const now = this.#model;
    const { isWatched } = this.#watches;
    return this.#instead.operation(draft(now), { now, settled: now, isWatched });
  }

  #call(operation: Operation): Asked {
    this.#story.push(operation);
    const expected = this.#step(operation);
    const answer = patiently(this.#session.answer(operation));
    // It is looked at later.
    answer.catch(() => {});
    return { operation, expected, answer };
  }

  #step(operation: Operation): Response {
    const { revision, compactRevision } = this.#model;
    const response = this.#model.step(operation);
    const after = this.#model.compactRevision;
    if (after > compactRevision) this.#compactions.push(after);
    noteRules(this.#ledger, {
      operation,
      response,
      before: { revision, compactRevision },
      model: this.#model,
    });
    return response;
  }

  async #settle(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    const settled = await Promise.allSettled(pending.map(({ answer }) => answer));
    for (const [index, { operation, expected }] of pending.entries()) {
      judgeAnswer(operation, expected, settled[index]!, this.#story);
      this.#ledger.operations++;
    }
  }

  async #askClients(
    clients: readonly (readonly Draft[])[],
    scheduler: StoreProgram['scheduler'],
  ): Promise<void> {
    await this.#settle();
    this.#session.isAlone = false;
    const calls = await askClients(this.#model, this.#session, clients, scheduler, this.#story, {
      instead: this.#instead,
      isWatched: this.#watches.isWatched,
      onCompact: (revision) => (this.#compacting = Math.max(this.#compacting, revision)),
    });
    for (const { operation } of calls) this.#step(operation);
    this.#compacting = -1;
    this.#ledger.operations += calls.length;
  }

  async #restart(): Promise<void> {
    await this.#settle();
    const { store } = this.#session;
    const { leases, now } = this.#model;
    if (this.#session.isRemote) await this.#watches.closing();
    await this.#settleAll([{ op: 'restart' }]);
    if (this.#session.store !== store) await this.#watches.closed();
    this.#ledger.operations += await judgeTimeLeft(
      leases.map((lease) => ({ ...lease, left: lease.deadline - now })),
      this.#session,
      this.#story,
      (seconds) => this.#settleAll([{ op: 'advance', seconds }]),
    );
    // How long they have left, between those bounds, is the store's business.
    await this.#settleAll(this.#model.leases.map(({ id }) => ({ op: 'keepalive', id })));
  }

  async #settleAll(operations: readonly Operation[]): Promise<void> {
    this.#session.isAlone = true;
    for (const operation of operations) {
      this.#pending.push(this.#call(operation));
      await this.#settle();
    }
  }

  async #verify(): Promise<void> {
    await this.#settle();
    const { store } = this.#session;
    if (store.verify === undefined) return;
    this.#story.push('# verify');
    const { ok, problems } = await patiently(store.verify());
    if (!ok) throw new Error(`verify() finds: ${problems.join('; ')}`);
    this.#ledger.operations++;
  }

  /** Everything is shown, and judged; then the past, on both sides of a restart. */
  async finish(): Promise<void> {
    await this.#settle();
    const { store } = this.#session;
    await store.flush?.();
    await judgeRevision(this.#model, this.#session, this.#story);
    this.#ledger.operations += await this.#watches.finish(this.#ledger);
    await this.#audit();
    await this.#restart();
    if (this.#session.store !== store) await this.#audit();
    await this.#verify();
    this.#ledger.operations += this.#session.furtherAnswers;
  }

  async #audit(): Promise<void> {
    this.#session.isAlone = true;
    this.#ledger.operations += await audit(
      this.#model,
      this.#session,
      this.#story,
      this.#revisions,
      this.#instead,
    );
  }

  divergence(error: unknown): Divergence {
    return new Divergence(
      {
        ...told(error, this.#story, this.#watches.hasBroken(error)),
        changes: this.#model.changes,
        compactions: this.#compactions,
        lanes: this.#watches.lanes(),
      },
      { cause: error },
    );
  }
}
