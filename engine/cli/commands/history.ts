/**
 * `varve history`: every version of a key that is left, with its value, newest first.
 *
 *     5 D v0 config/name
 *     4 M v2 config/name  etcd
 *     2 A v1 config/name  varve
 *
 * `log` is about revisions and leaves values out; this is about keys.
 */
import type { EmbeddedStore, Selector, WatchEvent } from '../../types.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import { type Call, type CommandSpec, DIRECTORY, JSON_OPTION, LIMIT_OPTION } from '../command.ts';
import { EVENT_HELP, EVENT_JSON_HELP, eventLines, jsonEvent } from '../events.ts';
import { ESCAPE_HELP, painter } from '../output.ts';
import { FROM_TO_OPTIONS, OLDEST_FIRST_OPTION, revisionsToShow } from '../revisions.ts';
import { SELECTION_OPTIONS, selectorOf } from '../selection.ts';
import { openDirectory } from '../stores.ts';

export const historyCommand: CommandSpec = {
  name: 'history',
  summary: 'print every version of a key with its value, newest first',
  arguments: [DIRECTORY, { flags: '[key]', text: 'the key; left out, every key' }],
  options: [
    ...SELECTION_OPTIONS,
    ...FROM_TO_OPTIONS,
    LIMIT_OPTION,
    OLDEST_FIRST_OPTION,
    JSON_OPTION,
  ],
  help: `${EVENT_HELP}
Without --from, of keys that were last put before the compacted revision the
version that is left comes too.
${ESCAPE_HELP}
${EVENT_JSON_HELP}

Examples:
  varve history store config/name
  varve history store config/ --prefix --from 10 --to 20
  varve history store config/name --json | jq -r .kv.value`,
  endpoint: '`varve watch --rev <n>` prints the history of a server, from any revision on',
  run: history,
};

async function history(call: Call): Promise<ExitCode> {
  const { options, out, io } = call;
  const selector = selectorOf(call, call.arguments[1]) ?? { all: true };
  const limit = options.number('limit') ?? Number.POSITIVE_INFINITY;
  const paint = painter(io);
  await using store = await openDirectory(call);
  let count = 0;
  for await (const event of versions(call, store, selector)) {
    if (options.flag('json')) await out.json(jsonEvent(event));
    else for (const line of eventLines(event, paint)) await out.line(line);
    count++;
    if (count >= limit) break;
  }
  return count === 0 ? EXIT.nothing : EXIT.ok;
}

async function* versions(
  call: Call,
  store: EmbeddedStore,
  selector: Selector,
): AsyncGenerator<WatchEvent, void, undefined> {
  const isOldestFirst = call.options.flag('reverse');
  if (isOldestFirst) yield* beforeCompaction(call, store, selector);
  for await (const { events } of revisionsToShow(call, store, selector)) {
    yield* isOldestFirst ? events : events.toReversed();
  }
  if (!isOldestFirst) yield* beforeCompaction(call, store, selector);
}

/** A compaction keeps what a read at its revision shows, though it is older. */
async function* beforeCompaction(
  { options }: Call,
  store: EmbeddedStore,
  selector: Selector,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { compactRevision: revision } = store;
  const newest = Math.min(revision - 1, options.number('to') ?? store.revision);
  if (newest < 1 || options.number('from') !== undefined) return;
  const { kvs } = await store.range(selector, {
    revision,
    maxModRevision: newest,
    sort: 'mod',
    reverse: !options.flag('reverse'),
    limit: options.number('limit') ?? 0,
  });
  for (const kv of kvs) {
    yield { type: 'put', kv, revision: kv.modRevision, isCreate: kv.version === 1 };
  }
}
