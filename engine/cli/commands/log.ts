/**
 * `varve log`: what every revision changed, newest first, in the manner of `git log --name-status`.
 *
 *     revision 7  3 changes
 *
 *         A engine/cli/run.ts
 *         M README.md
 *         D old.txt
 */
import type { WatchEvent } from '../../types.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import { type Call, type CommandSpec, DIRECTORY, JSON_OPTION, LIMIT_OPTION } from '../command.ts';
import { escaped } from '../escape.ts';
import { changeText } from '../events.ts';
import { ESCAPE_HELP, jsonBytes, type Paint, painter, plural } from '../output.ts';
import {
  FROM_TO_OPTIONS,
  OLDEST_FIRST_OPTION,
  type RevisionEvents,
  revisionsToShow,
} from '../revisions.ts';
import { SELECTION_OPTIONS, selectorOf } from '../selection.ts';
import { openDirectory } from '../stores.ts';

export const logCommand: CommandSpec = {
  name: 'log',
  summary: 'print what each revision changed, newest first',
  arguments: [DIRECTORY, { flags: '[key]', text: 'only what changed this key' }],
  options: [
    ...SELECTION_OPTIONS,
    ...FROM_TO_OPTIONS,
    LIMIT_OPTION,
    OLDEST_FIRST_OPTION,
    { flags: '--oneline', text: 'one line a revision' },
    JSON_OPTION,
  ],
  help: `A key is A (added), M (modified) or D (deleted).
${ESCAPE_HELP}
With --json: {"revision":n,"changes":[{"type":t,"key":...}, ...]} a line, t being
"add", "modify" or "delete"; a key that is not UTF-8 comes as base64 in
"keyBase64" instead.

Examples:
  varve log store
  varve log store README.md --oneline
  varve log store src/ --prefix --from 10 --to 20`,
  endpoint: '`varve watch --rev <n>` prints the history of a server, from any revision on',
  run: log,
};

async function log(call: Call): Promise<ExitCode> {
  const { options, out, io } = call;
  const selector = selectorOf(call, call.arguments[1]) ?? { all: true };
  const limit = options.number('limit') ?? Number.POSITIVE_INFINITY;
  const paint = painter(io);
  await using store = await openDirectory(call);
  let count = 0;
  for await (const revision of revisionsToShow(call, store, selector)) {
    if (options.flag('json')) await out.json(jsonRevision(revision));
    else if (options.flag('oneline')) await out.line(oneLine(revision, paint));
    else await out.bytes(block(revision, paint, count === 0));
    count++;
    if (count >= limit) break;
  }
  return count === 0 ? EXIT.nothing : EXIT.ok;
}

function block({ revision, events }: RevisionEvents, paint: Paint, isFirst: boolean): string {
  const head = `${paint('yellow', `revision ${revision}`)}  ${plural(events.length, 'change')}`;
  const lines = events.map((event) => `    ${change(event, paint)}\n`);
  return `${isFirst ? '' : '\n'}${head}\n\n${lines.join('')}`;
}

const ONE_LINE_CHANGES_MAX = 3;

function oneLine({ revision, events }: RevisionEvents, paint: Paint): string {
  const shown = events.slice(0, ONE_LINE_CHANGES_MAX).map((event) => change(event, paint));
  const rest = events.length - shown.length;
  if (rest > 0) shown.push(paint('dim', `and ${rest} more`));
  return `${paint('yellow', String(revision))} ${shown.join(', ')}`;
}

function change(event: WatchEvent, paint: Paint): string {
  return changeText(event, escaped(event.kv.keyBytes), paint);
}

function jsonRevision({ revision, events }: RevisionEvents): object {
  const changes = events.map((event) => ({
    type: event.type === 'delete' ? 'delete' : event.isCreate ? 'add' : 'modify',
    ...jsonBytes('key', event.kv.keyBytes),
  }));
  return { revision, changes };
}
