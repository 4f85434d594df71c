/**
 * The mutants as a table for `docs/testing.md`, between two comments that Markdown does not show. How many
 * runs each took is of one run with one seed; the rest is the list itself.
 */
import { isCaught, type Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';

export const BEGIN = '<!-- mutants:begin -->';
export const END = '<!-- mutants:end -->';

const HEAD = [
  '| mutant | file | property | rule | caught after | of at most |',
  '|---|---|---|---|--:|--:|',
];

/** Those of the list that were not tried keep the rows that the document has of them, if it has any. */
export function tableOf(
  verdicts: readonly Verdict[],
  list: readonly Mutant[] = verdicts.map(({ mutant }) => mutant),
  document = '',
): string {
  const earlier = new Map(rowsIn(document).map((line) => [withoutRuns(line), line]));
  const tried = new Map(verdicts.map((verdict) => [verdict.mutant, row(verdict)]));
  const rows = list.map((mutant) => tried.get(mutant) ?? earlier.get(statedOf(mutant)) ?? []);
  return [...HEAD, ...rows.flat()].join('\n');
}

function row(verdict: Verdict): string {
  const { mutant } = verdict;
  const cells = [
    cell(mutant.name),
    `\`${mutant.file}\``,
    propertyOf(mutant),
    cell(mutant.rule),
    runsOf(verdict),
    `${mutant.runs}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

export function propertyOf({ caughtBy }: Pick<Mutant, 'caughtBy'>): string {
  if (caughtBy.part === 'snapshots') return 'snapshots';
  if (caughtBy.part !== undefined) {
    const { part, only } = caughtBy;
    return `crash, ${part}${only === undefined ? '' : `, run ${only.run} of seed ${only.seed}`}`;
  }
  const { target, profile, without } = caughtBy;
  return `${target}, ${profile}${without === undefined ? '' : ` without ${without}`}`;
}

function runsOf(verdict: Verdict): string {
  if (verdict.outcome === 'caught') return `${verdict.runs}`;
  return isCaught(verdict) ? verdict.outcome : `(${verdict.outcome})`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The document with this table in the place of the one it has. */
export function withTable(document: string, table: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error(`the table of mutants goes between the lines ${BEGIN} and ${END}: add them`);
  }
  return `${document.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${document.slice(end)}`;
}

/** What the document's table says that the list does not, or the other way round. */
export function tableProblems(document: string, mutants: readonly Mutant[]): string[] {
  if (!document.includes(BEGIN)) return ['there is no table of mutants'];
  const stated = new Set(rowsIn(document).map(withoutRuns));
  const actual = new Set(mutants.map(statedOf));
  return [
    ...[...actual].filter((line) => !stated.has(line)).map((line) => `not in the table: ${line}`),
    ...[...stated].filter((line) => !actual.has(line)).map((line) => `no such mutant: ${line}`),
  ];
}

function rowsIn(document: string): string[] {
  const lines = document.slice(document.indexOf(BEGIN), document.indexOf(END)).split('\n');
  return lines.filter((line) => line.startsWith('| ') && !HEAD.includes(line));
}

const statedOf = (mutant: Mutant): string =>
  withoutRuns(row({ mutant, outcome: 'caught', runs: 0, seconds: 0, message: '' }));

/** A row without what differs from run to run, its last but one cell. */
const withoutRuns = (line: string): string => line.replace(/\| [^|]* (\| \d+ \|)$/, '$1');
