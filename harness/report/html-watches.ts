/** Every watch in words: what it was asked for, what it broke, and what it showed, batch by batch. */
import { Chronicle } from '../../spec/guarantees/chronicle.ts';
import type { Evidence, Lane } from '../targets/divergence.ts';
import { type LaneMarks, laneMarksOf } from './difference.ts';
import { escaped, row, section, tableHead } from './html-text.ts';
import { counted } from './text.ts';

export function watchesSection({ lanes, changes }: Evidence): string[] {
  if (lanes.length === 0) return [];
  const { made } = Chronicle.of(changes);
  // What is broken comes first.
  const sorted = lanes.toSorted(
    (a, b) => Number(b.broken.length > 0) - Number(a.broken.length > 0),
  );
  return [
    section('watches', 'Watches', ...sorted.map((lane) => watch(lane, laneMarksOf(lane, made)))),
  ];
}

function watch(lane: Lane, marks: LaneMarks): string {
  const { name, asked, broken, batches } = lane;
  const state =
    broken.length === 0
      ? '<span class="badge clean">kept every guarantee</span>'
      : `<span class="badge failed">broke ${escaped(guaranteesOf(lane))}</span>`;
  const items = broken.map(
    ({ guarantee, text }) =>
      `<li><strong>${escaped(guarantee)}</strong>: <code>${escaped(text)}</code></li>`,
  );
  const table = [
    `<table class="mono batches">${tableHead(['batch', 'revision', 'kind', 'events'])}<tbody>`,
    ...batches.map((batch, number) => batchRow(batch, number, marks)),
    '</tbody></table>',
  ];
  return [
    `<h3>${escaped(name)} ${state}</h3>`,
    `<p class="mono dim">${escaped(asked)}</p>`,
    ...(items.length === 0 ? [] : [`<ul class="broken">${items.join('\n')}</ul>`]),
    ...(batches.length === 0 ? ['<p class="dim">It showed nothing.</p>'] : shown(lane, table)),
  ].join('\n');
}

function guaranteesOf({ broken }: Lane): string {
  return [...new Set(broken.map(({ guarantee }) => guarantee))].join(', ');
}

/** What is in order is not in the way. */
function shown({ broken, batches }: Lane, table: readonly string[]): string[] {
  if (broken.length > 0) return [...table];
  const summary = `<summary>${counted(batches.length, 'batch').replace(/hs$/, 'hes')}</summary>`;
  return ['<details>', summary, ...table, '</details>'];
}

function batchRow(batch: Lane['batches'][number], number: number, marks: LaneMarks): string {
  const { revision, progress, events } = batch;
  const lines = events.map(({ text }) => {
    const guarantees = marks.named.get(text);
    if (guarantees === undefined) return escaped(text);
    return `<mark>${escaped(text)}</mark> <small>${escaped(guarantees.join(', '))}</small>`;
  });
  const kind = progress ? 'progress' : 'events';
  const shownLines = lines.length === 0 ? '<span class="none">none</span>' : lines.join('<br>');
  const isWrong = marks.bookmarks.has(revision);
  return row([String(number), String(revision), kind, shownLines], isWrong ? 'wrong' : '');
}
