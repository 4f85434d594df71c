/**
 * A lane for each watch: batches as boxes from their first event to their revision, in the order they came.
 * A batch that goes back begins a new line, so what came late or twice is below what it came after. Missing
 * events have a line of their own.
 */
import type { Made } from '../../spec/guarantees/chronicle.ts';
import type { Lane, LaneEvent } from '../targets/divergence.ts';
import { type LaneMarks, laneMarksOf } from './difference.ts';
import { type Axis, cross, label, placed, shape } from './html-axis.ts';
import { clipped } from './text.ts';

const LINE_HEIGHT = 28;
const GAP = 32;
const DOT = 5;
const TITLE_CHARS_MAX = 300;

type Batch = Lane['batches'][number];

interface Box {
  readonly batch: Batch;
  /** How many came before it. */
  readonly number: number;
  readonly line: number;
  readonly first: number;
  readonly last: number;
}

export interface Drawn {
  readonly shapes: readonly string[];
  readonly height: number;
}

export function drawLanes(
  lanes: readonly Lane[],
  made: readonly Made[],
  axis: Axis,
  top: number,
): Drawn {
  let y = top;
  const shapes = lanes.flatMap((lane) => {
    const drawn = drawLane(lane, laneMarksOf(lane, made), axis, y);
    y += drawn.height;
    return drawn.shapes;
  });
  return { shapes, height: y - top };
}

function drawLane(lane: Lane, marks: LaneMarks, axis: Axis, top: number): Drawn {
  const boxes = boxesOf(lane.batches);
  const lines = (boxes.at(-1)?.line ?? 0) + 1;
  const yOf = (line: number): number => top + GAP + (line + 0.5) * LINE_HEIGHT;
  const isBroken = lane.broken.length > 0;
  const missing = marks.missing.filter(({ revision }) => axis.has(revision));
  const rest = missing.length === 0 ? [] : drawMissing(missing, axis, yOf(lines));
  const rule = { class: 'grid', x1: 8, x2: axis.width - 8, y1: top + GAP / 2, y2: top + GAP / 2 };
  const name = { class: isBroken ? 'title alarm' : 'title' };
  const shapes = [
    shape('line', rule),
    label(12, yOf(0) + 4, lane.name, name, clipped(lane.asked, TITLE_CHARS_MAX)),
    ...drawFrom(lane, axis, top + GAP - 1),
    ...boxes.flatMap((box) => drawBatch(box, marks, axis, yOf(box.line))),
    ...rest,
  ];
  return { shapes, height: GAP + (lines + (rest.length > 0 ? 1 : 0)) * LINE_HEIGHT };
}

function boxesOf(batches: readonly Batch[]): Box[] {
  let line = 0;
  let taken = 0;
  return batches.map((batch, number) => {
    const all = [batch.revision, ...batch.events.map(({ revision }) => revision)];
    const [first, last] = [Math.min(...all), Math.max(...all)];
    // What is at the same revision would hide the one before.
    if (first <= taken) line++;
    taken = last;
    return { batch, number, line, first, last };
  });
}

/** Where it was asked to begin. */
function drawFrom({ from }: Lane, axis: Axis, y: number): string[] {
  if (from < axis.revisions[0]! || from > axis.revisions.at(-1)!) return [];
  const x = axis.x(from) - axis.columnWidth / 2 + 2;
  return [label(x, y, `from ${from}`, { class: 'small quiet' })];
}

function drawBatch(box: Box, marks: LaneMarks, axis: Axis, y: number): string[] {
  const { batch, number, first, last } = box;
  if (last < axis.revisions[0]! || first > axis.revisions.at(-1)!) return [];
  const { revision, progress, events } = batch;
  const isWrong = marks.bookmarks.has(revision);
  const what = progress ? 'progress batch' : `batch with ${events.length} events`;
  const title = `${what}, number ${number}, revision ${revision}`;
  if (progress && events.length === 0) {
    const x = axis.x(revision);
    const d = `M${x} ${y - 7}L${x + 7} ${y}L${x} ${y + 7}L${x - 7} ${y}Z`;
    return [shape('path', { class: isWrong ? 'progress wrong' : 'progress', d }, title)];
  }
  const half = axis.columnWidth / 2 - 2;
  const left = Math.max(axis.left, axis.x(first) - half);
  const right = axis.x(last) + half;
  const frame = { x: left, y: y - 10, width: right - left, height: 20, rx: 6 };
  const mark = axis.x(revision) + half;
  const bookmark = { x1: mark, x2: mark, y1: y - 11, y2: y + 11 };
  return [
    shape('rect', { class: isWrong ? 'batch wrong' : 'batch', ...frame }, title),
    shape('line', { class: 'bookmark', ...bookmark }, title),
    ...events
      .filter((event) => axis.has(event.revision))
      .map((event) => drawEvent(event, events, marks, axis, y)),
  ];
}

function drawEvent(
  event: LaneEvent,
  events: readonly LaneEvent[],
  { named }: LaneMarks,
  axis: Axis,
  y: number,
): string {
  const together = events.filter(({ revision }) => revision === event.revision);
  const x = placed(axis, event.revision, together.indexOf(event), together.length);
  const guarantees = named.get(event.text);
  const title = clipped(event.text, TITLE_CHARS_MAX);
  const told = guarantees === undefined ? title : `${title}, against ${guarantees.join(', ')}`;
  const ring = { class: 'wrong ring', cx: x, cy: y, r: DOT + 3 };
  const mark =
    event.type === 'delete'
      ? cross(x, y, DOT - 1, 'tombstone', told)
      : shape('circle', { class: 'put', cx: x, cy: y, r: DOT }, told);
  return guarantees === undefined ? mark : mark + shape('circle', ring, told);
}

function drawMissing(missing: readonly Made[], axis: Axis, y: number): string[] {
  const dots = missing.map((one) => {
    const together = missing.filter(({ revision }) => revision === one.revision);
    const x = placed(axis, one.revision, together.indexOf(one), together.length);
    const title = `missing: ${clipped(one.text, TITLE_CHARS_MAX)}`;
    return shape('circle', { class: 'missing', cx: x, cy: y, r: DOT + 1 }, title);
  });
  return [label(12, y + 4, 'missing', { class: 'alarm small' }), ...dots];
}
