/** A whole part: hands at work, figures added up, and a report at the end. */
import type { Part } from '../crash/part.ts';
import { type Budget, type Hand, work } from '../runner/pool.ts';
import { UsageError } from '../runner/usage.ts';
import type { FoundPartFailure, PartFigures, PartReport } from './crash-report.ts';
import { add, type PartChunkResult } from './part-chunks.ts';

export interface PartRunInit {
  readonly part: Pick<Part, 'name' | 'unit'>;
  readonly budget: Budget;
  readonly hands: readonly Hand<PartChunkResult>[];
  readonly onProgress: (figures: PartFigures) => void;
  readonly replayOf: (failure: Omit<FoundPartFailure, 'replay'>) => string;
}

/** Throws a UsageError if a place was asked for that there is not. */
export async function runPart(init: PartRunInit): Promise<PartReport> {
  const { part, budget, hands, replayOf } = init;
  const { runs: goalRuns, timeMs } = budget;
  const goals = {
    ...(goalRuns < Number.MAX_SAFE_INTEGER && { goalRuns }),
    ...(Number.isFinite(timeMs) && { goalSeconds: timeMs / 1000 }),
  };
  const startMs = budget.now();
  const covered = new Map<string, number>();
  let runs = 0;
  let judged = 0;
  let found: PartChunkResult['failure'];
  const figures = (): PartFigures => ({
    part: part.name,
    unit: part.unit,
    runs,
    judged,
    seconds: (budget.now() - startMs) / 1000,
  });
  await work(hands, budget, (result) => {
    if (result.wrongPlace !== undefined) throw new UsageError(`--at: ${result.wrongPlace}`);
    runs += result.runs;
    judged += result.judged;
    add(covered, result.covered);
    const { failure } = result;
    if (failure !== undefined && (found === undefined || failure.run < found.run)) found = failure;
    init.onProgress({ ...figures(), ...goals });
  });
  return {
    ...figures(),
    covered: [...covered].sort(([, a], [, b]) => b - a),
    failure: found && { ...found, replay: replayOf(found) },
  };
}
