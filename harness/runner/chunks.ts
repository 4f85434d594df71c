/** Runs one after another, in this process or in a worker. */
import { Ledger } from '../targets/ledger.ts';
import type { Chunk, ChunkResult } from './plan.ts';
import type { Runner } from './run-one.ts';

/** Ends at the first failure. */
export async function runChunk(
  runner: Runner,
  { first, count }: Chunk,
  path?: string,
): Promise<ChunkResult> {
  const ledger = new Ledger();
  for (let number = first; number < first + count; number++) {
    const failure = await runner.run(number, ledger, path);
    if (failure === undefined) continue;
    return resultOf(ledger, { first, runs: number - first + 1, failure });
  }
  return resultOf(ledger, { first, runs: count, failure: undefined });
}

function resultOf(
  { operations, rules }: Ledger,
  done: Pick<ChunkResult, 'first' | 'runs' | 'failure'>,
): ChunkResult {
  return { ...done, operations, rules: [...rules] };
}
