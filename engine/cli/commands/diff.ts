/** `varve diff`: what differs between two revisions, key by key. */
import type { Change, EmbeddedStore } from '../../types.ts';
import { EXIT, type ExitCode, usageError } from '../cli-error.ts';
import {
  argument,
  type Call,
  type CommandSpec,
  DIRECTORY,
  JSON_OPTION,
  wholeNumber,
} from '../command.ts';
import { escaped } from '../escape.ts';
import {
  ESCAPE_HELP,
  jsonBytes,
  jsonKeyValue,
  keyValueLine,
  type Paint,
  painter,
} from '../output.ts';
import { SELECTION_OPTIONS, selectorOf } from '../selection.ts';
import { openDirectory } from '../stores.ts';

export const diffCommand: CommandSpec = {
  name: 'diff',
  summary: 'print the keys that differ between two revisions',
  arguments: [
    DIRECTORY,
    { flags: '<from>', text: 'a revision; may be the later one' },
    { flags: '[to]', text: 'another; left out or "now", the current one' },
    { flags: '[key]', text: 'only this key, or what the options select' },
  ],
  options: [
    ...SELECTION_OPTIONS,
    { flags: '--names', text: 'A (added), M (modified) or D (deleted) and the key' },
    JSON_OPTION,
  ],
  help: `Prints key and value as they were with a minus, as they are with a plus.
${ESCAPE_HELP}
With --json: {"key":...,"before":{...},"after":{...}} a line, without the side on
which the key does not exist; a side is what \`varve get --json\` prints.

Examples:
  varve diff store 10
  varve diff store 10 20 config/ --prefix
  varve diff store 10 now config/name`,
  endpoint: '`varve range --revision <n>` prints what a server had at a revision',
  run: diff,
};

async function diff(call: Call): Promise<ExitCode> {
  const { io, options, out } = call;
  const from = wholeNumber('<from>', argument(call, 1));
  const given = call.arguments[2];
  const to = given === undefined || given === 'now' ? 0 : wholeNumber('[to]', given);
  if (options.flag('json') && options.flag('names')) {
    throw usageError('--json and --names do not go together');
  }
  const paint = painter(io);
  await using store = await openDirectory(call);
  let count = 0;
  for await (const change of changes(call, store, from, to)) {
    if (options.flag('json')) await out.json(jsonChange(change));
    else if (options.flag('names')) await out.line(nameOf(change, paint));
    else for (const line of sidesOf(change, paint)) await out.line(line);
    count++;
  }
  return count === 0 ? EXIT.nothing : EXIT.ok;
}

function changes(
  call: Call,
  store: EmbeddedStore,
  from: number,
  to: number,
): AsyncIterable<Change> {
  const selector = selectorOf(call, call.arguments[3]) ?? { all: true };
  return store.diff(selector, { from, to });
}

function nameOf({ before, after }: Change, paint: Paint): string {
  const key = escaped((after ?? before)!.keyBytes);
  if (after === undefined) return paint('red', `D ${key}`);
  return before === undefined ? paint('green', `A ${key}`) : `M ${key}`;
}

function* sidesOf({ before, after }: Change, paint: Paint): Generator<string, void, undefined> {
  if (before !== undefined) yield paint('red', `- ${keyValueLine(before)}`);
  if (after !== undefined) yield paint('green', `+ ${keyValueLine(after)}`);
}

function jsonChange({ before, after }: Change): object {
  return {
    ...jsonBytes('key', (after ?? before)!.keyBytes),
    ...(before === undefined ? {} : { before: jsonKeyValue(before) }),
    ...(after === undefined ? {} : { after: jsonKeyValue(after) }),
  };
}
