/**
 * What a suite is and what it gets: how much to do, where, and against whom. Stores that are loaded with
 * all keys are expensive, so the suites that only read share one of each.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contents } from './children/contents.ts';
import type { Figure } from './figure.ts';
import { orderOf } from './keys.ts';
import type { BenchStore, Contender } from './peers/contender.ts';
import { varve, type VarveStore } from './peers/varve.ts';

export interface Suite {
  readonly name: string;
  readonly title: string;
  /** Takes long, or writes into the project: only runs when it is named. */
  readonly onlyWhenNamed?: boolean;
  run(bench: Bench): Promise<Figure[]>;
}

export interface BenchOptions {
  /** Keys in a full store. */
  readonly keys: number;
  readonly rounds: number;
  /** How long one store's turn takes, where the work has no end of its own. */
  readonly turnMs: number;
  /** How long a store is overwritten. */
  readonly steadyMs: number;
  /** The cost curves go up to this many revisions. */
  readonly revisionsMax: number;
  /** What is made for the documentation is written below this directory. */
  readonly docs: string;
  readonly date: string;
  /** Everything is written below this directory. */
  readonly directory: string;
  readonly peers: readonly Contender[];
  /** Child processes' work is done in this one: for tests, which run from sources. */
  readonly inProcess: boolean;
  /** Tells who waits what is going on. */
  readonly progress: (text: string) => void;
}

export interface OpenStore {
  readonly name: string;
  readonly store: BenchStore;
}

/** Varve's store comes first. */
export interface LoadedStores {
  readonly varve: VarveStore;
  readonly all: readonly OpenStore[];
}

export class Bench {
  readonly options: BenchOptions;
  #directories = 0;
  #loaded: Promise<LoadedStores> | undefined;
  readonly #close: (() => Promise<void>)[] = [];

  constructor(options: BenchOptions) {
    this.options = options;
  }

  /** A new empty directory. */
  directory(): string {
    const path = join(this.options.directory, String(++this.#directories));
    mkdirSync(path, { recursive: true });
    return path;
  }

  remove(directory: string): void {
    rmSync(directory, { recursive: true, force: true });
  }

  /** A long history: as many revisions as a full store has keys, of a hundredth as many keys. */
  get history(): Contents {
    const { keys } = this.options;
    return { keys: Math.max(1, Math.trunc(keys / 100)), revisions: keys };
  }

  get contenders(): readonly Contender[] {
    return [varve, ...this.options.peers];
  }

  /** Empty stores for `work`, Varve's first. */
  async withStores<T>(work: (stores: readonly OpenStore[]) => Promise<T>): Promise<T> {
    const directory = this.directory();
    const stores: OpenStore[] = [];
    try {
      for (const { name, open } of this.contenders) {
        const own = join(directory, name);
        mkdirSync(own);
        stores.push({ name, store: await open(own) });
      }
      return await work(stores);
    } finally {
      for (const { store } of stores) await store.close();
      this.remove(directory);
    }
  }

  /** One of each with all keys, put in random order. For reading only. */
  loaded(): Promise<LoadedStores> {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  async #load(): Promise<LoadedStores> {
    const numbers = orderOf(this.options.keys, 'random');
    const all: OpenStore[] = [];
    for (const { name, open } of this.contenders) {
      this.options.progress(`loading ${this.options.keys} keys into ${name}`);
      const store = await open(this.directory());
      this.#close.push(() => store.close());
      await store.load(numbers);
      all.push({ name, store });
    }
    return { varve: all[0]!.store as VarveStore, all };
  }

  async close(): Promise<void> {
    for (const close of this.#close.splice(0)) await close();
    this.remove(this.options.directory);
  }
}
