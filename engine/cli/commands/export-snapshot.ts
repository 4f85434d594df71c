/** `varve export-snapshot`: a store as the file that `etcdctl snapshot restore` takes. */
import { type ExportInfo, exportSnapshot } from '../../index.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import { argument, type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import { interruptible } from '../interruptible.ts';
import { sizeText } from '../output.ts';
import { startProgress } from '../progress.ts';

export const exportSnapshotCommand: CommandSpec = {
  name: 'export-snapshot',
  summary: 'write the whole store, history included, as an etcd snapshot',
  arguments: [DIRECTORY, { flags: '<file>', text: 'the file, which must not exist' }],
  options: [JSON_OPTION],
  help: `\`etcdctl snapshot restore\` makes an etcd member of it, with the same keys,
revisions, history and leases; the hash is what \`etcdctl endpoint hashkv\` says.
The file appears whole or not at all. A store that is served needs no export:
\`etcdctl snapshot save\` takes it while it goes on.
With --json: {"revision":n,"compactRevision":n,"hash":n,"bytes":n,
"checksum":"<sha256>"}; compactRevision is -1 if nothing was ever compacted.

Example:
  varve export-snapshot store etcd.db
  etcdctl snapshot restore etcd.db --data-dir member`,
  endpoint: '`etcdctl snapshot save` takes a snapshot of a server',
  run: exportStore,
};

async function exportStore(call: Call): Promise<ExitCode> {
  const { io, options, out } = call;
  const info = await interruptible(io, 'nothing was written', async (signal) => {
    const progress = await startProgress(io, 'exporting', undefined, 'bytes');
    try {
      return await exportSnapshot(argument(call, 0), argument(call, 1), {
        signal,
        onProgress: (fraction, bytes) => progress.update(fraction, bytes),
      });
    } finally {
      progress.stop();
    }
  });
  if (options.flag('json')) await out.json(jsonOf(info));
  else for (const line of linesOf(info)) await out.line(line);
  return EXIT.ok;
}

const jsonOf = ({ revision, compactRevision, hash, bytes, checksum }: ExportInfo): object => ({
  revision,
  compactRevision,
  hash,
  bytes,
  checksum,
});

const linesOf = ({ revision, compactRevision, hash, bytes, checksum }: ExportInfo): string[] => [
  `revision   ${revision}`,
  ...(compactRevision < 0 ? [] : [`compacted  up to revision ${compactRevision}`]),
  `hash       ${hash}`,
  `size       ${sizeText(bytes)}`,
  `sha256     ${checksum}`,
];
