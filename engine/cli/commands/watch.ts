/** `varve watch`: what happens in a directory while this command has it, and before if asked for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store, Watch, WatchOptions } from '../../types.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import {
  type Call,
  type CommandSpec,
  DIRECTORY,
  JSON_OPTION,
  LIMIT_OPTION,
  numberOption,
} from '../command.ts';
import { EVENT_HELP, EVENT_JSON_HELP, eventLines, jsonEvent } from '../events.ts';
import { interruptible } from '../interruptible.ts';
import { ESCAPE_HELP, painter } from '../output.ts';
import { SELECTION_OPTIONS, selectorOf } from '../selection.ts';
import { openToWrite } from '../stores.ts';
import { writeTyped } from '../typed-writes.ts';

const TYPES = ['put', 'delete'] as const;

export const watchCommand: CommandSpec = {
  name: 'watch',
  summary: 'print events as they come, from any revision on, until Ctrl-C',
  arguments: [DIRECTORY, { flags: '[key]', text: 'the key; left out, every key' }],
  options: [
    ...SELECTION_OPTIONS,
    numberOption('-r, --rev <n>', 'begin with this revision: history first, if it is past'),
    { flags: '--prev-kv', text: 'print the state before each event too' },
    { flags: '--only <type>', text: 'only events of this type', choices: TYPES },
    { flags: '--progress', text: 'every ten minutes without events, say up to where' },
    { ...LIMIT_OPTION, text: 'end after this many events' },
    { flags: '-i, --interactive', text: 'take put and del lines from standard input' },
    JSON_OPTION,
  ],
  help: `A directory belongs to one process, so while this command has it other programs
cannot write there. What can happen in it: leases end as their time passes, and
with --interactive lines are carried out, \`put <key> <value>\` or \`del <key>\` as in
\`varve txn\`; when the input ends and what it did was shown, so does the command.
Programs that are to see each other's writes share a store in one process, or a
server: with --endpoint everybody goes on writing, and the watch outlives the
connection.

${EVENT_HELP}
With --prev-kv a second line has revision, version and value from before.
Ctrl-C ends it with exit code 130 and says the --rev that goes on.
${ESCAPE_HELP}
${EVENT_JSON_HELP}
With --prev-kv "prevKv" as well; of --progress {"type":"progress","revision":n}.

Examples:
  varve watch store
  varve watch store config/ --prefix --rev 10 --prev-kv
  printf 'put a 1\\ndel a\\n' | varve watch store --interactive`,
  endpoint: true,
  run: watch,
};

async function watch(call: Call): Promise<ExitCode> {
  const selector = selectorOf(call, call.arguments[1]) ?? { all: true };
  await using store = await openToWrite(call, { createIfMissing: false });
  const over = new AbortController();
  let started: Watch | undefined;
  const afterwards = (): string =>
    `--rev ${(started?.revision ?? 0) + 1} goes on after what was shown`;
  await interruptible(call.io, afterwards, async (interrupt) => {
    const signal = AbortSignal.any([interrupt, over.signal]);
    started = store.watch(selector, { ...watchOptions(call), signal });
    await show(call, store, started, over);
  });
  return EXIT.ok;
}

function watchOptions({ options }: Call): WatchOptions {
  const only = TYPES.find((type) => type === options.text('only'));
  return {
    startRevision: options.number('rev') ?? 0,
    prevKv: options.flag('prevKv'),
    progress: options.flag('progress'),
    ...(only === undefined ? {} : { only }),
  };
}

/** A timer of this length may be set. */
const ALIVE_MS = 24 * 60 * 60 * 1000;

/** `over` ends the watch from outside, and whoever works for it once it has ended. */
async function show(call: Call, store: Store, watch: Watch, over: AbortController): Promise<void> {
  // A process in which nothing is due ends, whoever it waits for.
  const alive = setInterval(() => {}, ALIVE_MS);
  const isTyped = call.options.flag('interactive');
  await announce(call, isTyped);
  const typing = isTyped ? typed(call, store, watch, over) : undefined;
  try {
    await printBatches(call, watch);
  } finally {
    clearInterval(alive);
    over.abort();
    await typing;
  }
}

/** On a terminal, where it would otherwise look as if nothing happened. */
async function announce({ io, errors, options }: Call, isTyped: boolean): Promise<void> {
  if (io.stderr.isTTY !== true) return;
  const typing = 'put <key> <value> or del <key>, Ctrl-D ends';
  const others =
    options.text('endpoint') === undefined
      ? 'nobody else can write here meanwhile, but leases may end'
      : 'whatever anybody writes there';
  await errors.line(`watching, Ctrl-C ends: ${isTyped ? typing : others}`);
  await errors.flush();
}

async function printBatches(call: Call, watch: Watch): Promise<void> {
  const { io, options, out } = call;
  const [asJson, limit] = [options.flag('json'), options.number('limit')];
  const paint = painter(io);
  let count = 0;
  for await (const { events, progress, revision } of watch.batches()) {
    for (const event of events) {
      if (asJson) await out.json(jsonEvent(event));
      else for (const line of eventLines(event, paint)) await out.line(line);
      if (++count === limit) return;
    }
    if (progress && options.flag('progress')) {
      if (asJson) await out.json({ type: 'progress', revision });
      else await out.line(`${paint('yellow', String(revision))} progress`);
    }
    await out.flush();
  }
}

/** Never rejects: what goes wrong is what the watch ends with. */
async function typed(call: Call, store: Store, watch: Watch, over: AbortController): Promise<void> {
  try {
    await writeTyped(call, store, over.signal);
    const { revision } = await store.status();
    await delivered(watch, revision, over.signal);
    await watch.cancel();
  } catch (error) {
    over.abort(error);
  }
}

const DELIVERED_POLL_MS = 10;

/** A watch that is behind does not answer (R107), so it is asked until it does. */
async function delivered(watch: Watch, revision: number, signal: AbortSignal): Promise<void> {
  while (watch.revision < revision && !signal.aborted) {
    watch.requestProgress();
    await sleep(DELIVERED_POLL_MS);
  }
}
