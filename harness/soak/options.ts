/** The command line: how long, where, and where the report goes. */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

export const USAGE = `npm run soak -- [--minutes N] [--seconds N] [--dir D] [--report FILE] [--seed N]
`;

export interface SoakOptions {
  readonly seconds: number;
  /** The store is made in a new directory in this one. */
  readonly directory: string;
  readonly report: string | undefined;
  readonly seed: number;
}

/** Throws a text for people if an argument is none. */
export function parseCommandLine(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      seconds: { type: 'string' },
      dir: { type: 'string', default: tmpdir() },
      report: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  });
  const { minutes, seconds, dir: directory, report } = values;
  const budget = seconds === undefined ? positive('minutes', minutes ?? '10') * 60 : undefined;
  return {
    seconds: budget ?? positive('seconds', seconds!),
    directory,
    report,
    seed: positive('seed', values.seed),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} takes a number above 0, not ${text}`);
}
