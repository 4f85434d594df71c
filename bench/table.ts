/**
 * Figures as text: one aligned table a suite, a column a store. Behind every other store's value stands
 * how many times better Varve is (below 1: worse).
 */
import { type Figure, type Measurement, ratio, shortened } from './figure.ts';

export function tableOf(title: string, figures: readonly Figure[]): string {
  const names = [...new Set(figures.flatMap(({ measurements }) => measurements.map((m) => m.by)))];
  const rows = figures.map((figure) => [
    `${figure.work}, ${figure.unit}`,
    ...names.map((name) => cell(figure, name)),
  ]);
  const notes = figures.flatMap(({ note }) => (note === undefined ? [] : [`  ${note}\n`]));
  const goals = figures.flatMap((figure) => goalRows(figure));
  const judged = goals.length > 0 ? aligned(goals) : '';
  return `\n${title}\n${aligned([['', ...names], ...rows])}${notes.join('')}${judged}`;
}

/** Every goal of the run, as a table of its own. */
export function goalsOf(figures: readonly Figure[]): string {
  const rows = figures.flatMap((figure) =>
    goalRows(figure).map((row) => [figure.work, ...row.slice(1)]),
  );
  return `\ngoals\n${aligned([['work', 'goal', 'reached', ''], ...rows])}`;
}

function goalRows({ goals }: Figure): string[][] {
  return goals.map(({ text, reached, met }) => {
    const verdict = met === undefined ? 'not decided' : met ? 'met' : 'MISSED';
    return ['  goal', text, reached, verdict];
  });
}

function cell({ measurements, better }: Figure, name: string): string {
  const found = measurements.find(({ by }) => by === name);
  if (found === undefined) return '';
  const varve = measurements[0]!;
  if (found === varve) return shortened(found.value);
  const times = better === 'more' ? ratio(varve, found) : inverse(varve, found);
  return `${shortened(found.value)} (${times.toFixed(2)}x)`;
}

const inverse = (varve: Measurement, other: Measurement): number => 1 / ratio(varve, other);

/** The first column to the left, the others to the right of their columns. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, text] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, text.length);
    }
  }
  const isText = rows.every((row) => row.length <= 4) && rows[0]![0] !== '';
  return rows
    .map((row) => {
      const cells = row.map((text, column) =>
        column === 0 || isText ? text.padEnd(widths[column]!) : text.padStart(widths[column]!),
      );
      return `  ${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}
