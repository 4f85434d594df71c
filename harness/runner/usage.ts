/** What the command line understands: flags with values checked, and errors that say what to do. */
import { parseArgs } from 'node:util';
import { FEATURES, type Feature } from '../traffic/features.ts';
import { isProfile, type Profile, PROFILES } from '../traffic/profiles.ts';

/** Ends the program with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface ConformanceFlags {
  readonly target: string;
  readonly profile: Profile;
  readonly seed: number | undefined;
  readonly runs: number | undefined;
  readonly timeMs: number | undefined;
  readonly workers: number | undefined;
  /** Of a run that is to be done again: its number and fast-check's path. */
  readonly run: number | undefined;
  readonly path: string | undefined;
  readonly swarm: boolean;
  readonly without: readonly Feature[];
  readonly rules: boolean;
  readonly scripts: boolean;
  readonly report: string | undefined;
  readonly jsonLines: string | undefined;
  readonly json: boolean;
  readonly shrinkMs: number;
  readonly help: boolean;
}

const OPTIONS = {
  target: { type: 'string', default: 'memory' },
  profile: { type: 'string', default: 'uniform' },
  seed: { type: 'string' },
  runs: { type: 'string' },
  time: { type: 'string' },
  workers: { type: 'string' },
  run: { type: 'string' },
  path: { type: 'string' },
  'no-swarm': { type: 'boolean', default: false },
  without: { type: 'string', default: '' },
  'no-rules': { type: 'boolean', default: false },
  'no-scripts': { type: 'boolean', default: false },
  report: { type: 'string' },
  'json-lines': { type: 'string' },
  json: { type: 'boolean', default: false },
  shrink: { type: 'string', default: '30s' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export function conformanceFlags(args: readonly string[]): ConformanceFlags {
  const { values } = parsed(args);
  if (!isProfile(values.profile)) {
    throw new UsageError(`--profile is one of ${PROFILES.join(', ')}, not "${values.profile}"`);
  }
  return {
    target: values.target,
    profile: values.profile,
    seed: optional(values.seed, (text) => integer('--seed', text, -(2 ** 31), 2 ** 32 - 1) | 0),
    runs: optional(values.runs, (text) => integer('--runs', text, 1)),
    timeMs: optional(values.time, (text) => duration('--time', text)),
    workers: optional(values.workers, (text) => integer('--workers', text, 1, 256)),
    run: optional(values.run, (text) => integer('--run', text, -1e6)),
    path: values.path,
    swarm: !values['no-swarm'],
    without: values.without.split(',').filter(Boolean).map(feature),
    rules: !values['no-rules'],
    scripts: !values['no-scripts'],
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
    const { message } = error as Error;
    throw new UsageError(message.split('. ').slice(0, 1).join());
  }
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- inferred from the table
const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false });

function optional<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text);
}

export function integer(
  flag: string,
  text: string,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  const number = Number(text);
  if (/^-?\d+$/.test(text) && number >= min && number <= max) return number;
  throw new UsageError(`${flag} is a whole number from ${min} on, not "${text}"`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds. */
export function duration(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match !== null) return Number(match[1]) * UNITS[match[2]!]!;
  throw new UsageError(`${flag} is a time like 500ms, 30s, 5m or 2h, not "${text}"`);
}

function feature(name: string): Feature {
  const found = FEATURES.find((feature) => feature === name);
  if (found !== undefined) return found;
  throw new UsageError(`--without takes of ${FEATURES.join(', ')}; there is no "${name}"`);
}
