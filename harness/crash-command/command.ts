/** `varve-harness crash`: flags in, report out, exit code for CI. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { PartName } from '../crash/part.ts';
import { packageVersion } from '../runner/package-root.ts';
import { type Budget, WorkerHand } from '../runner/pool.ts';
import { crashHtmlOf } from './crash-html.ts';
import { type CrashRunReport, isClean, type PartReport } from './crash-report.ts';
import { crashLines, progressTextOf } from './crash-text.ts';
import { type CrashFlags, crashFlags, HELP } from './flags.ts';
import type { PartChunkResult, PartInit } from './part-chunks.ts';
import { PARTS } from './parts.ts';
import { runPart } from './run-part.ts';

const CLEAN = 0;
const FAILED = 1;

/** Without a budget. */
const TIME_MS = 10_000;
const ENDLESS = Number.POSITIVE_INFINITY;

/** Returns the exit code. Throws a UsageError. */
export async function crashCommand(args: readonly string[]): Promise<number> {
  const flags = crashFlags(args);
  if (flags.help) {
    process.stdout.write(HELP);
    return CLEAN;
  }
  const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 31);
  const parts: PartReport[] = [];
  for (const name of flags.parts) parts.push(await run(name, flags, seed));
  const report: CrashRunReport = {
    seed,
    version: packageVersion(),
    node: process.version,
    workers: workersOf(flags),
    parts,
  };
  tell(report, flags);
  return isClean(report) ? CLEAN : FAILED;
}

const workersOf = ({ workers, run }: CrashFlags): number =>
  run === undefined ? (workers ?? availableParallelism()) : 1;

async function run(name: PartName, flags: CrashFlags, seed: number): Promise<PartReport> {
  const { part } = PARTS.get(name)!;
  const { at, shrinkMs } = flags;
  const init: PartInit = { part: name, seed, at, shrinkMs };
  const program = new URL('./part-worker.js', import.meta.url);
  const hands = Array.from(
    { length: workersOf(flags) },
    () => new WorkerHand<PartChunkResult>(init, program),
  );
  const progress = new Line();
  try {
    return await runPart({
      part,
      budget: budgetOf(name, flags),
      hands,
      onProgress: (report) => {
        progress.show(report);
        addLine(flags, { type: 'progress', ...report });
      },
      replayOf: (failure) =>
        `varve-harness crash --part ${name} --seed ${seed} --run ${failure.run} --at ${failure.at}`,
    });
  } finally {
    progress.done();
    await Promise.all(hands.map((hand) => hand.close()));
  }
}

const now = (): number => performance.now();

/** The time is for all parts that are asked for. */
function budgetOf(name: PartName, { parts, run, runs, timeMs }: CrashFlags): Budget {
  if (run !== undefined) return { from: run, runs: 1, timeMs: ENDLESS, now };
  const isBounded = runs !== undefined || timeMs !== undefined;
  const all = timeMs ?? (isBounded ? ENDLESS : TIME_MS);
  const shares = parts.reduce((sum, part) => sum + PARTS.get(part)!.share, 0);
  const own = (all * PARTS.get(name)!.share) / shares;
  return { from: 0, runs: runs ?? Number.MAX_SAFE_INTEGER, timeMs: own, now };
}

function tell(report: CrashRunReport, flags: CrashFlags): void {
  const line = { type: 'report', clean: isClean(report), ...report };
  addLine(flags, line);
  if (flags.report !== undefined) {
    mkdirSync(dirname(flags.report), { recursive: true });
    writeFileSync(flags.report, crashHtmlOf(report));
  }
  const text = flags.json ? [JSON.stringify(line)] : crashLines(report);
  process.stdout.write(`${text.join('\n')}\n`);
}

function addLine({ jsonLines }: CrashFlags, line: object): void {
  if (jsonLines !== undefined) appendFileSync(jsonLines, `${JSON.stringify(line)}\n`);
}

/** On a terminal one line, written over and over; elsewhere one now and then. */
class Line {
  #shownMs = performance.now();
  #isOpen = false;

  show(report: PartReport): void {
    const isTerminal = process.stderr.isTTY;
    const pauseMs = isTerminal ? 100 : 10_000;
    if (performance.now() - this.#shownMs < pauseMs) return;
    this.#shownMs = performance.now();
    const text = progressTextOf(report);
    process.stderr.write(isTerminal ? `\r${text}\x1b[K` : `${text}\n`);
    this.#isOpen = isTerminal;
  }

  done(): void {
    if (this.#isOpen) process.stderr.write('\n');
  }
}
