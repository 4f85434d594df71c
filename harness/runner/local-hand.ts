/** Works in this thread: for test suites, and from sources. */
import type { Target } from '../targets/target.ts';
import { runChunk } from './chunks.ts';
import type { Chunk, ChunkResult, RunPlan } from './plan.ts';
import type { Hand } from './pool.ts';
import { Runner } from './run-one.ts';

export class LocalHand implements Hand {
  readonly #runner: Runner;
  readonly #path: string | undefined;

  constructor(target: Target, plan: RunPlan, path?: string) {
    this.#runner = new Runner(target, plan);
    this.#path = path;
  }

  run(chunk: Chunk): Promise<ChunkResult> {
    return runChunk(this.#runner, chunk, this.#path);
  }

  async close(): Promise<void> {}
}
