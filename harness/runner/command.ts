/** `varve-harness conformance`: flags in, report out, exit code for CI. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { htmlOf } from '../report/html.ts';
import { failureLine, progressLine, reportLine } from '../report/json-lines.ts';
import { type Figures, Progress } from '../report/progress.ts';
import { summaryOf } from '../report/summary.ts';
import { verdictOf } from '../report/verdict.ts';
import { openTarget, TARGETS } from '../targets/targets.ts';
import { conformanceRun, type CountedReport } from './conformance-run.ts';
import { helpOf } from './help.ts';
import type { FoundFailure, RunPlan } from './plan.ts';
import { type Budget, WorkerHand, type WorkerInit } from './pool.ts';
import { type ConformanceFlags, conformanceFlags, UsageError } from './usage.ts';

const CLEAN = 0;
const FAILED = 1;

/** Without a budget. */
const TIME_MS = 10_000;

/** Returns the exit code. Throws a UsageError. */
export async function conformanceCommand(args: readonly string[]): Promise<number> {
  const flags = conformanceFlags(args);
  if (flags.help) {
    process.stdout.write(helpOf());
    return CLEAN;
  }
  const names = flags.target.split(',');
  for (const name of names) {
    const whyNot = TARGETS.get(name)?.whyNot?.();
    if (whyNot !== undefined) throw new UsageError(`--target ${name}: ${whyNot}`);
    if (TARGETS.has(name)) continue;
    const known = [...TARGETS.keys()].filter((name) => !name.startsWith('canary'));
    throw new UsageError(`--target is one or more of ${known.join(', ')}, not "${name}"`);
  }
  let code = CLEAN;
  for (const target of names) {
    const report = await run({ ...flags, target });
    tell(report, flags, names.length > 1 ? target : undefined);
    if (verdictOf(report).word !== 'clean') code = FAILED;
  }
  return code;
}

async function run(flags: ConformanceFlags): Promise<CountedReport> {
  const { target, run: single } = flags;
  const isReplay = single !== undefined;
  const plan: RunPlan = {
    profile: flags.profile,
    seed: flags.seed ?? freshSeed(),
    swarm: flags.swarm,
    without: flags.without,
    shrinkMs: flags.shrinkMs,
  };
  const opened = openTarget(target);
  const opening = flags.scripts ? (opened.opening?.length ?? 0) : 0;
  const budget = isReplay ? { from: single, runs: 1, timeMs: ENDLESS } : budgetOf(flags, opening);
  const workers = isReplay
    ? 1
    : Math.min(flags.workers ?? opened.workers ?? availableParallelism(), budget.runs);
  const init = { target, plan, path: flags.path };
  const hands = Array.from({ length: workers }, () => new WorkerHand(init satisfies WorkerInit));
  const progress = new Progress(process.stderr);
  // Of part of the traffic nobody can ask that it exercises everything.
  const demandsRules = flags.rules && !isReplay && flags.without.length === 0;
  try {
    return await conformanceRun({
      target,
      rules: demandsRules ? opened.rules : [],
      tallies: opened.tallies ?? [],
      plan,
      budget: { ...budget, now: () => performance.now() },
      goalRuns: flags.runs,
      goalSeconds: Number.isFinite(budget.timeMs) ? budget.timeMs / 1000 : undefined,
      hands,
      onProgress: (figures) => show(figures, flags, progress),
      replayOf: (failure) => replayOf(failure, flags, plan.seed),
    });
  } finally {
    progress.done();
    await Promise.all(hands.map((hand) => hand.close()));
  }
}

const ENDLESS = Number.POSITIVE_INFINITY;

/** What it begins with comes on top of the runs that were asked for. */
function budgetOf({ runs, timeMs }: ConformanceFlags, opening: number): Omit<Budget, 'now'> {
  const isBounded = runs !== undefined || timeMs !== undefined;
  return {
    from: -opening,
    runs: (runs ?? Number.MAX_SAFE_INTEGER - opening) + opening,
    timeMs: timeMs ?? (isBounded ? ENDLESS : TIME_MS),
  };
}

function show(figures: Figures, { jsonLines }: ConformanceFlags, progress: Progress): void {
  progress.update(figures);
  if (jsonLines !== undefined) appendFileSync(jsonLines, `${progressLine(figures)}\n`);
}

/** `suffix`: of the page's name, when there are several. */
function tell(
  report: CountedReport,
  { json, jsonLines, report: path }: ConformanceFlags,
  suffix: string | undefined,
): void {
  const lines = [
    ...(report.failure === undefined ? [] : [failureLine(report.failure)]),
    reportLine(report),
  ];
  if (jsonLines !== undefined) appendFileSync(jsonLines, `${lines.join('\n')}\n`);
  const page = suffix === undefined ? path : path?.replace(/(\.\w+)?$/, `-${suffix}$1`);
  if (page !== undefined) {
    mkdirSync(dirname(page), { recursive: true });
    writeFileSync(page, htmlOf(report));
  }
  const counted = Object.entries(report.tallies).map(([name, count]) => `${name} ${count}`);
  const text = json
    ? [reportLine(report)]
    : [
        ...(counted.length > 0 ? [`counted     ${counted.join(', ')}`] : []),
        ...summaryOf(report, process.stdout.columns),
      ];
  process.stdout.write(`${text.join('\n')}\n`);
}

function replayOf({ run, path }: FoundFailure, flags: ConformanceFlags, seed: number): string {
  return [
    'varve-harness conformance',
    `--target ${flags.target} --profile ${flags.profile} --seed ${seed} --run=${run}`,
    `--path ${path}`,
    ...(flags.swarm ? [] : ['--no-swarm']),
    ...(flags.without.length === 0 ? [] : [`--without ${flags.without.join()}`]),
  ].join(' ');
}

const freshSeed = (): number => Math.floor(Math.random() * 2 ** 31);
