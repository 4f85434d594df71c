/** `varve defrag`: the space of everything dead back to the file system. */
import { EXIT, type ExitCode } from '../cli-error.ts';
import { type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import { interruptible } from '../interruptible.ts';
import { sizeText } from '../output.ts';
import { openToWrite } from '../stores.ts';

export const defragCommand: CommandSpec = {
  name: 'defrag',
  summary: 'give the space of dead records back to the file system',
  arguments: [DIRECTORY],
  options: [JSON_OPTION],
  help: `Rewrites the files that hold anything dead, one after the other. Nobody else may
have the store open; a program that has it open calls defragment() instead, and a
server does it with --endpoint.
With --json: {"beforeBytes":n,"afterBytes":n}.

Examples:
  varve defrag store
  varve compact store 100 --physical && varve defrag store`,
  endpoint: true,
  run: defrag,
};

async function defrag(call: Call): Promise<ExitCode> {
  const { io, options, out } = call;
  const sizes = await interruptible(io, 'the store is whole; run it again to go on', (signal) =>
    defragment(call, signal),
  );
  const { beforeBytes, afterBytes } = sizes;
  if (options.flag('json')) await out.json(sizes);
  else await out.line(`${sizeText(beforeBytes)} before, ${sizeText(afterBytes)} after`);
  return EXIT.ok;
}

async function defragment(
  call: Call,
  signal: AbortSignal,
): Promise<{ readonly beforeBytes: number; readonly afterBytes: number }> {
  await using store = await openToWrite(call, { createIfMissing: false });
  const { sizeBytes: beforeBytes } = await store.status();
  await store.defragment({ signal });
  const { sizeBytes: afterBytes } = await store.status();
  return { beforeBytes, afterBytes };
}
