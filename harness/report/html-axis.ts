/** Revisions from left to right, one column each, for everything that is drawn below one another. */
import { escaped } from './html-text.ts';

/** More would be no picture any more. */
const REVISIONS_MAX = 240;
/** As wide as the page, if the columns allow it. */
const WIDTH = 1100;
const COLUMN_MIN = 32;
const COLUMN_MAX = 84;
const RIGHT = 28;

export interface Axis {
  /** What is drawn: all there are, or a stretch of them. */
  readonly revisions: readonly number[];
  /** How many there are before and after that. */
  readonly before: number;
  readonly after: number;
  /** Where the first column begins: names are left of it. */
  readonly left: number;
  readonly columnWidth: number;
  /** Of the whole picture. */
  readonly width: number;
  /** Middle of the column; what lies between two columns goes to the later one. */
  readonly x: (revision: number) => number;
  /** Is it in the stretch? */
  readonly has: (revision: number) => boolean;
}

/** If it cannot be all, the stretch ends with the last revision, or lies around the one looked at. */
export function axisOf(all: readonly number[], looked: readonly number[], left: number): Axis {
  const first = firstOf(all, looked[0]);
  const revisions = all.slice(first, first + REVISIONS_MAX);
  const fitting = (WIDTH - left - RIGHT) / Math.max(1, revisions.length);
  const columnWidth = Math.max(COLUMN_MIN, Math.min(COLUMN_MAX, Math.floor(fitting)));
  const end = left + revisions.length * columnWidth;
  const x = (revision: number): number => {
    const column = revisions.findIndex((candidate) => candidate >= revision);
    return column < 0 ? end : left + (column + 0.5) * columnWidth;
  };
  return {
    revisions,
    before: first,
    after: all.length - first - revisions.length,
    left,
    columnWidth,
    width: end + RIGHT,
    x,
    has: (revision) => revisions.includes(revision),
  };
}

function firstOf(all: readonly number[], looked: number | undefined): number {
  const last = Math.max(0, all.length - REVISIONS_MAX);
  const column = looked === undefined ? -1 : all.indexOf(looked);
  return column < 0 ? last : Math.min(last, Math.max(0, column - REVISIONS_MAX / 2));
}

/** Several marks in one column stand side by side: the middle of the `i`th of `count`. */
export function placed(axis: Axis, revision: number, i: number, count: number): number {
  const apart = Math.min(22, (axis.columnWidth - 8) / count);
  return axis.x(revision) + (i - (count - 1) / 2) * apart;
}

export type Attributes = Readonly<Record<string, string | number>>;

/** One element; with a `title` it says what it is when it is pointed at. */
export function shape(name: string, attributes: Attributes, title?: string): string {
  const list = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === 'number' ? String(Math.round(value * 10) / 10) : escaped(value);
    return ` ${key}="${text}"`;
  });
  const inside = title === undefined ? '' : `<title>${escaped(title)}</title>`;
  return `<${name}${list.join('')}>${inside}</${name}>`;
}

export function label(
  x: number,
  y: number,
  text: string,
  attributes: Attributes = {},
  title?: string,
): string {
  const element = shape('text', { x, y, ...attributes }, title);
  return element.replace('</text>', () => `${escaped(text)}</text>`);
}

/** Two strokes. */
export function cross(
  x: number,
  y: number,
  size: number,
  className: string,
  title: string,
): string {
  const corners = [-size, size].map(
    (half) =>
      `M${(x - size).toFixed(1)} ${(y - half).toFixed(1)}L${(x + size).toFixed(1)} ${(y + half).toFixed(1)}`,
  );
  return shape('path', { class: className, d: corners.join('') }, title);
}
