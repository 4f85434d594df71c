/**
 * The end of a run on a terminal: what was judged, and after a failure all there is to know about it, with the
 * command that runs it again on a line of its own.
 *
 *     states       51,234 crash states in 312 runs, 25 s, 2,049 a second
 *                  write #.seg 3,120  sync #.seg 2,900  …
 *     verdict      clean: nothing acknowledged was lost, and nothing was shown that never was
 */
import type { FileFate, SectorFate } from '../disk/fates.ts';
import { counted, durationText, grouped, perSecond, printable } from '../report/text.ts';
import {
  type CrashRunReport,
  type FoundPartFailure,
  isClean,
  type PartReport,
} from './crash-report.ts';

const NAME_COLUMNS = 13;
const WIDTH = 100;

export function crashLines(report: CrashRunReport): string[] {
  const { parts, seed } = report;
  const failed = parts.flatMap(({ part, failure }) =>
    failure === undefined ? [] : failureLines(part, failure),
  );
  return [
    `${'seed'.padEnd(NAME_COLUMNS)}${seed}`,
    ...parts.flatMap(partLines),
    `${'verdict'.padEnd(NAME_COLUMNS)}${verdictOf(report)}`,
    ...failed,
  ];
}

export function verdictOf(report: CrashRunReport): string {
  if (isClean(report)) {
    return 'clean: nothing acknowledged was lost, and nothing was shown that never was';
  }
  const failed = report.parts.filter(({ failure }) => failure !== undefined);
  if (failed.length === 0) return 'incomplete: nothing was judged';
  return `failed: ${failed.map(({ part }) => part).join(', ')}`;
}

export function progressTextOf({ part, unit, judged, runs, seconds }: PartReport): string {
  const speed = `${grouped(perSecond(judged, seconds))}/s`;
  const done = `${grouped(judged)} ${unit} (${speed})`;
  return `${part}  ${done}  ${counted(runs, 'run')}  ${durationText(seconds)}`;
}

function partLines({ part, unit, judged, runs, seconds, covered }: PartReport): string[] {
  const speed = `${grouped(perSecond(judged, seconds))} a second`;
  const what = `${grouped(judged)} ${unit} in ${counted(runs, 'run')}`;
  const kinds = covered.map(([kind, times]) => `${kind} ${grouped(times)}`);
  return [
    `${part.padEnd(NAME_COLUMNS)}${what}, ${durationText(seconds)}, ${speed}`,
    ...wrapped(kinds).map((line) => ' '.repeat(NAME_COLUMNS) + line),
  ];
}

function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1)}, ${word}`;
    if (lines.length > 0 && longer.length <= WIDTH - NAME_COLUMNS) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function failureLines(part: string, failure: FoundPartFailure): string[] {
  const { run, at, problems, story, disk, replay } = failure;
  return [
    '',
    `Run ${run} of ${part}, at ${at}:`,
    ...story.map((line, index) => `  ${String(index + 1).padStart(3)}  ${printable(line)}`),
    '',
    'What is wrong:',
    ...problems.flatMap((problem) => printable(problem).split('\n')).map((line) => `  ${line}`),
    ...(disk === undefined ? [] : ['', ...diskLines(disk)]),
    '',
    'To run it again:',
    '',
    replay,
  ];
}

export const SECTOR_SIGNS: Readonly<Record<SectorFate, string>> = {
  synced: '=',
  new: '+',
  old: '-',
  between: '~',
  zeros: '0',
  torn: '/',
  damaged: 'x',
  cut: '.',
};

function diskLines(disk: readonly FileFate[]): string[] {
  const columns = Math.max(...disk.map(({ path }) => path.length));
  const legend = Object.entries(SECTOR_SIGNS).map(([fate, sign]) => `${sign} ${fate}`);
  return [
    `The disk after it (a sign for each 512 bytes: ${legend.join(', ')}):`,
    ...disk.map(({ path, name, bytesBefore, bytesAfter, sectors }) => {
      const bytes =
        bytesBefore === bytesAfter ? `${bytesAfter}` : `${bytesBefore} -> ${bytesAfter}`;
      const signs = sectors.map((fate) => SECTOR_SIGNS[fate]).join('');
      return `  ${path.padEnd(columns)}  ${name.padEnd(5)}  ${bytes} bytes  ${signs}`.trimEnd();
    }),
  ];
}
