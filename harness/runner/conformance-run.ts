/** A whole run: hands at work, figures added up, and a report at the end. */
import { Ledger } from '../targets/ledger.ts';
import type { Figures } from '../report/progress.ts';
import type { RunReport } from '../report/run-report.ts';
import { packageVersion } from './package-root.ts';
import { type Budget, type Hand, work } from './pool.ts';
import type { ChunkResult, FoundFailure, RunPlan } from './plan.ts';

export interface RunInit {
  readonly target: string;
  /** That the run must exercise. */
  readonly rules: readonly string[];
  /** Counted beside the rules. */
  readonly tallies?: readonly string[];
  readonly plan: RunPlan;
  readonly budget: Budget;
  /** Shown in progress; the run ends with whichever is reached first. */
  readonly goalRuns: number | undefined;
  readonly goalSeconds: number | undefined;
  readonly hands: readonly Hand[];
  readonly onProgress: (figures: Figures) => void;
  /** The command that runs a failure again. */
  readonly replayOf: (failure: FoundFailure) => string;
}

export interface CountedReport extends RunReport {
  readonly tallies: Readonly<Record<string, number>>;
}

export async function conformanceRun(init: RunInit): Promise<CountedReport> {
  const { rules, tallies = [], plan, budget, hands } = init;
  const startMs = budget.now();
  const seconds = (): number => (budget.now() - startMs) / 1000;
  const ledger = new Ledger();
  let runs = 0;
  let found: FoundFailure | undefined;
  await work(hands, budget, (result: ChunkResult) => {
    ledger.add({ operations: result.operations, rules: result.rules as [string, number][] });
    runs += result.runs;
    const { failure } = result;
    if (failure !== undefined && (found === undefined || failure.run < found.run)) found = failure;
    init.onProgress({
      runs,
      operations: ledger.operations,
      seconds: seconds(),
      rulesExercised: rules.filter((rule) => ledger.rules.has(rule)).length,
      rulesTotal: rules.length,
      goalRuns: init.goalRuns,
      goalSeconds: init.goalSeconds,
    });
  });
  return {
    target: init.target,
    profile: plan.profile,
    seed: plan.seed,
    version: packageVersion(),
    node: process.version,
    workers: hands.length,
    runs,
    operations: ledger.operations,
    seconds: seconds(),
    rules: Object.fromEntries(rules.map((rule) => [rule, ledger.rules.get(rule) ?? 0])),
    missing: rules.filter((rule) => !ledger.rules.has(rule)),
    tallies: Object.fromEntries(tallies.map((name) => [name, ledger.rules.get(name) ?? 0])),
    failure: found && { ...found, replay: init.replayOf(found) },
  };
}
