/**
 * A program that is there to be killed: clients that write to a store on the real disk, as a script says.
 * What happens is told over descriptor 3, each line in one system call, so that a kill leaves every line that
 * was told and no half of one.
 *
 *     node child.js <script.json> 3><pipe>
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { type EmbeddedStore, open, type OpenOptions } from '../../engine/index.ts';
import { nodeFs } from '../../engine/vfs/index.ts';
import type { Operation } from '../../spec/types.ts';
import { Session } from '../stores/session.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { type Answer, decoded, type Phase, type Script, type Step, type Told } from './script.ts';
import { quotaFs } from './quota-fs.ts';
import { suicidalFs } from './suicidal-fs.ts';

const PIPE = 3;
/** Longer than any parent waits: a child does not outlive its parent for long. */
const LIFE_MS = 30_000;

class Child {
  readonly #script: Script;
  readonly #options: OpenOptions;
  #session!: Session;
  #next = 0;
  /** Of the store being closed and opened again: nobody asks anything meanwhile. */
  #restart: Promise<void> | undefined;

  constructor(script: Script) {
    this.#script = script;
    const { suicide, quota } = script;
    const real = quota === undefined ? nodeFs : quotaFs(nodeFs, quota);
    const fs = suicide === undefined ? real : suicidalFs(real, suicide);
    this.#options = { ...script.options, fs };
  }

  async run(): Promise<void> {
    const { descriptorsLeft } = this.#script;
    if (descriptorsLeft !== undefined) useUpDescriptors(descriptorsLeft);
    await this.#open();
    await Promise.all(Array.from({ length: this.#script.clients }, () => this.#client()));
    tell({ told: 'over' });
  }

  /** A step is asked in the same turn in which it is taken, so they are asked in order. */
  async #client(): Promise<void> {
    for (;;) {
      while (this.#restart !== undefined) await this.#restart;
      const number = this.#next++;
      const step = this.#script.steps[number];
      if (step === undefined) return;
      tell({ told: 'asked', step: number });
      const answer = await this.#perform(step).catch(refusal);
      tell({ told: 'answered', step: number, answer });
    }
  }

  async #perform(step: Step): Promise<Answer> {
    if (step.op === 'restart') {
      this.#restart = this.#reopen();
      await this.#restart;
      return {};
    }
    if (step.op === 'look') {
      const { revision } = await this.#store.range({ all: true }, { limit: 1 });
      return { revision };
    }
    if (step.op === 'backup') return during('backup', () => this.#backup(step.target));
    if (step.op === 'defragment') return during('defragment', () => this.#answer(step));
    // One that does not wait leaves its work to be done in the background.
    const isWaiting = step.op === 'compact' && step.physical === true;
    return isWaiting ? during('compaction', () => this.#answer(step)) : this.#answer(step);
  }

  async #answer(operation: Operation): Promise<Answer> {
    const answer = await this.#session.answer(operation);
    if (answer.kind === 'refused') return { code: answer.code };
    return 'revision' in answer ? { revision: answer.revision } : {};
  }

  async #backup(target: string): Promise<Answer> {
    const { revision } = await this.#store.backup(target);
    return { revision };
  }

  async #reopen(): Promise<void> {
    await during('close', () => this.#store.close());
    await this.#open();
    this.#restart = undefined;
  }

  async #open(): Promise<void> {
    const store = await during('open', () => open(this.#script.directory, this.#options));
    this.#session = new Session({ store, form: 'bytes', reopen: async (same) => same });
    this.#session.isAlone = false;
    tell({ told: 'shown', revision: store.revision });
    void follow(store);
  }

  get #store(): EmbeddedStore {
    return this.#session.store as EmbeddedStore;
  }
}

/** Tells how far a watch is; one that a compaction has left behind begins anew. */
async function follow(store: EmbeddedStore): Promise<void> {
  try {
    for await (const { revision } of store.watch({ all: true }).batches()) {
      tell({ told: 'shown', revision });
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ERR_COMPACTED') return follow(store);
    if (code !== 'ERR_CLOSED' && code !== 'ERR_POISONED') fail(error);
  }
}

async function during<T>(phase: Phase, run: () => Promise<T>): Promise<T> {
  tell({ told: 'begins', phase });
  try {
    return await run();
  } finally {
    tell({ told: 'ends', phase });
  }
}

function tell(told: Told): void {
  writeSync(PIPE, `${JSON.stringify(told)}\n`);
}

/** A session lets only what it knows pass as an answer. */
function refusal(error: unknown): Answer {
  return { code: codeOf(error) };
}

function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'string') throw error;
  return code;
}

/** Modules are loaded by then: those need more than a store does. */
function useUpDescriptors(left: number): void {
  const used: number[] = [];
  try {
    for (;;) used.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if (codeOf(error) !== 'EMFILE') throw error;
  }
  for (const descriptor of used.splice(0, left)) closeSync(descriptor);
}

function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

shrinkLimits();
setTimeout(() => fail(new Error(`nobody has killed it in ${LIFE_MS} ms`)), LIFE_MS);
new Child(decoded(readFileSync(process.argv[2]!, 'utf8')) as Script).run().catch(fail);
