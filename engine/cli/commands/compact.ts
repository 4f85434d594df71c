/** `varve compact`: forgets the history below a revision. */
import { EXIT, type ExitCode } from '../cli-error.ts';
import {
  argument,
  type Call,
  type CommandSpec,
  DIRECTORY,
  JSON_OPTION,
  wholeNumber,
} from '../command.ts';
import { openToWrite } from '../stores.ts';

export const compactCommand: CommandSpec = {
  name: 'compact',
  summary: 'forget what only reads below a revision could see',
  arguments: [DIRECTORY, { flags: '<revision>', text: 'the oldest revision that stays readable' }],
  options: [{ flags: '--physical', text: 'wait until the records are gone for good' }, JSON_OPTION],
  help: `Reads below the revision are refused from now on; every key keeps its newest
value. Without --physical what has to go is taken out when the store is open for
writing next. The files shrink when the store cleans itself, or with
\`varve defrag\`. With --json: {"compactRevision":n,"revision":n}.

Examples:
  varve compact store 100
  varve compact store 100 --physical && varve defrag store`,
  endpoint: true,
  run: compact,
};

async function compact(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  const revision = wholeNumber('<revision>', argument(call, 1));
  await using store = await openToWrite(call, { createIfMissing: false });
  await store.compact(revision, { physical: options.flag('physical') });
  if (options.flag('json')) {
    await out.json({ compactRevision: revision, revision: (await store.status()).revision });
  } else {
    await out.line(`compacted revision ${revision}`);
  }
  return EXIT.ok;
}
