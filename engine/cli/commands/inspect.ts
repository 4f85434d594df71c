/** `varve inspect`: what lies in a store's files, for the curious and for reports. */
import { keyStringOf } from '../../base/bytes.ts';
import { type GenerationInfo, Inspection, type RecordInfo } from '../../maintenance/inspect.ts';
import { nodeFs } from '../../vfs/node-fs.ts';
import { CliError, EXIT, type ExitCode, usageError } from '../cli-error.ts';
import {
  argument,
  type Call,
  type CommandSpec,
  DIRECTORY,
  JSON_OPTION,
  numberOption,
} from '../command.ts';
import { escaped } from '../escape.ts';
import { ESCAPE_HELP, jsonBytes } from '../output.ts';
import { ESCAPED_OPTION, keyOf } from '../selection.ts';
import { openDirectory } from '../stores.ts';
import { type Column, tableLines } from '../table.ts';

export const inspectCommand: CommandSpec = {
  name: 'inspect',
  summary: 'show segments, records, or the generations of a key',
  arguments: [DIRECTORY, { flags: '[key]', text: 'show the generations of this key' }],
  options: [
    { flags: '--records', text: 'show every record and its place' },
    numberOption('--segment <n>', 'only the records of this segment'),
    ESCAPED_OPTION,
    JSON_OPTION,
  ],
  help: `Segments are the files of the log, oldest first. Live and dead are bytes of
records; what frames, padding and free space take is in the file's size alone.
A generation is one life of a key: its revisions, and a tombstone at the end.
Compaction leaves gaps in it.
${ESCAPE_HELP}
With --json one object a line: {"id":n,"file":s,"isActive":b,"fileBytes":n,
"liveBytes":n,"deadBytes":n,"firstFrame":n,"lastFrame":n} for each segment.

Examples:
  varve inspect store
  varve inspect store --records --segment 1
  varve inspect store config/name`,
  run: inspect,
};

async function inspect(call: Call): Promise<ExitCode> {
  const { options } = call;
  const key = call.arguments[1];
  const segment = options.number('segment');
  const isRecords = options.flag('records');
  if (segment !== undefined && !isRecords) throw usageError('--segment needs --records');
  if (key !== undefined && isRecords) throw usageError('--records takes no key');
  // Holds the lock, and has refused whatever is no store.
  await using _store = await openDirectory(call);
  const inspection = await Inspection.open(nodeFs, argument(call, 0));
  try {
    if (key !== undefined) await printGenerations(call, inspection, keyOf(call, key));
    else if (isRecords) await printRecords(call, inspection, segment);
    else await printSegments(call, inspection);
  } finally {
    inspection.close();
  }
  return EXIT.ok;
}

const SEGMENT_COLUMNS: readonly Column[] = [
  { title: 'segment', isRight: true },
  { title: 'state' },
  { title: 'file bytes', isRight: true },
  { title: 'live', isRight: true },
  { title: 'dead', isRight: true },
  { title: 'dead %', isRight: true },
];

async function printSegments({ options, out }: Call, inspection: Inspection): Promise<void> {
  const segments = inspection.segments();
  if (options.flag('json')) {
    for (const segment of segments) await out.json(segment);
    return;
  }
  const rows = segments.map((segment) => [
    String(segment.id),
    segment.isActive ? 'active' : 'sealed',
    String(segment.fileBytes),
    String(segment.liveBytes),
    String(segment.deadBytes),
    share(segment.deadBytes, segment.liveBytes + segment.deadBytes),
  ]);
  for (const line of tableLines(SEGMENT_COLUMNS, rows)) await out.line(line);
}

const share = (part: number, whole: number): string =>
  whole === 0 ? '-' : ((part / whole) * 100).toFixed(1);

/** Records are printed as they are read, so their columns are as wide as a large store needs. */
const RECORD_HEAD: readonly Column[] = [
  { title: 'segment', isRight: true },
  { title: '   offset', isRight: true },
  { title: '    frame', isRight: true },
  { title: 'kind     ' },
  { title: 'bucket' },
  { title: '  revision', isRight: true },
  { title: '  bytes', isRight: true },
  { title: 'state' },
  { title: 'key' },
];

async function printRecords(
  { options, out }: Call,
  inspection: Inspection,
  segment: number | undefined,
): Promise<void> {
  const isJson = options.flag('json');
  if (!isJson) await out.line(tableLines(RECORD_HEAD, [])[0]!);
  for (const record of inspection.records(segment)) {
    if (isJson) await out.json(jsonRecord(record));
    else await out.line(recordLines(record)[1]!);
  }
}

/** The first line is the head. */
function recordLines({ key, main, sub, ...record }: RecordInfo): string[] {
  const { segment, offset, frame, kind, bucket, bytes, state } = record;
  const revision = main === 0 ? '-' : `${main}.${sub}`;
  const cells = [segment, offset, frame, kind, bucket, revision, bytes, state].map(String);
  return tableLines(RECORD_HEAD, [[...cells, escaped(key)]]);
}

const jsonRecord = ({ key, ...record }: RecordInfo): object => ({
  ...record,
  ...jsonBytes('key', key),
});

const GENERATION_COLUMNS: readonly Column[] = [
  { title: 'generation' },
  { title: 'created', isRight: true },
  { title: 'version', isRight: true },
  { title: 'revisions' },
];

async function printGenerations(
  { options, out }: Call,
  inspection: Inspection,
  key: Uint8Array,
): Promise<void> {
  const generations = inspection.generations(keyStringOf(key));
  if (generations.length === 0) {
    throw new CliError('ERR_KEY_NOT_FOUND', `no key ${escaped(key)} at any revision`, {
      exit: EXIT.nothing,
    });
  }
  if (options.flag('json')) {
    for (const generation of generations) await out.json(generation);
    return;
  }
  const rows = generations.map((generation) => [
    generation.isOpen ? 'open' : 'closed',
    String(generation.created || '-'),
    String(generation.version || '-'),
    revisionsText(generation),
  ]);
  for (const line of tableLines(GENERATION_COLUMNS, rows)) await out.line(line);
}

/** `2 5 9(t)`: a sub revision is said where it is not 0, the tombstone is marked. */
function revisionsText({ isOpen, revisions }: GenerationInfo): string {
  return revisions
    .map(({ main, sub }, at) => {
      const isTombstone = !isOpen && at === revisions.length - 1;
      return `${main}${sub === 0 ? '' : `.${sub}`}${isTombstone ? '(t)' : ''}`;
    })
    .join(' ');
}
