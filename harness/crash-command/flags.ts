/** What the command line of `varve-harness crash` understands. */
import { parseArgs } from 'node:util';
import type { PartName } from '../crash/part.ts';
import { duration, integer, UsageError } from '../runner/usage.ts';
import { isPartName, PARTS } from './parts.ts';

export interface CrashFlags {
  readonly parts: readonly PartName[];
  readonly seed: number | undefined;
  readonly runs: number | undefined;
  readonly timeMs: number | undefined;
  readonly workers: number | undefined;
  /** Of what is to be run again: its number and the place within. */
  readonly run: number | undefined;
  readonly at: string | undefined;
  readonly report: string | undefined;
  readonly jsonLines: string | undefined;
  readonly json: boolean;
  readonly shrinkMs: number;
  readonly help: boolean;
}

const OPTIONS = {
  part: { type: 'string', default: [...PARTS.keys()].join() },
  seed: { type: 'string' },
  runs: { type: 'string' },
  time: { type: 'string' },
  workers: { type: 'string' },
  run: { type: 'string' },
  at: { type: 'string' },
  report: { type: 'string' },
  'json-lines': { type: 'string' },
  json: { type: 'boolean', default: false },
  shrink: { type: 'string', default: '20s' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const HELP: string = `Usage: varve-harness crash [flags]

Lets disks and processes down, in every way there is, and judges by the model what is left of a store: a
prefix of history, in whole transactions, that holds everything acknowledged.

  --part A,B         which parts; default all, each with its share of the time
${[...PARTS].map(([name, { about }]) => `    ${name.padEnd(12)} ${about}`).join('\n')}
  --runs N           so many runs of each part
  --time 60s         or for so long in all; default 10s without --runs
  --seed S           the same seed gives the same runs; default a fresh one
  --workers N        default one for each core
  --shrink 20s       how long a failure may be made smaller
  --report F.html    one page with everything about the run
  --json-lines F     progress and report, a JSON object a line, added to this file
  --json             the report as one JSON line instead of text
  --run N --at P     one place of one run again; a failure prints the whole command

Exit code: 0 clean, 1 a failure, 2 wrong flags.
`;

/** Throws a UsageError. */
export function crashFlags(args: readonly string[]): CrashFlags {
  const { values } = parsed(args);
  const parts = values.part.split(',').map((name) => {
    if (isPartName(name)) return name;
    throw new UsageError(`--part is one or more of ${[...PARTS.keys()].join(', ')}, not "${name}"`);
  });
  const { at } = values;
  const run = optional(values.run, (text) => integer('--run', text, 0));
  if ((run ?? at) !== undefined && parts.length !== 1) {
    throw new UsageError('--run and --at are about one --part');
  }
  if (at !== undefined && run === undefined) throw new UsageError('--at needs --run');
  return {
    parts,
    seed: optional(values.seed, (text) => integer('--seed', text, 0, 2 ** 31 - 1)),
    runs: optional(values.runs, (text) => integer('--runs', text, 1)),
    timeMs: optional(values.time, (text) => duration('--time', text)),
    workers: optional(values.workers, (text) => integer('--workers', text, 1, 256)),
    run,
    at,
    report: values.report,
    jsonLines: values['json-lines'],
    json: values.json,
    shrinkMs: duration('--shrink', values.shrink),
    help: values.help,
  };
}

function parsed(args: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(args);
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ').slice(0, 1).join());
  }
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- inferred from the table
const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false });

function optional<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text);
}
