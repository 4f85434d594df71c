/** `varve repair --salvage`: everything still readable, as a new store. */
import { salvage } from '../../index.ts';
import type { SalvageReport } from '../../types.ts';
import { EXIT, type ExitCode, usageError } from '../cli-error.ts';
import { argument, type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import { interruptible } from '../interruptible.ts';
import { plural, sizeText } from '../output.ts';

export const repairCommand: CommandSpec = {
  name: 'repair',
  summary: 'copy everything still readable of a damaged store to a new one',
  arguments: [DIRECTORY],
  options: [
    { flags: '--salvage <out>', text: 'directory of the new store: empty, or not there' },
    { flags: '--before-damage', text: 'only what comes before the damage, with its history' },
    JSON_OPTION,
  ],
  help: `The damaged store is not changed; what is lost is listed, with its revisions.
In the new store every revision keeps its number, and none is given out again.
History with a hole is not kept: of what is older than the last damage, the new
store has the newest value of each key. A key that is not newer than the damage
may be out of date: what is lost may have changed or deleted it.

A backup is better than a salvage: see \`varve restore\`. After a crash neither is
needed: the next open does what is to be done, and \`varve doctor\` says what.

Exit code 0: nothing was lost. 1: something was, and the rest was copied.
With --json, one object: "lost" has each place, with its frames and revisions.

Examples:
  varve repair store --salvage rescued
  varve repair store --salvage early --before-damage`,
  run: repair,
};

async function repair(call: Call): Promise<ExitCode> {
  const { options, out, io } = call;
  const directory = argument(call, 0);
  const target = options.text('salvage');
  if (target === undefined) {
    throw usageError(
      'a store is never repaired in place: --salvage names the directory of a new one',
      `\`varve doctor ${directory}\` says what is damaged, and whether anything has to be done`,
    );
  }
  const beforeDamage = options.flag('beforeDamage');
  const report = await interruptible(io, 'nothing was written', (signal) =>
    salvage(directory, target, { signal, beforeDamage }),
  );
  if (options.flag('json')) await out.json(report);
  else for (const line of linesOf(report, directory, target)) await out.line(line);
  return report.complete ? EXIT.ok : EXIT.nothing;
}

function linesOf(report: SalvageReport, directory: string, target: string): string[] {
  const { complete, revision, compactRevision, changes, sizeBytes, sentences } = report;
  const history = compactRevision < 0 ? 'whole' : `from revision ${compactRevision} on`;
  return [
    ...sentences,
    `revision   ${revision}`,
    `history    ${history}`,
    `copied     ${plural(changes, 'change')}, ${sizeText(sizeBytes)}`,
    complete
      ? `nothing is lost: ${target} has all of it`
      : `lost: see above; keep ${directory} until you know what is missing in ${target}`,
  ];
}
