/** Threads that work for one part. */
import type { PartName } from '../crash/part.ts';
import type { Chunk } from '../runner/plan.ts';
import { type Hand, WorkerHand } from '../runner/pool.ts';
import type { PartChunkResult, PartInit } from './part-chunks.ts';

export type PartHand = Hand<PartChunkResult>;

export function handsFor(init: PartInit, count: number): PartHand[] {
  const program = new URL('./part-worker.js', import.meta.url);
  return Array.from({ length: count }, () => {
    return naming(init.part, init.seed, new WorkerHand<PartChunkResult>(init, program));
  });
}

/** Returns when all have begun: what they import must not count as time at work. */
export async function warmUp(hands: readonly PartHand[]): Promise<void> {
  await Promise.all(hands.map((hand) => hand.run({ first: 0, count: 0 })));
}

/** Whatever ends a worker is told with what it was doing. */
export function naming(part: PartName, seed: number, hand: PartHand): PartHand {
  return {
    run: async (chunk) => {
      try {
        return await hand.run(chunk);
      } catch (cause) {
        throw new Error(messageOf(part, seed, chunk, cause), { cause });
      }
    },
    close: () => hand.close(),
  };
}

function messageOf(part: PartName, seed: number, { first, count }: Chunk, cause: unknown): string {
  const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  const last = first + count - 1;
  const runs = count > 1 ? `runs ${first} to ${last}` : `run ${first}`;
  return [
    `part ${part}, ${count === 0 ? 'before its first run' : runs}: ${why}`,
    'This is a bug of the harness, or the store throws though nothing has failed yet.',
    `To see it again: varve-harness crash --part ${part} --seed ${seed} --runs ${last + 1} --workers 1`,
  ].join('\n');
}
