/**
 * The history as a picture for a terminal: a row for each key, a column for each revision.
 *
 *     changes                            compacted at 4, and then at 7
 *     2  put a=1      6  put b=4
 *     3  put a=2      7  delete b        revision   2 3|4 5 6|7 8 9
 *     3  put b=1      8  put a=3         a          . .|.    |  *--
 *     4  delete a     9  put c=1         b            .|  . .|x
 *     5  put b=3                         c             |     |    *
 *
 *     *  create                          -  the key is alive
 *     o  another put                     .  a record that compaction has taken
 *     x  tombstone                       |  compacted: what is left of it cannot be read
 *
 * Of several changes of a key in one revision the last one shows. What is wider than the width goes on
 * below, without the keys that nothing was done to there.
 */
import type { Change } from '../../spec/history.ts';
import { wordOf } from '../../spec/syntax.ts';
import { type Mark, type PastRow, pastOf } from './past.ts';
import { clipped } from './text.ts';

const HEAD = 'revision';
const KEY_COLUMNS_MAX = 24;

const SYMBOLS: Readonly<Record<Mark['kind'], string>> = { create: '*', put: 'o', tombstone: 'x' };

export const TIMELINE_LEGEND =
  '* create  o put  x tombstone  - alive  . taken by compaction  | compacted';

/** Below the revisions that are `marked` stands `^`. */
export function timelineOf(
  changes: readonly Change[],
  compactions: readonly number[],
  width: number,
  marked: readonly number[] = [],
): string[] {
  const past = pastOf(changes, compactions);
  if (past.revisions.length === 0) return [];
  const words = new Map(past.rows.map(({ key }) => [key, clipped(wordOf(key), KEY_COLUMNS_MAX)]));
  const labelColumns = Math.max(HEAD.length, ...[...words.values()].map((word) => word.length)) + 2;
  // Each revision takes two columns: what leads to it, and itself.
  const perPage = Math.max(1, Math.floor((width - labelColumns) / 2));
  const bars = new Set(past.compactions);
  const columns = new Map(past.revisions.map((revision, column) => [revision, column]));
  const rows = past.rows.map((row) => ({
    label: words.get(row.key)!.padEnd(labelColumns),
    cells: cellsOf(row, columns),
  }));
  const lines: string[] = [];
  for (let first = 0; first < past.revisions.length; first += perPage) {
    const page = past.revisions.slice(first, first + perPage);
    const isOnly = page.length === past.revisions.length;
    if (first > 0) lines.push('');
    lines.push(...headOf(page, bars, labelColumns));
    for (const { label, cells } of rows) {
      const shown = cells.slice(2 * first, 2 * (first + perPage));
      if (isOnly || /[^ -]/.test(shown)) lines.push(label + withBars(shown, page, bars));
    }
    const marks = page.map((revision) => (marked.includes(revision) ? ' ^' : '  ')).join('');
    if (marks.trim() !== '') lines.push(' '.repeat(labelColumns) + marks);
  }
  return lines.map((line) => line.trimEnd());
}

/** Revisions written downwards, the word beside their last digits. */
function headOf(
  page: readonly number[],
  bars: ReadonlySet<number>,
  labelColumns: number,
): string[] {
  const digits = String(page.at(-1)).length;
  return Array.from({ length: digits }, (_, row) => {
    const label = row === digits - 1 ? HEAD : '';
    const cells = page.map((revision) => {
      const bar = bars.has(revision) ? '|' : ' ';
      return bar + String(revision).padStart(digits)[row]!;
    });
    return label.padEnd(labelColumns) + cells.join('');
  });
}

/** Two columns for each revision: what leads to it, and what happened. Bars are still left out. */
function cellsOf({ marks }: PastRow, columns: ReadonlyMap<number, number>): string {
  let cells = '';
  // A life whose record compaction has taken is not to be seen any more.
  let isAlive = false;
  const fillTo = (end: number): void => {
    cells += (isAlive ? '-' : ' ').repeat(end - cells.length);
  };
  for (const [i, mark] of marks.entries()) {
    if (marks[i + 1]?.revision === mark.revision) continue;
    fillTo(2 * columns.get(mark.revision)! + 1);
    cells += mark.isGone ? '.' : SYMBOLS[mark.kind];
    isAlive = mark.kind !== 'tombstone' && !mark.isGone;
  }
  fillTo(2 * columns.size);
  return cells;
}

function withBars(cells: string, page: readonly number[], bars: ReadonlySet<number>): string {
  return page
    .map((revision, i) => (bars.has(revision) ? '|' : cells[2 * i]!) + cells[2 * i + 1]!)
    .join('');
}
