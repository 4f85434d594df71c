/**
 * Workers that each take the next chunk of runs from one counter. A chunk takes about a fifth of a second,
 * so that a run ends soon after its time is over.
 */
import { Worker } from 'node:worker_threads';
import type { Chunk, ChunkResult, RunPlan } from './plan.ts';

/** Somebody who can be given chunks. */
export interface Hand {
  run(chunk: Chunk): Promise<ChunkResult>;
  close(): Promise<void>;
}

export interface WorkerInit {
  readonly target: string;
  readonly plan: RunPlan;
  /** Of one failure that is run again. */
  readonly path?: string | undefined;
}

/** A thread of its own; works from a build only, since Node does not read TypeScript everywhere. */
export class WorkerHand implements Hand {
  readonly #worker: Worker;
  #answer: { resolve(result: ChunkResult): void; reject(error: unknown): void } | undefined;

  constructor(init: WorkerInit) {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: init });
    this.#worker.on('message', (result: ChunkResult) => this.#answer?.resolve(result));
    this.#worker.on('error', (error) => this.#answer?.reject(error));
    this.#worker.on('exit', (code) => {
      this.#answer?.reject(new Error(`a worker ended with ${code}`));
    });
  }

  run(chunk: Chunk): Promise<ChunkResult> {
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
      this.#worker.postMessage(chunk);
    });
  }

  async close(): Promise<void> {
    this.#answer = undefined;
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
export async function work(
  hands: readonly Hand[],
  { from, runs, timeMs, now }: Budget,
  done: (result: ChunkResult) => void,
): Promise<void> {
  const endMs = now() + timeMs;
  let next = from;
  let hasFailed = false;
  const serve = async (hand: Hand): Promise<void> => {
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
