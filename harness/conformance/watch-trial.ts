/** All watches of one trial: what they are told to do, and what they have shown judged by the guarantees. */
import { Chronicle } from '../../spec/guarantees/chronicle.ts';
import { type GuaranteeName, judge, type Violation } from '../../spec/guarantees/judge.ts';
import type { Sighting } from '../../spec/guarantees/sighting.ts';
import { noteSighting } from '../exercised/note.ts';
import type { Lane } from '../targets/divergence.ts';
import type { Ledger } from '../targets/ledger.ts';
import type { WatchCommand } from '../traffic/watching.ts';
import { patiently } from './audit.ts';
import { Lineage, type World } from './lineage.ts';

/** A watch broke what it promises. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly guarantees: readonly GuaranteeName[];

  constructor(guarantees: readonly GuaranteeName[]) {
    super(`broken: ${guarantees.join(', ')}`);
    this.guarantees = guarantees;
  }
}

export class WatchTrial {
  readonly #world: World;
  readonly #lineages: Lineage[] = [];
  #broken: (readonly Violation[])[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Somebody watches, by one way or the other. */
  get isWatched(): boolean {
    const isNamed = this.#world.model.watches.size > 0;
    return isNamed || this.#lineages.some(({ isOpen }) => isOpen);
  }

  async obey(
    command: Exclude<WatchCommand, { do: 'idle' }>,
    tell: (what: string) => void,
  ): Promise<void> {
    if (command.do === 'watch') {
      const lineage = new Lineage(this.#world, command.watching);
      tell(`watch ${this.#lineages.length}: ${lineage.describe()}`);
      this.#lineages.push(lineage);
      return;
    }
    const open = this.#lineages.filter(({ isOpen }) => isOpen);
    const lineage = open[command.which % open.length];
    if (lineage === undefined) return;
    const number = this.#lineages.indexOf(lineage);
    switch (command.do) {
      case 'take':
        tell(`watch ${number} takes ${command.count} more`);
        return lineage.take(command.count);
      case 'progress':
        tell(`watch ${number} asks for progress`);
        return lineage.requestProgress();
      case 'leave':
      default:
        tell(`watch ${number} is left${command.goOn ? ' and gone on with' : ''}`);
        return patiently(lineage.leave(command.goOn));
    }
  }

  /** Their store is about to be closed. */
  async closing(): Promise<void> {
    await Promise.all(this.#lineages.map((lineage) => patiently(lineage.begun())));
  }

  /** Their store was closed. */
  async closed(): Promise<void> {
    await Promise.all(this.#lineages.map((lineage) => patiently(lineage.closed())));
  }

  /** Everything is shown, and judged; returns how many events and batches that were. */
  async finish(ledger: Ledger): Promise<number> {
    await Promise.all(this.#lineages.map((lineage) => patiently(lineage.finish())));
    const { made } = Chronicle.of(this.#world.model.changes);
    this.#broken = this.#lineages.map(({ sightings }) =>
      sightings.flatMap((sighting) => judge(sighting, made)),
    );
    const names = new Set(this.#broken.flat().map(({ guarantee }) => guarantee));
    if (names.size > 0) throw new Broken([...names]);
    const sightings = this.#lineages.flatMap(({ sightings }) => sightings);
    for (const sighting of sightings) noteSighting(ledger, sighting);
    return sightings.reduce((count, sighting) => count + answersOf(sighting), 0);
  }

  /** The error says that a guarantee was broken, and the lanes say which. */
  hasBroken(error: unknown): boolean {
    return error instanceof Broken;
  }

  lanes(): Lane[] {
    return this.#lineages.map((lineage, number) => ({
      name: `watch ${number}`,
      asked: lineage.describe(),
      from: lineage.asked.from,
      batches: lineage.shown.flatMap(({ batches }) =>
        batches.map(({ revision, progress, events }) => ({
          revision,
          progress,
          events: events.map(({ revision, type, key, text }) => ({
            revision,
            type,
            key,
            text,
          })),
        })),
      ),
      broken: this.#broken[number] ?? [],
    }));
  }
}

function answersOf({ batches }: Sighting): number {
  return batches.reduce((count, { events }) => count + 1 + events.length, 0);
}
