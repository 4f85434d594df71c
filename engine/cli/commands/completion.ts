/** `varve completion`: the script that makes a shell complete this command line. */
import { EXIT, type ExitCode, usageError } from '../cli-error.ts';
import { argument, type Call, type CommandSpec } from '../command.ts';
import { completionScript, SHELLS } from '../completion-scripts.ts';

export const completionCommand: CommandSpec = {
  name: 'completion',
  summary: 'print a script that completes commands and options in a shell',
  arguments: [{ flags: '<shell>', text: 'the shell it is for', choices: SHELLS }],
  options: [],
  help: `Examples:
  varve completion bash >> ~/.bash_completion
  varve completion zsh > ~/.zfunc/_varve
  varve completion fish > ~/.config/fish/completions/varve.fish`,
  run: completion,
};

async function completion(call: Call): Promise<ExitCode> {
  const name = argument(call, 0);
  const shell = SHELLS.find((known) => known === name);
  if (shell === undefined) throw usageError(`no script for ${name}`, SHELLS.join(', '));
  await call.out.bytes(completionScript(shell, call.program()));
  return EXIT.ok;
}
