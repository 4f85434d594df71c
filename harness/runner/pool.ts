/**
 * Workers that each take the next chunk of runs from one counter. A chunk takes about a fifth of a second,
 * so that a run ends soon after its time is over.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Chunk, ChunkResult, RunPlan } from './plan.ts';

/** What a chunk comes to, as far as it matters for handing out the next one. */
export interface Done {
  readonly runs: number;
  readonly failure: unknown;
}

/** Somebody who can be given chunks. */
export interface Hand<R extends Done = ChunkResult> {
  run(chunk: Chunk): Promise<R>;
  close(): Promise<void>;
}

export interface WorkerInit {
  readonly target: string;
  readonly plan: RunPlan;
  /** Of one failure that is run again. */
  readonly path?: string | undefined;
}

const WORKER = new URL('./worker.js', import.meta.url);

/** The message that asks a thread to end, where it takes one. */
export const LEAVE = 'leave';
/** Then it is ended. */
const LEAVING_MS_MAX = 3000;

/** A thread of its own; works from a build only, since Node does not read TypeScript everywhere. */
export class WorkerHand<R extends Done = ChunkResult> implements Hand<R> {
  readonly #worker: Worker;
  readonly #leaves: boolean;
  #answer: { resolve(result: R): void; reject(error: unknown): void } | undefined;

  /**
   * `program` is given `init`, gets chunks as messages, and answers each with what it comes to. `leaves`: it
   * takes the message LEAVE.
   */
  constructor(init: unknown, program: URL = WORKER, leaves: boolean = program === WORKER) {
    this.#leaves = leaves;
    this.#worker = new Worker(program, { workerData: init });
    this.#worker.on('message', (result: R) => this.#answer?.resolve(result));
    this.#worker.on('error', (error) => this.#answer?.reject(error));
    this.#worker.on('exit', (code) => {
      this.#answer?.reject(new Error(`a worker ended with ${code}`));
    });
  }

  run(chunk: Chunk): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
      this.#worker.postMessage(chunk);
    });
  }

  async close(): Promise<void> {
    this.#answer = undefined;
    if (this.#leaves) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
      this.#worker.postMessage(LEAVE);
      const signal = AbortSignal.timeout(LEAVING_MS_MAX);
      await once(this.#worker, 'exit', { signal }).catch(() => {});
    }
    await this.#worker.terminate();
  }
}

export interface Budget {
  /** Number of the first run. */
  readonly from: number;
  readonly runs: number;
  readonly timeMs: number;
  readonly now: () => number;
}

const CHUNK_MS = 200;
const CHUNK_RUNS_MAX = 2000;

/**
 * All hands at work until the runs are done, the time is over, or one has failed; what they had begun by then
 * is finished, so that the failure with the lowest number is the same on every machine.
 */
export async function work<R extends Done>(
  hands: readonly Hand<R>[],
  { from, runs, timeMs, now }: Budget,
  done: (result: R) => void,
): Promise<void> {
  const endMs = now() + timeMs;
  let next = from;
  let hasFailed = false;
  const serve = async (hand: Hand<R>): Promise<void> => {
    let count = 1;
    while (next < from + runs && now() < endMs && !hasFailed) {
      const chunk: Chunk = { first: next, count: Math.min(count, from + runs - next) };
      next += chunk.count;
      const startMs = now();
      const result = await hand.run(chunk);
      hasFailed ||= result.failure !== undefined;
      done(result);
      const perRunMs = Math.max(0.01, (now() - startMs) / result.runs);
      count = Math.max(1, Math.min(CHUNK_RUNS_MAX, 4 * count, Math.floor(CHUNK_MS / perRunMs)));
    }
  };
  await Promise.all(hands.map(serve));
}
