/** `varve status`: the numbers of a store. */
import { EXIT, type ExitCode } from '../cli-error.ts';
import { type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import { sizeText } from '../output.ts';
import { openToRead } from '../stores.ts';

export const statusCommand: CommandSpec = {
  name: 'status',
  summary: 'print revision, keys and size of a store',
  arguments: [DIRECTORY],
  options: [JSON_OPTION],
  help: `With --json: {"revision":n,"compactRevision":n,"keys":n,"sizeBytes":n,
"sizeInUseBytes":n} in one line; compactRevision is -1 if nothing was compacted.

Example:
  varve status store`,
  endpoint: true,
  run: status,
};

async function status(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  await using store = await openToRead(call);
  const { revision, compactRevision, keys, sizeBytes, sizeInUseBytes } = await store.status();
  if (options.flag('json')) {
    await out.json({ revision, compactRevision, keys, sizeBytes, sizeInUseBytes });
    return EXIT.ok;
  }
  const compacted = compactRevision < 0 ? 'never' : `up to revision ${compactRevision}`;
  const size = `${sizeText(sizeBytes)} on disk, ${sizeText(sizeInUseBytes)} in use`;
  await out.line(`revision   ${revision}`);
  await out.line(`compacted  ${compacted}`);
  await out.line(`keys       ${keys}`);
  await out.line(`size       ${size}`);
  return EXIT.ok;
}
