/** Rows under a head, in columns as wide as their widest cell; numbers stand on the right. */

export interface Column {
  readonly title: string;
  /** Numbers and sizes are compared by their right ends. */
  readonly isRight?: boolean;
}

/** Lines without line feeds. The last column is not padded, so it may hold text of any length. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const titles = columns.map(({ title }) => title);
  const all = [titles, ...rows];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  return all.map((row) =>
    columns
      .map(({ isRight = false }, at) => padded(row[at] ?? '', widths[at] ?? 0, isRight))
      .join('  ')
      .trimEnd(),
  );
}

function padded(text: string, width: number, isRight: boolean): string {
  return isRight ? text.padStart(width) : text.padEnd(width);
}
