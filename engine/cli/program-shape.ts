/** What commander knows of the program, as plain data. */
import type { Command, Option } from 'commander';
import type { CommandShape, OptionShape, ProgramShape } from './command.ts';

export function programShape(program: Command): ProgramShape {
  const help = program.createHelp();
  const optionsOf = (command: Command): OptionShape[] => help.visibleOptions(command).map(optionOf);
  const commandsOf = (parent: Command): CommandShape[] =>
    help.visibleCommands(parent).map((command) => {
      const commands = command.commands.length === 0 ? [] : commandsOf(command);
      const names = commands.map(({ name }) => name);
      return {
        name: command.name(),
        summary: command.summary() || command.description(),
        arguments: names.length === 0 ? argumentsOf(command, parent) : [names],
        options: optionsOf(command),
        commands,
      };
    });
  return { options: optionsOf(program), commands: commandsOf(program) };
}

function argumentsOf(command: Command, parent: Command): (readonly string[])[] {
  // What `help` takes is a command.
  const names = command.name() === 'help' ? parent.commands.map((each) => each.name()) : [];
  return command.registeredArguments.map(({ argChoices }) => argChoices ?? names);
}

function optionOf({
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
