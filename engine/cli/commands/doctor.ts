/** `varve doctor`: what a crash left, and what the next open would do about it. */
import { diagnose } from '../../index.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import { argument, type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import { interruptible } from '../interruptible.ts';

export const doctorCommand: CommandSpec = {
  name: 'doctor',
  summary: 'say what a crash left, or what is damaged, and what to do',
  arguments: [DIRECTORY],
  options: [JSON_OPTION],
  help: `Reads every frame of the log and changes nothing. Works on any directory that
was a store, whatever is missing or broken. \`varve verify\` checks more, and
explains less.

Exit code 0: nothing to do, or the next open does it. 1: something is damaged.
With --json, one object: "state" is "sound", "recoverable" or "damaged"; beside it
what was found, the damaged places in "damage", all of it as text in "sentences".

Examples:
  varve doctor store
  varve doctor store --json`,
  run: doctor,
};

async function doctor(call: Call): Promise<ExitCode> {
  const { options, out, io } = call;
  const diagnosis = await interruptible(io, 'nothing was changed', (signal) =>
    diagnose(argument(call, 0), { signal }),
  );
  if (options.flag('json')) await out.json(diagnosis);
  else for (const sentence of diagnosis.sentences) await out.line(sentence);
  return diagnosis.state === 'damaged' ? EXIT.nothing : EXIT.ok;
}
