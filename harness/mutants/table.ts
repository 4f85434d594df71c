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

export function tableOf(verdicts: readonly Verdict[]): string {
  return [...HEAD, ...verdicts.map(row)].join('\n');
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

export const propertyOf = ({ caughtBy }: Pick<Mutant, 'caughtBy'>): string =>
  caughtBy.part === undefined
    ? `${caughtBy.target}, ${caughtBy.profile}`
    : `crash, ${caughtBy.part}`;

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
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) return ['there is no table of mutants'];
  const rows = document.slice(begin, end).split('\n');
  const listed = rows.filter((line) => line.startsWith('| ') && !HEAD.includes(line));
  const stated = new Set(listed.map(withoutRuns));
  const actual = new Set(
    mutants.map((mutant) =>
      withoutRuns(row({ mutant, outcome: 'caught', runs: 0, seconds: 0, message: '' })),
    ),
  );
  return [
    ...[...actual].filter((line) => !stated.has(line)).map((line) => `not in the table: ${line}`),
    ...[...stated].filter((line) => !actual.has(line)).map((line) => `no such mutant: ${line}`),
  ];
}

/** A row without what differs from run to run, its last but one cell. */
const withoutRuns = (line: string): string => line.replace(/\| [^|]* (\| \d+ \|)$/, '$1');
