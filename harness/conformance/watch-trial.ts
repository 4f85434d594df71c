/**
 * One trial of watching: commands to a store, and what every watch has shown judged by the guarantees
 * against the list of changes that the model keeps.
 */
import { setImmediate } from 'node:timers/promises';
import { describeOperation } from '../../spec/describe.ts';
import { Chronicle } from '../../spec/guarantees/chronicle.ts';
import { judge, type GuaranteeName } from '../../spec/guarantees/judge.ts';
import type { Liar } from './liars.ts';
import { patiently } from './audit.ts';
import type { Draft } from '../traffic/draft.ts';
import type { Session } from '../stores/session.ts';
import type { Shape } from '../stores/shapes.ts';
import { onTrial } from './trial.ts';
import type { Model } from '../../spec/model.ts';
import { Lineage, type World } from './lineage.ts';
import type { Command } from '../traffic/watching.ts';

/** The message is the story, and what is wrong with it. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly guarantees: readonly GuaranteeName[];

  constructor(guarantees: readonly GuaranteeName[], message: string) {
    super(message);
    this.guarantees = guarantees;
  }
}

export interface TrialOptions {
  readonly liar?: Liar;
  /** The store is judged as one that acknowledges what is on disk. */
  readonly isDurable?: boolean;
}

export function watchTrial(
  shape: Shape,
  commands: readonly Command[],
  options: TrialOptions = {},
): Promise<void> {
  return onTrial(shape, async (model, session, story) => {
    const trial = new Trial(model, session, story, options);
    for (const command of commands) await trial.obey(command);
    await trial.finish();
  });
}

class Trial {
  readonly #model: Model;
  readonly #session: Session;
  readonly #story: string[];
  readonly #world: World;
  readonly #compactions: number[] = [];
  readonly #lineages: Lineage[] = [];
  #pending: Promise<unknown>[] = [];

  constructor(model: Model, session: Session, story: string[], options: TrialOptions) {
    this.#model = model;
    this.#session = session;
    this.#story = story;
    const { liar, isDurable = false } = options;
    this.#world = {
      model,
      form: session.form,
      store: () => session.store,
      acknowledged: () => (isDurable ? session.store.durableRevision : session.store.revision),
      compactions: this.#compactions,
      liar,
    };
  }

  async obey(command: Command): Promise<void> {
    switch (command.do) {
      case 'write':
        for (const draft of command.drafts) this.#write(draft);
        this.#story.push(command.awaited ? '# awaited' : '# not awaited');
        if (command.awaited) await this.#settle();
        return;
      case 'watch': {
        const lineage = new Lineage(this.#world, command.watching);
        this.#tell(`watch ${this.#lineages.length}: ${lineage.describe()}`);
        this.#lineages.push(lineage);
        return;
      }
      case 'idle':
        this.#tell(`${command.turns} turns`);
        for (let turn = 0; turn < command.turns; turn++) await setImmediate();
        return;
      case 'restart':
        return this.#restart();
      case 'take':
      case 'progress':
      case 'leave':
      default:
        return this.#toWatch(command);
    }
  }

  async #toWatch(command: Extract<Command, { readonly which: number }>): Promise<void> {
    const open = this.#lineages.filter(({ isOpen }) => isOpen);
    const lineage = open[command.which % open.length];
    if (lineage === undefined) return;
    const number = this.#lineages.indexOf(lineage);
    switch (command.do) {
      case 'take':
        this.#tell(`watch ${number} takes ${command.count} more`);
        return lineage.take(command.count);
      case 'progress':
        this.#tell(`watch ${number} asks for progress`);
        return lineage.requestProgress();
      case 'leave':
      default:
        this.#tell(`watch ${number} is left${command.goOn ? ' and gone on with' : ''}`);
        return patiently(lineage.leave(command.goOn));
    }
  }

  /** Everything is shown, and judged. */
  async finish(): Promise<void> {
    await this.#settle();
    await this.#session.store.flush();
    const { revision } = this.#session.store;
    if (revision !== this.#model.revision) throw new Error(`at revision ${revision}`);
    for (const lineage of this.#lineages) await patiently(lineage.finish());
    const { made } = Chronicle.of(this.#model.changes);
    const violations = this.#lineages.flatMap(({ sightings }, number) =>
      sightings.flatMap((sighting) =>
        judge(sighting, made).map((violation) => ({ ...violation, number })),
      ),
    );
    if (violations.length === 0) return;
    const lines = violations.map(
      ({ guarantee, text, number }) => `  watch ${number}, ${guarantee}: ${text}`,
    );
    const names = new Set(violations.map(({ guarantee }) => guarantee));
    throw new Broken([...names], [...this.#story, ...lines].join('\n'));
  }

  #write(draft: Draft): void {
    const operation = draft(this.#model);
    this.#story.push(describeOperation(operation));
    const { compactRevision } = this.#model;
    this.#model.step(operation);
    if (this.#model.compactRevision > compactRevision) {
      this.#compactions.push(this.#model.compactRevision);
    }
    const answer = patiently(this.#session.answer(operation));
    // It is looked at later.
    answer.catch(() => {});
    this.#pending.push(answer);
  }

  async #settle(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
  }

  async #restart(): Promise<void> {
    this.#tell('restart');
    await this.#settle();
    const { store } = this.#session;
    this.#model.step({ op: 'restart' });
    await patiently(this.#session.answer({ op: 'restart' }));
    if (this.#session.store === store) return;
    for (const lineage of this.#lineages) await patiently(lineage.closed());
  }

  #tell(what: string): void {
    this.#story.push(`# ${what}`);
  }
}
