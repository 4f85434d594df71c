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

/** Throws a UsageError. */
export function crashFlags(args: readonly string[]): CrashFlags {
  const { values } = parsed(args);
  const flags = {
    parts: partsOf(values.part),
    seed: optional(values.seed, (text) => integer('--seed', text, 0, SEED_MAX)),
    runs: optional(values.runs, (text) => integer('--runs', text, 1)),
    timeMs: optional(values.time, time),
    workers: optional(values.workers, (text) => integer('--workers', text, 1, 256)),
    run: optional(values.run, (text) => integer('--run', text, 0)),
    at: values.at,
    report: values.report,
    jsonLines: values['json-lines'],
    json: values.json,
    shrinkMs: duration('--shrink', values.shrink),
    help: values.help,
  };
  if (!flags.help && (flags.run ?? flags.at) !== undefined) checkReplay(flags);
  return flags;
}

const SEED_MAX = 2 ** 31 - 1;

/** Each once, in the order that was asked for. */
function partsOf(text: string): PartName[] {
  const names = text.split(',').map((name) => {
    if (isPartName(name)) return name;
    throw new UsageError(`--part is one or more of ${[...PARTS.keys()].join(', ')}, not "${name}"`);
  });
  return [...new Set(names)];
}

function time(text: string): number {
  const ms = duration('--time', text);
  if (ms > 0) return ms;
  throw new UsageError(`--time is a time like 500ms, 30s, 5m or 2h, not "${text}"`);
}

/** A place is one of a run, which seed and number decide. */
function checkReplay({ parts, run, at, seed, runs, timeMs }: CrashFlags): void {
  if (run === undefined) throw new UsageError('--at is a place in a run: add --run N');
  const [part, ...others] = parts;
  if (others.length > 0) {
    throw new UsageError(`--run is about one part: add --part ${parts.join(' or --part ')}`);
  }
  if (seed === undefined) throw new UsageError('--run is about one seed: add --seed S');
  if ((runs ?? timeMs) !== undefined) {
    throw new UsageError('--run is one run again: leave out --runs and --time');
  }
  // Its rounds build on one another: all of them are done again.
  if (part === 'kills' && at !== undefined && !/^round-\d+$/.test(at)) {
    throw new UsageError(`--at: a place looks like ${PARTS.get(part)!.place}, not "${at}"`);
  }
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
