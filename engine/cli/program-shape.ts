/** What commander knows of the program, as plain data. */
import type { Command, Option } from 'commander';
import type { OptionShape, ProgramShape } from './command.ts';

export function programShape(program: Command): ProgramShape {
  const help = program.createHelp();
  const optionsOf = (command: Command): OptionShape[] => help.visibleOptions(command).map(shapeOf);
  return {
    options: optionsOf(program),
    commands: help.visibleCommands(program).map((command) => ({
      name: command.name(),
      summary: command.summary() || command.description(),
      arguments: command.registeredArguments.map(({ argChoices }) =>
        // What `help` takes is a command.
        command.name() === 'help'
          ? program.commands.map((each) => each.name())
          : (argChoices ?? []),
      ),
      options: optionsOf(command),
    })),
  };
}

function shapeOf({
  short,
  long,
  description,
  required,
  optional,
  argChoices,
}: Option): OptionShape {
  return {
    names: [short, long].filter((name) => typeof name === 'string'),
    text: description,
    takesValue: required || optional,
    choices: argChoices ?? [],
  };
}
