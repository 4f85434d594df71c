/**
 * One trial of a cluster: a program to it while members go down and come back. Whatever is answered must be
 * explained (`cluster-inquiry.ts`); watches over all of that show what was done, and nothing else; at the end the
 * whole past is read.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import { told } from '../conformance/audit.ts';
import type { Instead } from '../conformance/instead.ts';
import { WatchTrial } from '../conformance/watch-trial.ts';
import { Divergence } from '../targets/divergence.ts';
import type { Ledger } from '../targets/ledger.ts';
import type { Draft } from '../traffic/draft.ts';
import type { Arena, Happening } from './arena.ts';
import { clusterInstead } from './cluster-departures.ts';
import { EVERYTHING, Inquiry, patiently } from './cluster-inquiry.ts';
import type { ClusterCommand, ClusterProgram } from './cluster-program.ts';

/** Throws a Divergence. */
export async function clusterTrial(
  arena: Arena,
  { commands, scheduler }: ClusterProgram,
  ledger: Ledger,
): Promise<void> {
  const trial = new ClusterTrial(arena, ledger, scheduler);
  try {
    for (const command of [WATCH_ALL, ...commands]) await trial.obey(command);
    await trial.finish();
  } catch (error) {
    throw trial.divergence(error);
  }
}

/** At the end of a program: what was on its way has arrived. */
const IN_FLIGHT_MS = 200;

/** Whatever else a program watches: all there is, from the first revision to the last. */
const WATCH_ALL: ClusterCommand = {
  do: 'watch',
  watching: {
    selector: { all: true },
    start: () => 1,
    prevKv: true,
    only: undefined,
    onSlow: undefined,
    bufferEvents: undefined,
    by: 'batches',
    takes: Number.POSITIVE_INFINITY,
  },
};

class ClusterTrial {
  readonly #arena: Arena;
  readonly #ledger: Ledger;
  readonly #scheduler: ClusterProgram['scheduler'];
  readonly #inquiry: Inquiry;
  readonly #instead: Instead;
  readonly #watches: WatchTrial;
  /** What happens to members, one after the other. */
  #fate: Promise<void> = Promise.resolve();

  constructor(arena: Arena, ledger: Ledger, scheduler: ClusterProgram['scheduler']) {
    this.#arena = arena;
    this.#ledger = ledger;
    this.#scheduler = scheduler;
    const inquiry = new Inquiry(arena, ledger);
    const { worlds, compactions } = inquiry;
    this.#inquiry = inquiry;
    this.#instead = clusterInstead(worlds);
    const { session } = arena;
    // What members are asked one after another they may answer differently.
    session.isAlone = false;
    this.#watches = new WatchTrial({
      get model() {
        return worlds.likely;
      },
      form: session.form,
      store: () => session.store,
      acknowledged: () => Number.POSITIVE_INFINITY,
      compactions,
      liar: undefined,
      instead: this.#instead,
      isRemote: true,
      compacting: () => Math.max(inquiry.compacting, worlds.compactRevision),
    });
  }

  async obey(command: ClusterCommand): Promise<void> {
    switch (command.do) {
      case 'strike':
        // Whoever was struck before is gone or back.
        await this.#fate;
        return this.#befalls(async () => {
          await sleep(command.afterMs);
          return this.#arena.strike(command);
        });
      case 'mend':
        return this.#befalls(() => this.#arena.mend());
      case 'series':
        for (const each of command.commands) await this.obey(each);
        return;
      case 'ask':
        if (command.drafts.length === 1) return this.#ask(command.drafts[0]!);
        return this.#askAtOnce(command.drafts.map((draft) => [draft]));
      case 'clients':
        return this.#askAtOnce(command.clients);
      case 'restart':
        return this.#restart();
      case 'verify':
        return;
      case 'idle':
        return sleep(command.turns);
      case 'watch':
        await this.#inquiry.settle();
        await this.#watches.obey(command, (what) => this.#inquiry.story.push(`# ${what}`));
        // It begins now, and not when a member has time for it.
        return this.#watches.closing();
      case 'take':
      case 'progress':
      case 'leave':
      default:
        return this.#watches.obey(command, (what) => this.#inquiry.story.push(`# ${what}`));
    }
  }

  /** Everybody is there; the past is read; then every watch is judged by it. */
  async finish(): Promise<void> {
    this.#befalls(() => this.#arena.mend());
    await this.#fate;
    const inquiry = this.#inquiry;
    const { worlds } = inquiry;
    if (!worlds.isQuiet) await sleep(IN_FLIGHT_MS);
    await inquiry.settle();
    await this.#audit();
    inquiry.count('of those done', inquiry.lost - worlds.all[0]!.open.length);
    const events = await this.#watches.finish(this.#ledger);
    this.#ledger.operations += events;
    inquiry.count('watch events', events);
  }

  async #audit(): Promise<void> {
    const inquiry = this.#inquiry;
    inquiry.story.push('# every revision, and all leases');
    const { revision, compactRevision, leases } = inquiry.worlds.likely;
    for (let at = Math.max(1, compactRevision - 1); at <= revision; at++) {
      await inquiry.look({ ...EVERYTHING, revision: at });
    }
    await inquiry.ask({ op: 'leases' });
    for (const { id } of leases) await inquiry.ask({ op: 'ttl', id, keys: true });
    await inquiry.ask({ op: 'hashkv' });
  }

  async #ask(draft: Draft): Promise<void> {
    await this.#inquiry.settle();
    await this.#inquiry.ask(this.#operation(draft, this.#inquiry.worlds.likely));
  }

  async #askAtOnce(clients: readonly (readonly Draft[])[]): Promise<void> {
    await this.#inquiry.settle();
    const operation = this.#operation.bind(this);
    await this.#inquiry.askAtOnce(clients, operation, this.#scheduler);
  }

  #operation(draft: Draft, now: Model): Operation {
    return this.#instead.operation(draft(now), {
      now,
      settled: this.#inquiry.worlds.likely,
      isWatched: this.#watches.isWatched,
    });
  }

  async #restart(): Promise<void> {
    const { session } = this.#arena;
    this.#inquiry.story.push({ op: 'restart' });
    await this.#watches.closing();
    const { store } = session;
    await patiently(session.answer({ op: 'restart' }));
    if (session.store !== store) await this.#watches.closed();
    this.#inquiry.worlds.happens({ op: 'restart' });
  }

  #befalls(run: () => Promise<readonly Happening[]>): void {
    this.#fate = this.#fate.then(run).then((happenings) => {
      for (const { text, counts } of happenings) {
        this.#inquiry.story.push(`# ${text}`);
        for (const tally of counts) this.#inquiry.count(tally);
      }
      return undefined;
    });
    // Whoever waits for it is told.
    this.#fate.catch(() => {});
  }

  divergence(error: unknown): Divergence {
    return new Divergence(
      {
        ...told(error, this.#inquiry.story, this.#watches.hasBroken(error)),
        changes: this.#inquiry.worlds.likely.changes,
        compactions: this.#inquiry.compactions,
        lanes: this.#watches.lanes(),
      },
      { cause: error },
    );
  }
}
