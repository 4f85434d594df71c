#!/usr/bin/env node
/** `varve-harness`: the harness as a command. */
import { packageVersion } from './runner/package-root.ts';
import { UsageError } from './runner/usage.ts';

type Command = (args: readonly string[]) => Promise<number>;

/** Each is loaded when it is asked for. */
const COMMANDS = new Map<string, () => Promise<Command>>([
  ['conformance', async () => (await import('./runner/command.ts')).conformanceCommand],
  ['crash', async () => (await import('./crash-command/command.ts')).crashCommand],
  ['mutants', async () => (await import('./mutants/command.ts')).mutantsCommand],
]);

const HELP = `Usage: varve-harness COMMAND [flags]

  conformance   hold a target to the specification: random programs, every answer compared
  crash         cut the power, fail calls, damage files, kill processes: what is left of a store?
  mutants       plant bugs in the engine and see that each is caught (in a clone of the repository)

varve-harness COMMAND --help says more.
Exit code: 0 clean, 1 not clean, 2 wrong flags, 70 a bug of the harness.
`;

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    process.stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  const load = COMMANDS.get(name);
  if (load === undefined) throw new UsageError(`there is no command "${name}"`);
  const command = await load();
  return command(args);
}

async function exitCodeOf(args: readonly string[]): Promise<number> {
  try {
    return await main(args);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`varve-harness: ${error.message}\nTry varve-harness --help.\n`);
      return 2;
    }
    process.stderr.write(
      `varve-harness: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return 70;
  }
}

void exitCodeOf(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
  return code;
});
