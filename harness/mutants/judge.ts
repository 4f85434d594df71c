/**
 * One build on trial: its own conformance command, or whatever else has to catch the mutant, in a process of its
 * own, since a bug may end a process or hang it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { MutantBuild } from './build.ts';
import type { Mutant } from './mutant.ts';

export type Outcome =
  /** An answer was not the model's, or something was thrown. */
  | 'caught'
  /** The process ended in the middle: caught as well. */
  | 'crashed'
  /** Nothing came of it for a long time: caught as well. */
  | 'hung'
  | 'survived'
  /** The time was over before. */
  | 'unreached'
  /** The trial itself did not work: nothing is known of the mutant. */
  | 'untried'
  /** The engine without it is caught by these programs, too: nothing is known either. */
  | 'doubtful';

/** What was found out about one build. */
export interface Finding {
  readonly outcome: Outcome;
  /** Until it was caught; 0 if nobody knows. */
  readonly runs: number;
  readonly seconds: number;
  /** What was noticed, in the words of who noticed it. */
  readonly message: string;
}

export interface Verdict extends Finding {
  readonly mutant: Mutant;
}

/** By what it is tried, and how often. */
export type Trial = Pick<Mutant, 'caughtBy' | 'runs'>;

export interface JudgeOptions {
  readonly seed: number;
  /** At most so long. */
  readonly timeMs: number;
}

export const isCaught = ({ outcome }: Finding): boolean =>
  outcome === 'caught' || outcome === 'crashed' || outcome === 'hung';

export async function judge(
  trial: Trial,
  build: MutantBuild,
  options: JudgeOptions,
): Promise<Finding> {
  const startMs = performance.now();
  const end = await hold(trial, build, options);
  return { seconds: (performance.now() - startMs) / 1000, ...conclusion(end) };
}

/** How the process ended. */
interface End {
  readonly code: number | null;
  /** Why it was stopped, if it was. */
  readonly stopped: 'hung' | 'unreached' | undefined;
  readonly output: string;
  readonly errors: string;
}

function hold(trial: Trial, { directory }: MutantBuild, options: JudgeOptions): Promise<End> {
  const progressFile = join(directory, 'progress.jsonl');
  const { program, command, flags } = askedOf(trial, options.seed);
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const main = join(directory, 'harness', program);
  const told = ['--json', '--json-lines', progressFile];
  const child = spawn(process.execPath, [main, ...command, ...args, ...told], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return endOf(child, progressFile, options.timeMs);
}

/** Which program of the build is started, and with what beside the flags that all have. */
interface Asked {
  readonly program: string;
  readonly command: readonly string[];
  readonly flags: Readonly<Record<string, string | number>>;
}

function askedOf({ caughtBy, runs }: Trial, seed: number): Asked {
  if (caughtBy.part === 'snapshots') {
    return { program: 'snapshots/main.js', command: [], flags: { seed, runs } };
  }
  // The first program that fails will do.
  const alone = { workers: 1, shrink: '0s' };
  if (caughtBy.part === undefined) {
    const { target, profile, without } = caughtBy;
    const flags = { ...alone, target, profile, seed, runs, ...(without && { without }) };
    return { program: 'main.js', command: ['conformance', '--no-rules', '--no-scripts'], flags };
  }
  const { part, only = { seed, runs } } = caughtBy;
  return { program: 'main.js', command: ['crash'], flags: { ...alone, part, ...only } };
}

function endOf(child: ChildProcess, progressFile: string, timeMs: number): Promise<End> {
  let stopped: End['stopped'];
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk).slice(-ERRORS_MAX)));
  const stop = (why: End['stopped']): void => {
    stopped ??= why;
    child.kill('SIGKILL');
  };
  const timer = setTimeout(() => stop('unreached'), timeMs);
  const unwatch = whenStill(progressFile, () => stop('hung'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stopped, output, errors }));
  }).finally(() => {
    clearTimeout(timer);
    unwatch();
  }) as Promise<End>;
}

const ERRORS_MAX = 4096;
/** Longer than a program may take before the harness itself calls it a hang. */
const STILL_MS_MAX = 45_000;
const LOOK_MS = 1000;

/** Every few runs a line is added to the file: when none comes any more, the process hangs. */
function whenStill(file: string, told: () => void): () => void {
  let size = 0;
  let changedMs = performance.now();
  const timer = setInterval(() => {
    const now = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (now !== size) {
      size = now;
      changedMs = performance.now();
    } else if (performance.now() - changedMs > STILL_MS_MAX) told();
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/** What the last line of the command says, as far as it matters here. */
interface Report {
  readonly type?: string;
  readonly failure?: { readonly run: number; readonly message: string };
  /** Of the crash command. */
  readonly parts?: readonly {
    readonly failure?: { readonly run: number; readonly problems: readonly string[] };
  }[];
}

const WRONG_FLAGS = 2;

/** Rules that so few runs do not exercise are nobody's fault: only a failure counts. */
export function conclusion({ code, stopped, output, errors }: End): Omit<Finding, 'seconds'> {
  if (stopped === 'hung') return { outcome: 'hung', runs: 0, message: 'nothing comes any more' };
  if (stopped === 'unreached') return { outcome: 'unreached', runs: 0, message: '' };
  const report = reportIn(output);
  const crash = report?.parts?.find(({ failure }) => failure !== undefined)?.failure;
  const failure = report?.failure ?? (crash && { ...crash, message: crash.problems.join('\n') });
  if (failure) return { outcome: 'caught', runs: failure.run + 1, message: failure.message };
  if (report !== undefined) return { outcome: 'survived', runs: 0, message: '' };
  const outcome = code === WRONG_FLAGS ? 'untried' : 'crashed';
  return { outcome, runs: 0, message: errors.trim() || `the process ended with ${code}` };
}

function reportIn(output: string): Report | undefined {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  try {
    const report = JSON.parse(last) as Report;
    return report.type === 'report' ? report : undefined;
  } catch {
    return undefined;
  }
}
