/**
 * The picture of what happened: a lane for each key, lives as bars with a dot for each put and a cross for
 * each tombstone, and below them a lane for each watch. What a compaction took is hollow, and the region
 * that cannot be read is shaded.
 */
import { Chronicle } from '../../spec/guarantees/chronicle.ts';
import { wordOf } from '../../spec/syntax.ts';
import type { Evidence } from '../targets/divergence.ts';
import { revisionsOf } from './difference.ts';
import { type Axis, axisOf, cross, label, placed, shape } from './html-axis.ts';
import { changesTable, figureNotes, legendOf } from './html-history-notes.ts';
import { drawLanes } from './html-lanes.ts';
import { section } from './html-text.ts';
import { type Mark, type Past, type PastRow, pastOf } from './past.ts';
import { clipped } from './text.ts';

const HEAD_HEIGHT = 58;
const ROW_HEIGHT = 34;
const ROWS_MAX = 120;
const NAME_COLUMNS_MAX = 26;
const CHAR_WIDTH = 7.3;
const RADIUS = 9;

export function historySection(evidence: Evidence): string[] {
  const { changes, compactions, lanes } = evidence;
  const shown = lanes.flatMap(({ batches }) =>
    batches.flatMap(({ revision, events }) => [revision, ...events.map((one) => one.revision)]),
  );
  const past = pastOf(changes, compactions, shown);
  if (past.revisions.length === 0) return [];
  const looked = revisionsOf(evidence);
  const names = [...past.rows.map(({ key }) => nameOf(key)), ...lanes.map(({ name }) => name)];
  const columns = Math.max('revision'.length, ...names.map((name) => name.length));
  const axis = axisOf(past.revisions, looked, columns * CHAR_WIDTH + 28);
  const rows = past.rows.filter(({ marks }) => isDrawn(marks, axis)).slice(0, ROWS_MAX);
  const lanesTop = HEAD_HEIGHT + rows.length * ROW_HEIGHT;
  const drawn = drawLanes(lanes, Chronicle.of(changes).made, axis, lanesTop);
  const height = lanesTop + drawn.height + 10;
  const picture = [
    `<svg role="img" aria-labelledby="picture-title" width="${Math.ceil(axis.width)}"`,
    ` height="${height}" viewBox="0 0 ${Math.ceil(axis.width)} ${height}">`,
    '<title id="picture-title">Changes of every key by revision, and what watches showed</title>',
    ...backgroundOf(past, axis, looked, height),
    ...rows.flatMap((row, i) => drawRow(row, axis, HEAD_HEIGHT + (i + 0.5) * ROW_HEIGHT)),
    ...drawn.shapes,
    '</svg>',
  ].join('\n');
  const notes = figureNotes(axis, past, rows.length);
  return [
    section(
      'history',
      lanes.length === 0 ? 'The history' : 'The history, and what was seen of it',
      `<figure><div class="scroll" tabindex="0" role="group" aria-label="The picture">${picture}</div>`,
      `${legendOf(lanes.length > 0)}${notes}</figure>`,
      changesTable(past),
    ),
  ];
}

const nameOf = (key: string): string => clipped(wordOf(key), NAME_COLUMNS_MAX);

/** A key that was there before the stretch began, or changes in it. */
function isDrawn(marks: readonly Mark[], { revisions }: Axis): boolean {
  return marks.some(({ revision }) => revision <= revisions.at(-1)!);
}

function backgroundOf(
  { compactions }: Past,
  axis: Axis,
  looked: readonly number[],
  height: number,
): string[] {
  const half = axis.columnWidth / 2;
  const shapes: string[] = [];
  const last = compactions.at(-1);
  const top = HEAD_HEIGHT - 30;
  if (last !== undefined) {
    const width = axis.x(last) - half - axis.left;
    const title = `compacted at ${last}: nothing before it can be read`;
    const area = { class: 'compacted', x: axis.left, y: top, width, height: height - top };
    if (width > 0) shapes.push(shape('rect', area, title));
  }
  for (const revision of looked.filter((one) => axis.has(one))) {
    const x = axis.x(revision) - half;
    const area = { class: 'looked', x, y: 0, width: axis.columnWidth, height };
    shapes.push(
      shape('rect', area, `here: revision ${revision}`),
      label(axis.x(revision), 15, '▼', { class: 'alarm small', 'text-anchor': 'middle' }),
    );
  }
  for (const revision of compactions.filter((one) => axis.has(one))) {
    const x = axis.x(revision) - half;
    const name = revision === last ? 'edge' : 'edge past';
    const line = { class: name, x1: x, x2: x, y1: top, y2: height };
    shapes.push(shape('line', line, `compacted at ${revision}`));
  }
  return [
    ...shapes,
    label(12, HEAD_HEIGHT - 14, 'revision', { class: 'quiet' }),
    ...numbersOf(axis),
  ];
}

function numbersOf(axis: Axis): string[] {
  return axis.revisions.map((revision) =>
    label(axis.x(revision), HEAD_HEIGHT - 14, String(revision), {
      class: 'quiet',
      'text-anchor': 'middle',
    }),
  );
}

function drawRow({ key, marks }: PastRow, axis: Axis, y: number): string[] {
  const drawn = placedMarks(marks, axis);
  return [
    shape('line', { class: 'grid', x1: axis.left, x2: axis.width - 12, y1: y, y2: y }),
    label(12, y + 4, nameOf(key), {}, clipped(wordOf(key), 300)),
    ...drawn.flatMap(({ mark, x }, i) => drawLife(mark, x, drawn[i + 1]?.x, axis, y)),
    ...drawn
      .filter(({ mark }) => axis.has(mark.revision))
      .map(({ mark, x }) => drawMark(mark, x, y)),
  ];
}

interface Placed {
  readonly mark: Mark;
  readonly x: number;
}

/** What was before the stretch stands at its beginning, and what comes after it does not matter. */
function placedMarks(marks: readonly Mark[], axis: Axis): Placed[] {
  const [first, last] = [axis.revisions[0]!, axis.revisions.at(-1)!];
  return marks
    .filter(({ revision }) => revision <= last)
    .map((mark) => {
      if (mark.revision < first) return { mark, x: axis.left };
      const together = marks.filter(({ revision }) => revision === mark.revision);
      return { mark, x: placed(axis, mark.revision, together.indexOf(mark), together.length) };
    });
}

/** From a put to whatever is next, or on to the end. */
function drawLife(
  mark: Mark,
  x: number,
  next: number | undefined,
  axis: Axis,
  y: number,
): string[] {
  if (mark.kind === 'tombstone') return [];
  const end = next ?? axis.width - 16;
  const className = mark.isGone ? 'life gone' : 'life';
  const bar = { class: className, x, y: y - 5, width: Math.max(0, end - x), height: 10, rx: 2 };
  return [shape('rect', bar)];
}

function drawMark({ kind, version, isGone, text }: Mark, x: number, y: number): string {
  const title = clipped(isGone ? `${text}, taken by compaction` : text, 300);
  const gone = isGone ? ' gone' : '';
  if (kind === 'tombstone') return cross(x, y, 6, `tombstone${gone}`, title);
  const number = { class: `put-number${gone}`, 'text-anchor': 'middle' };
  const dot = { class: `put${gone}`, cx: x, cy: y, r: RADIUS };
  return shape('circle', dot, title) + label(x, y + 4, String(version), number, title);
}
