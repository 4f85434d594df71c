/** `varve-harness crash`: flags in, report out, exit code for CI. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { packageVersion } from '../runner/package-root.ts';
import { UsageError } from '../runner/usage.ts';
import { budgetOf, timeOf, timeOfFirst } from './budget.ts';
import { crashHtmlOf } from './crash-html.ts';
import { crashFailureLine, crashProgressLine, crashReportLine } from './crash-json.ts';
import { PartProgress } from './crash-progress.ts';
import type { CrashRunReport, PartReport } from './crash-report.ts';
import { crashLines } from './crash-text.ts';
import { crashVerdictOf } from './crash-verdict.ts';
import { type CrashFlags, crashFlags } from './flags.ts';
import { handsFor, warmUp } from './hands.ts';
import { crashHelp } from './help.ts';
import { PARTS } from './parts.ts';
import { replayOf } from './replay.ts';
import { runPart } from './run-part.ts';

const CLEAN = 0;
const FAILED = 1;

/** Returns the exit code. Throws a UsageError. */
export async function crashCommand(args: readonly string[]): Promise<number> {
  const flags = crashFlags(args);
  if (flags.help) {
    process.stdout.write(crashHelp());
    return CLEAN;
  }
  // What cannot be written is to be known before, not after an hour.
  for (const [flag, path] of [
    ['--report', flags.report] as const,
    ['--json-lines', flags.jsonLines] as const,
  ]) {
    if (path !== undefined) begin(flag, path);
  }
  const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 31);
  const workers = workersOf(flags);
  const endMs = now() + timeOf(flags);
  const parts: PartReport[] = [];
  for (const at of flags.parts.keys()) parts.push(await run(flags, at, { seed, workers, endMs }));
  const report = { seed, version: packageVersion(), node: process.version, workers, parts };
  tell(report, flags);
  return crashVerdictOf(report).word === 'clean' ? CLEAN : FAILED;
}

const now = (): number => performance.now();

function workersOf({ workers, run, runs }: CrashFlags): number {
  return run === undefined ? Math.min(workers ?? availableParallelism(), runs ?? Infinity) : 1;
}

interface Settings {
  readonly seed: number;
  readonly workers: number;
  readonly endMs: number;
}

/** `index`: of the part, in the list of those that are asked for. */
async function run(
  flags: CrashFlags,
  index: number,
  { seed, workers, endMs }: Settings,
): Promise<PartReport> {
  const { at, shrinkMs, parts, jsonLines } = flags;
  const name = parts[index]!;
  const { part } = PARTS.get(name)!;
  const hands = handsFor({ part: name, seed, at, shrinkMs }, workers);
  const progress = new PartProgress(process.stderr);
  try {
    await warmUp(hands);
    const report = await runPart({
      part,
      budget: budgetOf(flags, timeOfFirst(parts.slice(index), endMs - now()), now),
      hands,
      onProgress: (figures) => {
        progress.update(figures);
        addLine(jsonLines, crashProgressLine(figures));
      },
      replayOf: (failure) => replayOf(name, seed, failure),
    });
    addLine(jsonLines, crashFailureLine(report));
    return report;
  } finally {
    progress.done();
    await Promise.all(hands.map((hand) => hand.close()));
  }
}

function tell(report: CrashRunReport, { report: page, jsonLines, json }: CrashFlags): void {
  const line = crashReportLine(report);
  addLine(jsonLines, line);
  if (page !== undefined) writeFileSync(page, crashHtmlOf(report));
  process.stdout.write(`${json ? line : crashLines(report).join('\n')}\n`);
}

function addLine(file: string | undefined, line: string | undefined): void {
  if (file !== undefined && line !== undefined) appendFileSync(file, `${line}\n`);
}

/** What is in the file stays. */
function begin(flag: string, path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, '');
  } catch (cause) {
    throw new UsageError(`${flag} names a file that can be written: ${(cause as Error).message}`, {
      cause,
    });
  }
}
