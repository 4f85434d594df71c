/**
 * The end of a run on a terminal: what was judged, and after a failure all there is to know about it, with the
 * command that runs it again on a line of its own.
 *
 *     seed         7
 *     states       51,234 crash states in 312 runs, 25 s, 2,049 a second
 *                  write #.seg 3,120, sync #.seg 2,900, and 9 more (--json has all)
 *     verdict      clean: nothing acknowledged was lost, and nothing was shown that never was
 */
import type { PartName } from '../crash/part.ts';
import type { FileFate } from '../disk/fates.ts';
import { numberedLines } from '../report/story.ts';
import { counted, durationText, grouped, perSecond, printable } from '../report/text.ts';
import type { CrashRunReport, FoundPartFailure, PartReport } from './crash-report.ts';
import { crashVerdictOf } from './crash-verdict.ts';
import {
  diskRows,
  eventOf,
  type FileRows,
  type Sector,
  SECTORS,
  signOf,
  meaningOf,
} from './disk-rows.ts';

const NAME_COLUMNS = 13;
const WIDTH = 100;
const INDENT = ' '.repeat(NAME_COLUMNS);
/** Corruption has hundreds. */
const KINDS_MAX = 12;
/** Of a file's sectors, in one line. */
const SIGNS_MAX = 80;

export function crashLines(report: CrashRunReport): string[] {
  const { parts, seed } = report;
  const { word, text } = crashVerdictOf(report);
  const failed = parts.flatMap(({ part, failure }) =>
    failure === undefined ? [] : failureLines(part, failure),
  );
  return [
    `${'seed'.padEnd(NAME_COLUMNS)}${seed}`,
    ...parts.flatMap(partLines),
    `${'verdict'.padEnd(NAME_COLUMNS)}${word}: ${text}`,
    ...failed,
  ];
}

function partLines({ part, unit, judged, runs, seconds, covered }: PartReport): string[] {
  const speed = `${grouped(perSecond(judged, seconds))} a second`;
  const what = `${grouped(judged)} ${unit} in ${counted(runs, 'run')}`;
  const kinds = covered.slice(0, KINDS_MAX).map(([kind, times]) => `${kind} ${grouped(times)}`);
  const more = covered.length - kinds.length;
  if (more > 0) kinds.push(`and ${grouped(more)} more (--json has all)`);
  return [
    `${part.padEnd(NAME_COLUMNS)}${what}, ${durationText(seconds)}, ${speed}`,
    ...wrapped(kinds, WIDTH - NAME_COLUMNS).map((line) => INDENT + line),
  ];
}

/** With commas between, and none in the middle of a phrase. */
function wrapped(phrases: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const [i, phrase] of phrases.entries()) {
    const text = i < phrases.length - 1 ? `${phrase},` : phrase;
    const longer = `${lines.at(-1)} ${text}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(text);
  }
  return lines;
}

function failureLines(part: PartName, failure: FoundPartFailure): string[] {
  const { run, at, problems, story, disk, replay } = failure;
  const lines = numberedLines(story);
  const columns = Math.max(2, ...lines.map(({ label }) => label.length));
  return [
    '',
    `Run ${run} of ${part}, at ${at}:`,
    ...lines.map(({ label, text }) => `  ${label.padStart(columns)}  ${printable(text)}`),
    '',
    'What is wrong:',
    ...problems.flatMap((problem) => printable(problem).split('\n')).map((line) => `  ${line}`),
    ...(disk === undefined ? [] : ['', ...diskLines(part, disk)]),
    '',
    'To run it again:',
    '',
    replay,
  ];
}

function diskLines(part: PartName, disk: readonly FileFate[]): string[] {
  const { harmed, whole } = diskRows(part, disk);
  const used = new Set(harmed.flatMap(({ before, after }) => [...before, ...after]));
  const legend = SECTORS.filter((sector) => used.has(sector)).map(
    (sector) => `${signOf(sector)} ${meaningOf(sector)}`,
  );
  const names = whole.map(({ path }) => printable(path)).join(', ');
  return [
    `The disk before the ${eventOf(part)} and after it, a sign for each 512 bytes:`,
    ...wrapped(legend, WIDTH - 2).map((line) => `  ${line}`),
    ...harmed.flatMap(fileLines),
    ...(whole.length === 0 ? [] : ['', `  As they were: ${names}`]),
  ];
}

function fileLines({ path, note, before, after }: FileRows): string[] {
  const rows = [...signLines('before', before), ...signLines('after', after)];
  return ['', `  ${printable(path)}  ${note}`, ...rows];
}

function signLines(name: string, sectors: readonly Sector[]): string[] {
  const lines: string[] = [];
  for (let from = 0; from < sectors.length; from += SIGNS_MAX) {
    const signs = sectors.slice(from, from + SIGNS_MAX).map(signOf);
    lines.push(`    ${(from === 0 ? name : '').padEnd(8)}${signs.join('')}`);
  }
  return lines;
}
