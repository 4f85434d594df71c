/** What stands below the picture: what its signs mean, what it leaves out, and all of it as a table. */
import type { Axis } from './html-axis.ts';
import { cross, shape } from './html-axis.ts';
import { escaped, row, tableHead } from './html-text.ts';
import type { Past } from './past.ts';
import { counted } from './text.ts';

const dot = (name: string): string => shape('circle', { class: name, cx: 11, cy: 8, r: 6 });

const SIGNS: readonly (readonly [sign: string, meaning: string])[] = [
  [dot('put'), 'put, with its version'],
  [cross(11, 8, 5, 'tombstone', 'tombstone'), 'tombstone'],
  [shape('rect', { class: 'life', x: 1, y: 4, width: 20, height: 8, rx: 2 }), 'the key is alive'],
  [dot('put gone'), 'taken by compaction'],
  [shape('rect', { class: 'compacted', x: 0, y: 1, width: 22, height: 14 }), 'cannot be read'],
  [shape('rect', { class: 'looked', x: 0, y: 1, width: 22, height: 14 }), 'here it differs'],
];

const LANE_SIGNS: readonly (readonly [sign: string, meaning: string])[] = [
  [shape('rect', { class: 'batch', x: 1, y: 2, width: 20, height: 12, rx: 4 }), 'batch'],
  [shape('line', { class: 'bookmark', x1: 11, x2: 11, y1: 1, y2: 15 }), 'its revision'],
  [shape('path', { class: 'progress', d: 'M11 2L17 8L11 14L5 8Z' }), 'progress batch'],
  [dot('missing'), 'missing'],
  [dot('put wrong'), 'named by a broken guarantee'],
];

export function legendOf(hasLanes: boolean): string {
  const items = [...SIGNS, ...(hasLanes ? LANE_SIGNS : [])].map(
    ([sign, meaning]) =>
      `<li><svg width="22" height="16" aria-hidden="true">${sign}</svg>${escaped(meaning)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

/** What is not in the picture. */
export function figureNotes(axis: Axis, past: Past, rows: number): string {
  const notes = [
    axis.before > 0 ? `${counted(axis.before, 'revision')} before these are not drawn` : '',
    axis.after > 0 ? `${counted(axis.after, 'revision')} after these are not drawn` : '',
    rows < past.rows.length ? `${counted(past.rows.length - rows, 'key')} are not drawn` : '',
  ].filter((note) => note !== '');
  return notes.length === 0 ? '' : `<figcaption>${escaped(notes.join('; '))}.</figcaption>`;
}

export function changesTable({ rows, compactions }: Past): string {
  const marks = rows.flatMap((one) => one.marks);
  if (marks.length === 0) return '';
  const lines = marks
    .toSorted((a, b) => a.revision - b.revision || a.sub - b.sub)
    .map(({ revision, sub, text, isGone }) =>
      row(
        [String(revision), String(sub), escaped(text.replace(/^\d+ /, '')), isGone ? 'taken' : ''],
        isGone ? 'gone' : '',
      ),
    );
  const at = compactions.length === 0 ? '' : `, compacted at ${compactions.join(', ')}`;
  return [
    `<details><summary>${counted(marks.length, 'change')} as a table${at}</summary>`,
    `<table class="mono batches">${tableHead(['revision', 'sub', 'change', 'by compaction'])}<tbody>`,
    ...lines,
    '</tbody></table></details>',
  ].join('\n');
}
