/**
 * One row of the command table: what commander needs to parse it and show its help, and the
 * function that runs it. A row knows nothing of commander, which is loaded only when the program
 * starts.
 */
import { type ExitCode, usageError } from './cli-error.ts';
import type { CliIo, Printer } from './io.ts';

export interface ArgumentSpec {
  /** `<dir>` must be there, `[key]` may. */
  readonly flags: string;
  readonly text: string;
  readonly choices?: readonly string[];
}

export interface OptionSpec {
  /** As commander has it: `-n, --limit <n>`. */
  readonly flags: string;
  readonly text: string;
  /** Throws a usage error for text that makes no sense. */
  readonly parse?: (text: string) => string | number | bigint;
  readonly choices?: readonly string[];
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** What it prints, and examples; stands below the options. */
  readonly help: string;
  /**
   * True: with `--endpoint` it works on a server's store, and `DIRECTORY`, its first argument, is left
   * out. A text: it does not, and what does. Absent: it does not.
   */
  readonly endpoint?: true | string;
  readonly run: (call: Call) => Promise<ExitCode>;
}

/** Commands under one name: `varve lease grant`. */
export interface GroupSpec {
  readonly name: string;
  readonly summary: string;
  /** What they have in common, and examples. */
  readonly help: string;
  readonly commands: readonly CommandSpec[];
}

export interface Call {
  /** Where they always are: with `--endpoint` the place of the directory is empty. */
  readonly arguments: readonly (string | undefined)[];
  readonly options: OptionValues;
  readonly io: CliIo;
  readonly out: Printer;
  /** For prompts; errors are thrown. */
  readonly errors: Printer;
  /** What the program knows of itself. */
  readonly program: () => ProgramShape;
}

/** The program as commander has it, help included: what completion scripts are made of. */
export interface ProgramShape {
  readonly options: readonly OptionShape[];
  readonly commands: readonly CommandShape[];
}
export interface CommandShape {
  readonly name: string;
  readonly summary: string;
  /** Choices of each argument; empty if it may be anything, a file name for instance. */
  readonly arguments: readonly (readonly string[])[];
  readonly options: readonly OptionShape[];
  /** Of a group, whose only argument they are. */
  readonly commands: readonly CommandShape[];
}
export interface OptionShape {
  /** `-n` and `--limit`, as far as it has them. */
  readonly names: readonly string[];
  readonly text: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** Parsed options by their long name in camel case. */
export class OptionValues {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values[name];
    return typeof value === 'number' ? value : undefined;
  }

  bigint(name: string): bigint | undefined {
    const value = this.#values[name];
    return typeof value === 'bigint' ? value : undefined;
  }
}

/** A revision, or another whole number above 0, as an option. */
export const numberOption = (flags: string, text: string): OptionSpec => ({
  flags,
  text,
  parse: (given) => wholeNumber(longNameOf(flags), given),
});

/** `--limit` of `-n, --limit <n>`. */
export const longNameOf = (flags: string): string => flags.replace(/^-\w, | <.*/g, '');

/** The directory is the first argument of every command that reads or writes one. */
export const DIRECTORY: ArgumentSpec = { flags: '<dir>', text: 'directory of the store' };

export const JSON_OPTION: OptionSpec = { flags: '--json', text: 'print JSON, one object a line' };

export const REVISION_OPTION: OptionSpec = {
  flags: '-r, --revision <n>',
  text: 'read the store as it was at this revision',
  parse: (text) => wholeNumber('--revision', text),
};

export const LIMIT_OPTION: OptionSpec = {
  flags: '-n, --limit <n>',
  text: 'print at most this many',
  parse: (text) => wholeNumber('--limit', text),
};

export function argument(call: Call, index: number): string {
  const value = call.arguments[index];
  if (value === undefined) throw usageError(`argument ${index + 1} is missing`);
  return value;
}

/** 1, 2, 3, ...: revisions begin at 1, and a limit of none is said by leaving it out. */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw usageError(`${option} takes a whole number above 0, not ${JSON.stringify(text)}`);
  }
  return value;
}
