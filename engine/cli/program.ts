/**
 * commander over the table of commands (`commands.ts`). commander is an optional dependency, since a
 * program that embeds the engine has no use for it: it is loaded here and only here.
 */
import { createRequire } from 'node:module';
import type * as commander from 'commander';
import { CliError, EXIT, EXIT_HELP, type ExitCode, usageError } from './cli-error.ts';
import {
  type Call,
  type CommandSpec,
  DIRECTORY,
  type GroupSpec,
  type OptionSpec,
  OptionValues,
  type ProgramShape,
} from './command.ts';
import { commandsFor } from './commands.ts';
import { checkEndpoint, ENDPOINT_OPTIONS } from './endpoint.ts';
import type { CliIo, Printer } from './io.ts';
import { programShape } from './program-shape.ts';

export type CommanderPackage = Pick<typeof commander, 'Command' | 'Option'>;

export interface Streams {
  readonly io: CliIo;
  readonly out: Printer;
  readonly errors: Printer;
}

const FOOTER = `
${EXIT_HELP}

An error is one line on standard error, and a hint; VARVE_DEBUG=1 adds the stack.
NO_COLOR=1 turns colours off.
\`varve help <command>\` has examples of each. First steps:
  varve import-git . store && varve log store | head -20`;

/** Runs what the arguments say. Throws a CliError for arguments that make no sense. */
export async function parse(
  { Command, Option }: CommanderPackage,
  argv: readonly string[],
  streams: Streams,
): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const help = { out: '', errors: '' };
  const program = new Command('varve')
    .description(
      'An append-only key-value store that keeps every revision: a directory, or a server.',
    )
    .version(version(), '-V, --version', 'print the version')
    .addHelpText('after', FOOTER)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => (help.out += text),
      writeErr: (text) => (help.errors += text),
      // Errors are thrown too, and are printed like every other one.
      outputError: () => {},
      getOutHelpWidth: () => streams.io.stdout.columns ?? 80,
      getErrHelpWidth: () => streams.io.stderr.columns ?? 80,
    });
  for (const option of ENDPOINT_OPTIONS) program.addOption(optionOf(Option, option));
  const shape = (): ProgramShape => programShape(program);
  let isRemote = false;
  try {
    // Whether there is a directory among the arguments has to be known before they are looked at.
    const { operands } = program.parseOptions([...argv]);
    isRemote = program.getOptionValue('endpoint') !== undefined;
    for (const spec of await commandsFor(operands[0])) {
      addCommand(program, spec, { Option, isRemote }, async (run, given) => {
        code = await run({ ...streams, ...given, program: shape });
      });
    }
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    code = codeOf(error, isRemote);
  }
  await streams.out.bytes(help.out);
  await streams.errors.bytes(help.errors);
  await streams.errors.flush();
  return code;
}

type Given = Pick<Call, 'arguments' | 'options'>;

interface Kind {
  readonly Option: CommanderPackage['Option'];
  /** With `--endpoint`. */
  readonly isRemote: boolean;
}

function addCommand(
  parent: commander.Command,
  spec: CommandSpec | GroupSpec,
  kind: Kind,
  start: (run: CommandSpec['run'], given: Given) => Promise<void>,
): void {
  const command = parent.command(spec.name).summary(spec.summary);
  command.description(sentence(spec.summary)).addHelpText('after', `\n${spec.help}`);
  if ('commands' in spec) {
    for (const each of spec.commands) addCommand(command, each, kind, start);
    return;
  }
  const { isRemote, Option } = kind;
  // Of a command that cannot do that, what else may be wrong does not matter.
  const isRefused = isRemote && spec.endpoint !== true;
  command.allowExcessArguments(isRefused);
  for (const given of isRefused ? [] : spec.arguments) {
    if (isRemote && given === DIRECTORY) continue;
    const { flags, text, choices } = given;
    const argument = command.createArgument(flags, text);
    command.addArgument(choices === undefined ? argument : argument.choices(choices));
  }
  const options = spec.endpoint === true ? [...spec.options, ...ENDPOINT_OPTIONS] : spec.options;
  for (const option of options) command.addOption(optionOf(Option, option));
  command.action(async () => {
    const values = new OptionValues(command.optsWithGlobals());
    checkEndpoint(spec, values);
    const given = isRemote ? [undefined, ...command.args] : command.args;
    await start(spec.run, { arguments: given, options: values });
  });
}

export async function loadCommander(
  load: () => Promise<CommanderPackage> = () => import('commander'),
): Promise<CommanderPackage> {
  try {
    return await load();
  } catch (error) {
    throw new CliError(
      'ERR_MISSING_PACKAGE',
      'the command line needs two packages more: npm install commander cli-progress',
      { exit: EXIT.unexpected, cause: error },
    );
  }
}

function optionOf(
  Option: CommanderPackage['Option'],
  { flags, text, parse, choices }: OptionSpec,
): commander.Option {
  const option = new Option(flags, text);
  if (choices !== undefined) option.choices(choices);
  if (parse !== undefined) option.argParser(parse);
  return option;
}

/** Help and version end commander with an error too; they are none. */
function codeOf(error: unknown, isRemote: boolean): ExitCode {
  if (!(error instanceof Error) || !('code' in error)) throw error;
  const { code, message } = error;
  if (typeof code !== 'string' || !code.startsWith('commander.')) throw error;
  if (code === 'commander.helpDisplayed' || code === 'commander.version') return EXIT.ok;
  // `varve help` asked for it; `varve` alone is shown what it could have said.
  if (code === 'commander.help') return isExitZero(error) ? EXIT.ok : EXIT.usage;
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const hint =
    suggestion?.replace(/^\((.*)\)$/, '$1') ??
    (code === 'commander.unknownOption'
      ? 'a key or value that begins with a dash stands after --'
      : isRemote && code === 'commander.excessArguments'
        ? 'with --endpoint the directory is left out'
        : '`varve help <command>` shows what it takes');
  throw usageError(first.replace(/\.$/, ''), hint);
}

function isExitZero(error: object): boolean {
  return 'exitCode' in error && error.exitCode === 0;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function version(): string {
  const { version } = createRequire(import.meta.url)('varve/package.json') as { version: string };
  return version;
}
