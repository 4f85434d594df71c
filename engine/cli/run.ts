/**
 * The command line as a function: arguments in, exit code out. It never exits the process, prints
 * only to the streams it is given, and lets no error out, so tests call it in process and `main.ts`
 * is its shell.
 */
import { EXIT, type ExitCode, failureOf } from './cli-error.ts';
import { type CliIo, OutputClosedError, Printer } from './io.ts';
import { type CommanderPackage, loadCommander, parse } from './program.ts';

export async function run(
  argv: readonly string[],
  io: CliIo,
  load: () => Promise<CommanderPackage> = loadCommander,
): Promise<ExitCode> {
  const out = new Printer(io.stdout);
  const errors = new Printer(io.stderr);
  try {
    const code = await parse(await load(), argv, { io, out, errors });
    await out.flush();
    return code;
  } catch (error) {
    return await report(error, io, out, errors);
  }
}

async function report(error: unknown, io: CliIo, out: Printer, errors: Printer): Promise<ExitCode> {
  // The reader has had enough: `varve log store | head` is done.
  if (error instanceof OutputClosedError) return EXIT.ok;
  const { exit, lines } = failureOf(error);
  try {
    // What was printed before the error stays before it, where both go to one terminal.
    await out.flush();
    for (const line of lines) await errors.line(line);
    if (io.env['VARVE_DEBUG'] === '1') await errors.line(stackOf(error));
    await errors.flush();
  } catch {
    // Nobody is left to tell.
  }
  return exit;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? String(error)}${cause}`;
}
