/**
 * A run of `varve-harness crash` as one page that needs nothing else: no network, and no scripts but for buttons
 * that copy. After a failure it shows what is wrong with what was found, what was done, and the disk sector
 * by sector, before the crash and after it; how often each operation, fault and damage took part is last.
 */
import { STYLE } from '../report/html-style.ts';
import { escaped, section } from '../report/html-text.ts';
import { counted, durationText, grouped, perSecond } from '../report/text.ts';
import { DISK_STYLE } from './crash-html-disk.ts';
import { failureSections } from './crash-html-failure.ts';
import type { CrashRunReport, PartReport } from './crash-report.ts';
import { crashVerdictOf } from './crash-verdict.ts';

/** The browser holds the page to it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

const SCRIPT = `
  for (const button of navigator.clipboard ? document.querySelectorAll('button') : []) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.parentNode.querySelector('pre').textContent);
      button.textContent = 'Copied';
    });
  }
`;

/** Tables beside each other: a long one would be mostly empty. */
const TABLES = 2;
const ROWS_MIN = 8;

const OWN_STYLE = `
  .rules.kinds { grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)) }
  .rules.kinds table { max-width: none }
  .rules.kinds td:first-child { width: auto; font-weight: 400; white-space: normal }
  .rules.kinds td.number { width: 84px } .rules.kinds td:last-child { width: 28% }
  ol.program .event { font-weight: 600 } ol.program .comment { padding-left: 32px }
  .broken pre { overflow-wrap: anywhere } ul.broken:has(li:only-child) { list-style: none;
       padding-left: 16px }
`;

export function crashHtmlOf(report: CrashRunReport): string {
  const { word, text } = crashVerdictOf(report);
  const failed = report.parts.flatMap(({ part, failure }) =>
    failure === undefined ? [] : failureSections(part, failure),
  );
  return `${[
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${word}: varve crash trials</title>`,
    `<style>${STYLE}${DISK_STYLE}${OWN_STYLE}</style></head><body>`,
    '<header>',
    `<p class="over"><span class="badge ${word}">${word}</span>Varve crash trials</p>`,
    `<h1>${escaped(text.slice(0, 1).toUpperCase() + text.slice(1))}</h1>`,
    figures(report),
    '</header><main>',
    ...failed,
    ...report.parts.map(coveredSection),
    '</main>',
    ...(failed.length === 0 ? [] : [`<script>${SCRIPT}</script>`]),
    '</body></html>',
  ].join('\n')}\n`;
}

function figures({ parts, seed, workers, version, node }: CrashRunReport): string {
  const items = [
    ...parts.map(({ unit, judged, seconds }) => [
      unit,
      grouped(judged),
      `${grouped(perSecond(judged, seconds))} a second`,
    ]),
    ['workers', `${workers}`, `seed ${seed}`],
    ['version', version, `node ${node}`],
  ].map(
    ([name = '', value = '', more = '']) =>
      `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}<small>${escaped(more)}</small></dd></div>`,
  );
  return `<dl class="figures">\n${items.join('\n')}\n</dl>`;
}

function coveredSection({ part, unit, runs, judged, seconds, covered }: PartReport): string {
  const what = `${grouped(judged)} ${escaped(unit)} in ${counted(runs, 'run')}`;
  const most = Math.log1p(Math.max(1, ...covered.map(([, times]) => times)));
  const rows = covered.map(([kind, times]) => {
    const share = ((Math.log1p(times) / most) * 100).toFixed(1);
    const bar = `<span class="bar" style="width:${share}%"></span>`;
    return `<tr><td>${escaped(kind)}</td><td class="number">${grouped(times)}</td><td>${bar}</td></tr>`;
  });
  return section(
    part,
    `${part}: what took part`,
    `<p>${what}, ${durationText(seconds)}. <span class="dim">Bars are logarithmic.</span></p>`,
    `<div class="rules kinds">${tables(rows).join('\n')}</div>`,
  );
}

function tables(rows: readonly string[]): string[] {
  const each = Math.max(ROWS_MIN, Math.ceil(rows.length / TABLES));
  const head = [
    '<thead><tr><th scope="col">kind</th><th scope="col" class="number">times</th>',
    '<th scope="col" aria-label="share"></th></tr></thead>',
  ].join('');
  return Array.from({ length: Math.ceil(rows.length / each) }, (_, i) => {
    const some = rows.slice(i * each, (i + 1) * each);
    return `<table>${head}<tbody>${some.join('\n')}</tbody></table>`;
  });
}
