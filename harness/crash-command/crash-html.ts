/**
 * A run of `varve-harness crash` as one page that needs nothing else. After a failure it shows what was done,
 * what is wrong with what was found, and the disk sector by sector, before the crash and after it; how often
 * each operation, fault and damage took part is last.
 */
import type { FileFate, SectorFate } from '../disk/fates.ts';
import { STYLE } from '../report/html-style.ts';
import { escaped, row, section, tableHead } from '../report/html-text.ts';
import { counted, durationText, grouped, perSecond } from '../report/text.ts';
import {
  type CrashRunReport,
  type FoundPartFailure,
  isClean,
  type PartReport,
} from './crash-report.ts';
import { verdictOf } from './crash-text.ts';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

const OWN_STYLE = `
  .file { margin: 14px 0 } .file h3 { margin: 0 0 4px } .file small { color: var(--dim) }
  .sectors { display: flex; flex-wrap: wrap; gap: 2px; margin: 2px 0 }
  .sectors i { width: 15px; height: 15px; border-radius: 2px; background: var(--gone) }
  .sectors .synced { background: var(--accent) } .sectors .new { background: var(--good) }
  .sectors .between { background: var(--warn) }
  .sectors .old { background: var(--accent-back); box-shadow: inset 0 0 0 2px var(--accent) }
  .sectors .torn { background: linear-gradient(135deg, var(--good) 50%, var(--accent-back) 50%) }
  .sectors .zeros { background: var(--page); box-shadow: inset 0 0 0 2px var(--bad) }
  .sectors .damaged { background: var(--bad) }
  .sectors .cut { background: none; box-shadow: inset 0 0 0 1px var(--line) }
  .key { display: flex; flex-wrap: wrap; gap: 6px 18px; font-size: 13px; color: var(--dim) }
  .key span { display: flex; gap: 6px; align-items: center }
  ul.wrong { margin: 0; padding: 12px 16px 12px 34px }
`;

export function crashHtmlOf(report: CrashRunReport): string {
  const word = isClean(report) ? 'clean' : 'failed';
  const failed = report.parts.flatMap(({ part, failure }) =>
    failure === undefined ? [] : failureSections(part, failure),
  );
  return `${[
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${word}: varve crash trials</title>`,
    `<style>${STYLE}${OWN_STYLE}</style></head><body>`,
    '<header>',
    `<p class="over"><span class="badge ${word}">${word}</span>Varve crash trials</p>`,
    `<h1>${escaped(verdictOf(report).replace(/^\w+: /, ''))}</h1>`,
    figures(report),
    '</header><main>',
    ...failed,
    ...report.parts.map(coveredSection),
    '</main></body></html>',
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

function failureSections(part: string, failure: FoundPartFailure): string[] {
  const { run, at, replay, story, problems, disk } = failure;
  const lines = story.map(
    (line, i) => `<li><span class="number">${i + 1}</span><span>${escaped(line)}</span></li>`,
  );
  return [
    `<div class="box replay"><div><p>To run it again</p><pre>${escaped(replay)}</pre></div></div>`,
    section(
      `${part}-wrong`,
      'What is wrong',
      `<ul class="broken wrong">${problems
        .map((problem) => `<li><pre>${escaped(problem)}</pre></li>`)
        .join('')}</ul>`,
    ),
    section(
      `${part}-story`,
      'What was done',
      `<p class="dim">Run ${run} of ${escaped(part)}; the fault came at ${escaped(at)}.</p>`,
      `<ol class="program box">${lines.join('\n')}</ol>`,
    ),
    ...(disk === undefined ? [] : [diskSection(part, disk)]),
  ];
}

const MEANINGS: Readonly<Record<SectorFate, string>> = {
  synced: 'synced before',
  new: 'written since, and kept',
  old: 'written since, and lost',
  between: 'an earlier one of several writes',
  torn: 'half of it kept',
  zeros: 'zeros instead',
  damaged: 'damaged',
  cut: 'beyond the end of the file',
};

function diskSection(part: string, disk: readonly FileFate[]): string {
  const key = Object.entries(MEANINGS).map(
    ([fate, meaning]) =>
      `<span><i class="sectors"><i class="${fate}"></i></i>${escaped(meaning)}</span>`,
  );
  return section(
    `${part}-disk`,
    'The disk, before and after',
    '<p class="dim">A square for each 512 bytes.</p>',
    `<div class="key">${key.join('')}</div>`,
    ...disk.map(fileOf),
  );
}

const NAMES: Readonly<Record<FileFate['name'], string>> = {
  kept: '',
  lost: 'the name was lost',
  older: 'the name leads to an older file again',
  back: 'removed, and back again',
};

function fileOf({ path, name, bytesBefore, bytesAfter, sectors }: FileFate): string {
  const bytes = `${grouped(bytesBefore)} bytes before, ${grouped(bytesAfter)} after`;
  const note = [NAMES[name], bytes].filter(Boolean).join('; ');
  const squares = sectors.map(
    (fate, i) => `<i class="${fate}" title="sector ${i}: ${escaped(MEANINGS[fate])}"></i>`,
  );
  return [
    `<div class="file"><h3><code>${escaped(path)}</code> <small>${escaped(note)}</small></h3>`,
    `<div class="sectors">${squares.join('')}</div></div>`,
  ].join('');
}

function coveredSection({ part, unit, runs, judged, seconds, covered }: PartReport): string {
  const most = Math.log1p(Math.max(1, ...covered.map(([, times]) => times)));
  const rows = covered.map(([kind, times]) => {
    const share = ((Math.log1p(times) / most) * 100).toFixed(1);
    const bar = `<span class="bar" style="width:${share}%"></span>`;
    return row([escaped(kind), grouped(times), bar]);
  });
  return section(
    part,
    `${part}: what took part`,
    `<p>${grouped(judged)} ${escaped(unit)} in ${counted(runs, 'run')}, ${durationText(seconds)}.`,
    '<span class="dim">Bars are logarithmic.</span></p>',
    `<table>${tableHead(['kind', 'times', ''])}<tbody>${rows.join('\n')}</tbody></table>`,
  );
}
