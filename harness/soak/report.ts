/** The report of a soak: one page that needs nothing else, with what the process held over time. */
import type { Sample } from './heap.ts';
import type { SoakResult } from './watch-soak.ts';

const WIDTH = 720;
const HEIGHT = 320;
const LEFT = 60;
const RIGHT = 16;
const TOP = 34;
const BOTTOM = 34;
const MEBIBYTE = 1024 * 1024;

const STYLE = `
  body { font: 14px/1.5 system-ui, sans-serif; max-width: 760px; margin: 2em auto; padding: 0 1em;
         background: #ffffff; color: #1f2328 }
  td, th { padding: 2px 16px 2px 0; text-align: left } text { font-size: 11px; fill: #59636e }
  .grid { stroke: #d1d9e0 } .held { stroke: #0969da; fill: none; stroke-width: 2 }
  .resident { stroke: #bc4c00; fill: none; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    body { background: #0d1117; color: #f0f6fc } text { fill: #9198a1 } .grid { stroke: #3d444d }
    .held { stroke: #58a6ff } .resident { stroke: #f0883e }
  }
`;

export function reportOf(result: SoakResult): string {
  const rows = result.consumers.map(
    ({ name, events, overtaken }) =>
      `<tr><td>${escaped(name)}</td><td>${events}</td><td>${overtaken}</td></tr>`,
  );
  const problems = result.problems.map((problem) => `<li>${escaped(problem)}</li>`);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Varve, watch soak</title>',
    `<style>${STYLE}</style></head><body>`,
    `<h1>Watch soak, ${Math.round(result.seconds)} s</h1>`,
    `<p>${escaped(summaryOf(result))}</p>`,
    plotOf(result.samples),
    '<table><tr><th>consumer</th><th>events</th><th>overtaken by compaction</th></tr>',
    ...rows,
    '</table>',
    problems.length === 0
      ? '<p>Every event kept every guarantee.</p>'
      : `<ul>${problems.join('')}</ul>`,
    '</body></html>\n',
  ].join('\n');
}

export function summaryOf(result: SoakResult): string {
  const { revision, compactRevision, defragmentations, growth, problems } = result;
  const { earlyBytes, lateBytes, isFlat } = growth;
  return (
    `${revision} revisions, compacted at ${compactRevision}, defragmented ${defragmentations} times; ` +
    `held ${mebibytes(earlyBytes)} MiB in the second quarter and ${mebibytes(lateBytes)} MiB in the ` +
    `last: ${isFlat ? 'flat' : 'it grows'}; ${problems.length} broken guarantees`
  );
}

/** Straight axes from zero: what is flat looks flat. */
function plotOf(samples: readonly Sample[]): string {
  const last = Math.max(1, ...samples.map(({ seconds }) => seconds));
  const most = Math.max(1, ...samples.map(({ residentBytes }) => residentBytes / MEBIBYTE));
  const x = (seconds: number): number => LEFT + (seconds / last) * (WIDTH - LEFT - RIGHT);
  const y = (bytes: number): number =>
    HEIGHT - BOTTOM - (bytes / MEBIBYTE / most) * (HEIGHT - TOP - BOTTOM);
  const line = (style: string, of: (sample: Sample) => number): string => {
    const places = samples.map(
      (sample) => `${x(sample.seconds).toFixed(1)} ${y(of(sample)).toFixed(1)}`,
    );
    return `<path class="${style}" d="M${places.join('L')}"/>`;
  };
  const rows = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(share * most * MEBIBYTE).toFixed(1);
    return (
      `<line class="grid" x1="${LEFT}" y1="${at}" x2="${WIDTH - RIGHT}" y2="${at}"/>` +
      `<text x="${LEFT - 6}" y="${at}" text-anchor="end">${(share * most).toFixed(0)} MiB</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    '<title>Memory over time</title>',
    `<text x="${LEFT}" y="16">thick: held after a full collection; thin: resident</text>`,
    ...rows,
    line('resident', ({ residentBytes }) => residentBytes),
    line('held', ({ heldBytes }) => heldBytes),
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${last.toFixed(0)} s</text>`,
    '</svg>',
  ].join('\n');
}

const mebibytes = (bytes: number): string => (bytes / MEBIBYTE).toFixed(1);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
