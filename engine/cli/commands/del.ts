/** `varve del`: a key or a range of keys out, in one revision. */
import { EXIT, type ExitCode, usageError } from '../cli-error.ts';
import { type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import { plural } from '../output.ts';
import { SELECTION_OPTIONS, selectorOf } from '../selection.ts';
import { openToWrite } from '../stores.ts';
import type { Selector } from '../../types.ts';

export const delCommand: CommandSpec = {
  name: 'del',
  summary: 'delete a key or a range of keys',
  arguments: [DIRECTORY, { flags: '[key]', text: 'the key' }],
  options: [...SELECTION_OPTIONS, { flags: '--all', text: 'every key' }, JSON_OPTION],
  help: `Prints how many keys were deleted, and the revision. All of them go in one
revision; if there was nothing to delete, no revision is made and the exit code
is 1. With --json: {"deleted":n,"revision":n}. Older revisions can still be read.

Examples:
  varve del store config/name
  varve del store config/ --prefix`,
  endpoint: true,
  run: del,
};

async function del(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  const selector = toDelete(call);
  await using store = await openToWrite(call, { createIfMissing: false });
  const { deleted, revision } = await store.delete(selector);
  if (options.flag('json')) await out.json({ deleted, revision });
  else await out.line(`deleted ${plural(deleted, 'key')}, revision ${revision}`);
  return deleted === 0 ? EXIT.nothing : EXIT.ok;
}

/** Everything goes only when it is said, so that a forgotten argument costs nothing. */
function toDelete(call: Call): Selector {
  const selector = selectorOf(call, call.arguments[1]);
  if (call.options.flag('all')) {
    if (selector !== undefined) throw usageError('--all takes no key and no range');
    return { all: true };
  }
  if (selector !== undefined) return selector;
  throw usageError('no key given', 'give a key, or --all for every key');
}
