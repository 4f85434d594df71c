/**
 * `varve range`: keys and values, now or at any revision. In key order it pages through the range,
 * so that any store fits in memory and `| head` is quick; other orders need the whole range first.
 */
import type { KeyValue, RangeOptions, Selector, Store } from '../../types.ts';
import { EXIT, type ExitCode, usageError } from '../cli-error.ts';
import {
  type Call,
  type CommandSpec,
  DIRECTORY,
  JSON_OPTION,
  LIMIT_OPTION,
  REVISION_OPTION,
} from '../command.ts';
import { ESCAPE_HELP, JSON_HELP, jsonKeyValue, keyValueLine } from '../output.ts';
import { SELECTION_OPTIONS, selectorOf } from '../selection.ts';
import { openToRead } from '../stores.ts';

const SORTS = ['key', 'version', 'create', 'mod', 'value'] as const;

export const rangeCommand: CommandSpec = {
  name: 'range',
  summary: 'print a range of keys and their values; every key when none is given',
  arguments: [DIRECTORY, { flags: '[key]', text: 'the key, or where the range begins' }],
  options: [
    ...SELECTION_OPTIONS,
    REVISION_OPTION,
    LIMIT_OPTION,
    { flags: '-k, --keys-only', text: 'leave the values out' },
    { flags: '-c, --count-only', text: 'print only how many keys there are, whatever the limit' },
    { flags: '--reverse', text: 'descending order' },
    { flags: '--sort <by>', text: 'order by something else than the key', choices: SORTS },
    JSON_OPTION,
  ],
  help: `Prints one key a line: key, tab, value.
${ESCAPE_HELP}
${JSON_HELP}
With --count-only --json: {"count":n,"revision":n}, the revision that was read.

Examples:
  varve range store config/ --prefix
  varve range store --keys-only --revision 12
  varve range store --sort mod --reverse --limit 10`,
  endpoint: true,
  run: range,
};

async function range(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  const selector = selectorOf(call, call.arguments[1]) ?? { all: true };
  if (options.flag('countOnly') && options.flag('keysOnly')) {
    throw usageError('--count-only and --keys-only do not go together');
  }
  await using store = await openToRead(call);
  if (options.flag('countOnly')) return await printCount(call, store, selector);
  const keysOnly = options.flag('keysOnly');
  const asJson = options.flag('json');
  let count = 0;
  for await (const kv of selected(call, store, selector)) {
    if (asJson) await out.json(jsonKeyValue(kv, keysOnly));
    else await out.line(keyValueLine(kv, keysOnly));
    count++;
  }
  return count === 0 ? EXIT.nothing : EXIT.ok;
}

async function printCount(
  { options, out }: Call,
  store: Store,
  selector: Selector,
): Promise<ExitCode> {
  const asked = options.number('revision');
  const one = { limit: 1, keysOnly: true, ...(asked !== undefined && { revision: asked }) };
  const { count, revision: current } = await store.range(selector, one);
  const revision = asked ?? current;
  if (options.flag('json')) await out.json({ count, revision });
  else await out.line(String(count));
  return count === 0 ? EXIT.nothing : EXIT.ok;
}

async function* selected(
  { options }: Call,
  store: Store,
  selector: Selector,
): AsyncGenerator<KeyValue, void, undefined> {
  const sort = SORTS.find((name) => name === options.text('sort')) ?? 'key';
  const rangeOptions: RangeOptions = {
    revision: options.number('revision') ?? 0,
    limit: options.number('limit') ?? 0,
    keysOnly: options.flag('keysOnly'),
    reverse: options.flag('reverse'),
  };
  if (sort === 'key') yield* store.iterate(selector, rangeOptions);
  else yield* (await store.range(selector, { ...rangeOptions, sort })).kvs;
}
