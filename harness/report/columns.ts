/**
 * Two answers side by side for a terminal. Below what differs stands `^`; before a line `~` says that it is
 * changed, `-` that it is missing, `+` that there should be none.
 *
 *       should answer                      answers
 *     ~ revision 4, count 2              | revision 4, count 1
 *                         ^              |                   ^
 *         a=1 create 2 mod 2 version 1   |   a=1 create 2 mod 2 version 1
 *     -   b=1 create 3 mod 3 version 1   |
 */
import { comparisonOf, type Part, type Row } from './comparison.ts';
import { printable } from './text.ts';

const GUTTERS: Readonly<Record<Row['kind'], string>> = {
  same: '  ',
  changed: '~ ',
  missing: '- ',
  extra: '+ ',
};
const MIDDLE = ' | ';
const COLUMNS_MIN = 16;

interface Cell {
  readonly text: string;
  /** `^` below what differs, blank if nothing does. */
  readonly below: string;
}

export function sideBySide(
  should: readonly string[],
  does: readonly string[],
  width: number,
): string[] {
  const [left, right] = [should.map(printable), does.map(printable)];
  const each = Math.max(COLUMNS_MIN, Math.floor((width - 2 - MIDDLE.length) / 2));
  const longest = (lines: readonly string[]): number =>
    Math.max(COLUMNS_MIN, ...lines.map((line) => line.length));
  // What one side does not need the other one gets.
  const leftColumns = Math.min(longest(left), Math.max(each, 2 * each - longest(right)));
  const rightColumns = Math.max(COLUMNS_MIN, 2 * each - leftColumns);
  const join = (gutter: string, a: string, b: string): string =>
    (gutter + a.padEnd(leftColumns) + MIDDLE + b).trimEnd();
  const lines = [join('  ', 'should answer', 'answers')];
  for (const row of comparisonOf(left, right)) {
    const a = wrapped(row, row.should, leftColumns);
    const b = wrapped(row, row.does, rightColumns);
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      lines.push(join(i === 0 ? GUTTERS[row.kind] : '  ', a[i]?.text ?? '', b[i]?.text ?? ''));
      const [below, beside] = [a[i]?.below ?? '', b[i]?.below ?? ''];
      if (below + beside !== '') lines.push(join('  ', below, beside));
    }
  }
  return lines;
}

function wrapped({ kind }: Row, parts: readonly Part[], columns: number): Cell[] {
  const text = parts.map((part) => part.text).join('');
  const below = parts
    .map((part) =>
      part.differs && kind === 'changed' ? underlined(part.text) : ' '.repeat(part.text.length),
    )
    .join('');
  const cells: Cell[] = [];
  for (let at = 0; at < text.length; at += columns) {
    const end = at + columns;
    cells.push({ text: text.slice(at, end), below: below.slice(at, end).trimEnd() });
  }
  return cells;
}

/** Not below an indent; but a difference of nothing but blanks is one, too. */
function underlined(text: string): string {
  const indent = text.trim() === '' ? 0 : text.length - text.trimStart().length;
  return ' '.repeat(indent) + '^'.repeat(text.length - indent);
}
