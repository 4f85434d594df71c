/** The command line: what to run, how much of it, and where. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectDirectory } from './environment.ts';

export const USAGE = `npm run bench -- [suite…] [--keys N] [--quick] [--rounds N] [--dir D] [--json FILE]
                     [--date D] [--no-peers] [--minutes N] [--largest N] [--docs D]
`;

export interface CommandLine {
  /** Names of suites; none means all. */
  readonly names: readonly string[];
  readonly keys: number;
  readonly rounds: number;
  readonly turnMs: number;
  readonly steadyMs: number;
  readonly revisionsMax: number;
  readonly docs: string;
  /** Data is written to a new directory in this one. */
  readonly directory: string;
  readonly json: string | undefined;
  readonly date: string;
  readonly peers: boolean;
}

/** Throws a text for people if an argument is none. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    allowNegative: true,
    options: {
      keys: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      dir: { type: 'string', default: tmpdir() },
      json: { type: 'string' },
      date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
      peers: { type: 'boolean', default: true },
      minutes: { type: 'string' },
      largest: { type: 'string' },
      docs: { type: 'string', default: join(projectDirectory(), 'docs') },
    },
  });
  const { quick, dir, json, date, peers, minutes, largest, docs } = values;
  return {
    names: positionals,
    keys: wholeNumber('keys', values.keys, quick ? 100_000 : 1_000_000),
    rounds: wholeNumber('rounds', values.rounds, quick ? 3 : 5),
    turnMs: quick ? 200 : 1000,
    steadyMs: minutes === undefined ? (quick ? 5000 : 15_000) : minutesIn(minutes),
    revisionsMax: wholeNumber('largest', largest, quick ? 100_000 : 10_000_000),
    docs,
    directory: dir,
    json,
    date,
    peers,
  };
}

function wholeNumber(name: string, text: string | undefined, usual: number): number {
  const value = text === undefined ? usual : Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} is no count: ${text}`);
  return value;
}

const minutesIn = (text: string): number => wholeNumber('minutes', text, 0) * 60_000;
