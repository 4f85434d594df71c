/** Runs of a part one after another, in this process or in a worker. */
import { type Part, type PartFailure, type PartName, PlaceError } from '../crash/part.ts';
import type { Chunk } from '../runner/plan.ts';

export interface PartInit {
  readonly part: PartName;
  readonly seed: number;
  readonly at: string | undefined;
  readonly shrinkMs: number;
}

export interface PartChunkResult {
  readonly runs: number;
  readonly judged: number;
  readonly covered: readonly (readonly [kind: string, times: number])[];
  readonly failure: (PartFailure & { readonly run: number }) | undefined;
  /** Why there is nothing to be done at the place that was asked for. An error does not cross threads as it is. */
  readonly wrongPlace?: string | undefined;
}

/** Ends at the first failure. */
export async function runPartChunk(
  part: Part,
  { seed, at, shrinkMs }: Omit<PartInit, 'part'>,
  { first, count }: Chunk,
): Promise<PartChunkResult> {
  const covered = new Map<string, number>();
  let judged = 0;
  for (let run = first; run < first + count; run++) {
    try {
      const result = await part.run({ seed, run, at, shrinkMs });
      judged += result.judged;
      add(covered, result.covered);
      if (result.failure === undefined) continue;
      const failure = { ...result.failure, run };
      return { runs: run - first + 1, judged, covered: [...covered], failure };
    } catch (error) {
      if (at === undefined || !(error instanceof PlaceError)) throw error;
      const { message: wrongPlace } = error;
      return { runs: 0, judged, covered: [], failure: undefined, wrongPlace };
    }
  }
  return { runs: count, judged, covered: [...covered], failure: undefined };
}

export function add(
  all: Map<string, number>,
  some: readonly (readonly [kind: string, times: number])[],
): void {
  for (const [kind, times] of some) all.set(kind, (all.get(kind) ?? 0) + times);
}
