/** `varve import-snapshot`: a store from what `etcdctl snapshot save` wrote. */
import { type ImportInfo, importSnapshot } from '../../index.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import { argument, type Call, type CommandSpec, JSON_OPTION } from '../command.ts';
import { interruptible } from '../interruptible.ts';
import { plural } from '../output.ts';
import { startProgress } from '../progress.ts';

export const importSnapshotCommand: CommandSpec = {
  name: 'import-snapshot',
  summary: 'make a store of an etcd snapshot, history included',
  arguments: [
    { flags: '<file>', text: 'what `etcdctl snapshot save` or `varve export-snapshot` wrote' },
    { flags: '<dir>', text: 'directory of the new store: empty, or not there' },
  ],
  options: [
    {
      flags: '--skip-hash-check',
      text: "take a copy of a member's member/snap/db, which has no hash",
    },
    JSON_OPTION,
  ],
  help: `Every record keeps its revision, and every lease its keys; the store is read back
and compared. The hash is what \`etcdctl endpoint hashkv\` says of the source at
this revision. Members, users and roles have no place in a store and are left out.
With --json: {"revision":n,"compactRevision":n,"hash":n,"keys":n,"leases":n,
"records":n,"alarms":[...],"leftOut":[...]}, the last being names of buckets.

Examples:
  varve import-snapshot etcd.db store
  varve import-snapshot default.etcd/member/snap/db store --skip-hash-check`,
  run: importFile,
};

async function importFile(call: Call): Promise<ExitCode> {
  const { io, options, out } = call;
  const info = await interruptible(io, 'run it again to begin anew', async (signal) => {
    const progress = await startProgress(io, 'importing', undefined, 'records');
    try {
      return await importSnapshot(argument(call, 0), argument(call, 1), {
        signal,
        skipHashCheck: options.flag('skipHashCheck'),
        onProgress: (records, fraction) => progress.update(fraction, records),
      });
    } finally {
      progress.stop();
    }
  });
  if (options.flag('json')) await out.json(jsonOf(info));
  else for (const line of linesOf(info)) await out.line(line);
  return EXIT.ok;
}

function jsonOf(info: ImportInfo): object {
  const { revision, compactRevision, hash, keys, leases, records, alarms, leftOut } = info;
  return { revision, compactRevision, hash, keys, leases, records, alarms, leftOut };
}

function linesOf(info: ImportInfo): string[] {
  const { revision, compactRevision, hash, keys, leases, records, alarms, leftOut } = info;
  const what = [plural(keys, 'key'), plural(records, 'record'), plural(leases, 'lease')];
  return [
    `revision   ${revision}`,
    ...(compactRevision < 0 ? [] : [`compacted  up to revision ${compactRevision}`]),
    `hash       ${hash}`,
    `imported   ${what.join(', ')}`,
    ...(alarms.length === 0 ? [] : [`alarms     ${alarms.join(', ')}`]),
    ...(leftOut.length === 0 ? [] : [`left out   ${leftOut.join(', ')}`]),
  ];
}
