/**
 * Who watches during a soak: fast ones, slow ones, and such as stop for seconds and then catch up. All that
 * they see is judged every so often, and then forgotten, so that hours can be judged in little memory.
 */
import { setTimeout } from 'node:timers/promises';
import type { EmbeddedStore, WatchOptions } from '../../engine/index.ts';
import type { Selector } from '../../spec/types.ts';
import type { Chronicle } from '../../spec/guarantees/chronicle.ts';
import { judge } from '../../spec/guarantees/judge.ts';
import { codeOf, Witness } from '../conformance/witness.ts';

export interface Habit {
  readonly name: string;
  readonly selector: Selector;
  readonly prevKv: boolean;
  readonly only?: 'put' | 'delete';
  readonly bufferEvents: number;
  /** How it goes about it, until told to stop. */
  readonly pace: (witness: Witness, stopped: AbortSignal) => Promise<void>;
}

const fast: Habit['pace'] = async (witness, stopped) => {
  witness.take(Number.POSITIVE_INFINITY);
  await pause(stopped, 60_000);
};
const slow: Habit['pace'] = async (witness, stopped) => {
  witness.take(1);
  await pause(stopped, 10);
};
const stalling =
  (stallMs: number, batches: number): Habit['pace'] =>
  async (witness, stopped) => {
    witness.take(batches);
    await pause(stopped, stallMs);
  };

const all: Selector = { all: true };
export const habits: readonly Habit[] = [
  { name: 'fast', selector: all, prevKv: false, bufferEvents: 4096, pace: fast },
  { name: 'fast with prevKv', selector: all, prevKv: true, bufferEvents: 4096, pace: fast },
  {
    name: 'fast, deletes of a few keys',
    selector: { prefix: 'key-1' },
    prevKv: true,
    only: 'delete',
    bufferEvents: 64,
    pace: fast,
  },
  { name: 'slow', selector: all, prevKv: true, bufferEvents: 32, pace: slow },
  { name: 'stalling', selector: all, prevKv: false, bufferEvents: 64, pace: stalling(1500, 20) },
  {
    name: 'stalling for long',
    selector: all,
    prevKv: true,
    bufferEvents: 256,
    pace: stalling(7000, 3),
  },
];

export class Consumer {
  readonly habit: Habit;
  readonly problems: string[] = [];
  events = 0;
  /** How often a compaction overtook it, and it began again from there. */
  overtaken = 0;
  readonly #store: EmbeddedStore;
  readonly #chronicle: Chronicle;
  #witness: Witness;

  constructor(habit: Habit, store: EmbeddedStore, chronicle: Chronicle) {
    this.habit = habit;
    this.#store = store;
    this.#chronicle = chronicle;
    this.#witness = this.#watch(1);
  }

  /** Changes below it are of no more use to this one. */
  get from(): number {
    return this.#witness.asked.from;
  }

  async run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) await this.habit.pace(this.#witness, stopped);
  }

  /** Judges what came since the last time. */
  review(): void {
    const witness = this.#witness;
    const { isOver, error } = witness;
    const sighting = isOver ? witness.sighting(undefined) : witness.cut();
    this.events += sighting.batches.reduce((sum, { events }) => sum + events.length, 0);
    for (const { guarantee, text } of judge(sighting, this.#chronicle.made)) {
      this.problems.push(`${this.habit.name}, ${guarantee}: ${text}`);
    }
    if (!isOver) return;
    if (codeOf(error) !== 'ERR_COMPACTED') throw error!;
    this.overtaken++;
    this.#witness = this.#watch(Math.max(this.from, this.#store.compactRevision));
  }

  /** Everything up to this revision has to be shown before time is up. */
  async finish(revision: number): Promise<void> {
    const deadlineMs = performance.now() + FINISH_MS;
    while (this.#witness.bookmark < revision && performance.now() < deadlineMs) {
      this.#witness.take(Number.POSITIVE_INFINITY);
      this.#witness.watch.requestProgress();
      await setTimeout(5);
      this.review();
    }
    this.review();
    const { bookmark } = this.#witness;
    if (bookmark < revision) this.problems.push(`${this.habit.name} is at ${bookmark} in the end`);
    await this.#witness.leave();
  }

  #watch(startRevision: number): Witness {
    const { selector, prevKv, only, bufferEvents } = this.habit;
    const filter: WatchOptions = only === undefined ? {} : { only };
    const keys = 'key' in selector ? selector.key : selector;
    const store = this.#store;
    return new Witness({
      watch: store.watch(keys, { startRevision, prevKv, bufferEvents, ...filter }),
      asked: { selector, from: startRevision, prevKv, only },
      by: 'batches',
      look: () => ({
        acknowledged: store.durableRevision,
        compactRevision: store.compactRevision,
      }),
      compactions: [],
    });
  }
}

const FINISH_MS = 20_000;

async function pause(stopped: AbortSignal, ms: number): Promise<void> {
  await setTimeout(ms, undefined, { signal: stopped }).catch(() => {});
}
