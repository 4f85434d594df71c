/** `varve hash`: etcd's HashKV number, to compare two stores. */
import { EXIT, type ExitCode } from '../cli-error.ts';
import { type Call, type CommandSpec, DIRECTORY, JSON_OPTION, numberOption } from '../command.ts';
import { openToRead } from '../stores.ts';

export const hashCommand: CommandSpec = {
  name: 'hash',
  summary: 'print a checksum of the history, the same number as etcd has',
  arguments: [DIRECTORY],
  options: [numberOption('-r, --revision <n>', 'the history up to this revision'), JSON_OPTION],
  help: `Two stores with one history have one hash, whatever their files look like. It
depends on what was compacted: compare at equal revisions and equal compactions.
With --json: {"hash":n,"hashRevision":n,"compactRevision":n,"revision":n}.

Examples:
  varve hash store
  varve hash store --revision 100`,
  endpoint: true,
  run: hash,
};

async function hash(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  await using store = await openToRead(call);
  const asked = options.number('revision');
  const { hash: number, compactRevision, revision } = await store.hashKv(asked);
  const hashRevision = asked ?? revision;
  if (options.flag('json')) {
    await out.json({ hash: number, hashRevision, compactRevision, revision });
  } else {
    await out.line(`hash       ${number}`);
    await out.line(`of         revision ${hashRevision}`);
    await out.line(`compacted  ${compactRevision < 0 ? 'never' : compactRevision}`);
  }
  return EXIT.ok;
}
