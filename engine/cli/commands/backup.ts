/** `varve backup` and `varve restore`: a store as one file, and back. */
import { restore } from '../../index.ts';
import type { BackupInfo } from '../../types.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import {
  argument,
  type Call,
  type CommandSpec,
  DIRECTORY,
  JSON_OPTION,
  numberOption,
} from '../command.ts';
import { interruptible } from '../interruptible.ts';
import { sizeText } from '../output.ts';
import { openDirectory } from '../stores.ts';

export const backupCommand: CommandSpec = {
  name: 'backup',
  summary: 'write the whole store, history included, to one file',
  arguments: [DIRECTORY, { flags: '<file>', text: 'the file, which must not exist' }],
  options: [JSON_OPTION],
  help: `The file appears whole or not at all, and its content is covered by a checksum.
A program that has the store open calls backup() instead, while it goes on.
With --json: {"revision":n,"bytes":n,"checksum":"<sha256>"}.

Example:
  varve backup store store.backup`,
  endpoint: '`etcdctl snapshot save` takes a snapshot of a server',
  run: backup,
};

export const restoreCommand: CommandSpec = {
  name: 'restore',
  summary: 'make a store of a backup',
  arguments: [
    { flags: '<file>', text: 'what `varve backup` wrote' },
    { flags: '<dir>', text: 'directory of the new store: empty, or not there' },
  ],
  options: [
    numberOption('--bump-revision <n>', 'raise the revision by this much'),
    { flags: '--mark-compacted', text: 'refuse reads and watches below the raised revision' },
    JSON_OPTION,
  ],
  help: `A restored store gives out again the revisions that were made since the backup.
Where clients remember revisions, --bump-revision takes it beyond all of them, and
--mark-compacted tells watchers from before that they have to read anew.
With --json: {"revision":n,"bytes":n,"checksum":"<sha256>"}, the revision being
the new store's.

Examples:
  varve restore store.backup copy
  varve restore store.backup store --bump-revision 1000000 --mark-compacted`,
  run: restoreFile,
};

async function backup(call: Call): Promise<ExitCode> {
  const info = await interruptible(call.io, 'nothing was written', async (signal) => {
    await using store = await openDirectory(call);
    return await store.backup(argument(call, 1), { signal });
  });
  return await print(call, info);
}

async function restoreFile(call: Call): Promise<ExitCode> {
  const { options } = call;
  const info = await interruptible(call.io, 'run it again to begin anew', (signal) =>
    restore(argument(call, 0), argument(call, 1), {
      signal,
      bumpRevision: options.number('bumpRevision') ?? 0,
      markCompacted: options.flag('markCompacted'),
    }),
  );
  return await print(call, info);
}

async function print({ options, out }: Call, info: BackupInfo): Promise<ExitCode> {
  const { revision, bytes, checksum } = info;
  if (options.flag('json')) {
    await out.json({ revision, bytes, checksum });
    return EXIT.ok;
  }
  await out.line(`revision  ${revision}`);
  await out.line(`size      ${sizeText(bytes)}`);
  await out.line(`sha256    ${checksum}`);
  return EXIT.ok;
}
