/** A whole part: hands at work, figures added up, and a report at the end. */
import type { Part } from '../crash/part.ts';
import { type Budget, type Hand, work } from '../runner/pool.ts';
import type { FoundPartFailure, PartReport } from './crash-report.ts';
import { add, type PartChunkResult } from './part-chunks.ts';

export interface PartRunInit {
  readonly part: Part;
  readonly budget: Budget;
  readonly hands: readonly Hand<PartChunkResult>[];
  readonly onProgress: (report: PartReport) => void;
  readonly replayOf: (failure: Omit<FoundPartFailure, 'replay'>) => string;
}

export async function runPart(init: PartRunInit): Promise<PartReport> {
  const { part, budget, hands, replayOf } = init;
  const startMs = budget.now();
  const covered = new Map<string, number>();
  let runs = 0;
  let judged = 0;
  let found: PartChunkResult['failure'];
  const report = (): PartReport => ({
    part: part.name,
    unit: part.unit,
    runs,
    judged,
    seconds: (budget.now() - startMs) / 1000,
    covered: [...covered].sort(([, a], [, b]) => b - a),
    failure: found && { ...found, replay: replayOf(found) },
  });
  await work(hands, budget, (result) => {
    runs += result.runs;
    judged += result.judged;
    add(covered, result.covered);
    const { failure } = result;
    if (failure !== undefined && (found === undefined || failure.run < found.run)) found = failure;
    init.onProgress(report());
  });
  return report();
}
