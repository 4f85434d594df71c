/** `varve verify`: every checksum and invariant on disk. */
import { verify } from '../../index.ts';
import { CliError, EXIT, type ExitCode } from '../cli-error.ts';
import { argument, type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import { interruptible } from '../interruptible.ts';
import { plural } from '../output.ts';

export const verifyCommand: CommandSpec = {
  name: 'verify',
  summary: 'check every checksum and invariant on disk',
  arguments: [DIRECTORY],
  options: [JSON_OPTION],
  help: `Reads everything and changes nothing. Prints each problem, with its file and
offset or its key and revision; if there is any, the exit code is 3.
With --json: {"ok":b,"problems":["..."]}.

Example:
  varve verify store`,
  run: verifyStore,
};

async function verifyStore(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  const { ok, problems } = await interruptible(call.io, 'nothing was changed', (signal) =>
    verify(argument(call, 0), { signal }),
  );
  if (options.flag('json')) await out.json({ ok, problems });
  else if (ok) await out.line('no problems');
  else for (const problem of problems) await out.line(problem);
  if (ok) return EXIT.ok;
  throw new CliError('ERR_VERIFY', `${plural(problems.length, 'problem')} found`, {
    exit: EXIT.store,
    hint: 'keep a copy of the directory, then restore a backup',
  });
}
