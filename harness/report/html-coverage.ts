/** The figures of a run, and which rules it exercised how often. */
import { escaped, section } from './html-text.ts';
import type { RunReport } from './run-report.ts';
import { compareRules, counted, durationText, grouped, perSecond } from './text.ts';

/** Tables beside each other: a long one would be mostly empty. */
const TABLES = 3;

export function figures(report: RunReport): string {
  const { target, profile, seed, runs, operations, seconds, workers, rules, missing } = report;
  const total = Object.keys(rules).length;
  const list: readonly (readonly [name: string, value: string, more: string])[] = [
    ['target', target, `profile ${profile}`],
    ['runs', grouped(runs), `on ${counted(workers, 'worker')}`],
    ['operations', grouped(operations), `${grouped(perSecond(operations, seconds))} a second`],
    ['time', durationText(seconds), `seed ${seed}`],
    ['rules', `${total - missing.length} of ${total}`, 'exercised'],
    ['version', report.version, `node ${report.node}`],
  ];
  const items = list.map(
    ([name, value, more]) =>
      `<div><dt>${name}</dt><dd>${escaped(value)}<small>${escaped(more)}</small></dd></div>`,
  );
  return `<dl class="figures">\n${items.join('\n')}\n</dl>`;
}

/** What was never exercised comes first. */
export function coverageSection({ rules, missing }: RunReport): string[] {
  const never = new Set(missing);
  const all = Object.entries(rules).map(([rule, times]) => ({ rule, times, isZero: times === 0 }));
  // A rule may be missing without being counted.
  for (const rule of missing) {
    if (!Object.hasOwn(rules, rule)) all.push({ rule, times: 0, isZero: true });
  }
  if (all.length === 0) return [];
  all.sort((a, b) => Number(b.isZero) - Number(a.isZero) || compareRules(a.rule, b.rule));
  const most = Math.max(1, ...all.map(({ times }) => times));
  const lines = all.map(({ rule, times, isZero }) =>
    isZero ? zeroRow(rule, never.has(rule)) : timesRow(rule, times, most),
  );
  const each = Math.ceil(lines.length / Math.min(TABLES, Math.ceil(lines.length / 8)));
  const tables: string[] = [];
  for (let first = 0; first < lines.length; first += each) {
    tables.push(table(lines.slice(first, first + each)));
  }
  const summary =
    missing.length === 0
      ? `All ${counted(all.length, 'rule')} were exercised.`
      : `${counted(missing.length, 'rule')} of ${all.length} never exercised.`;
  return [
    section(
      'rules',
      'Rules',
      `<p>${summary} <span class="dim">Bars are logarithmic.</span></p>`,
      `<div class="rules">${tables.join('\n')}</div>`,
    ),
  ];
}

function table(lines: readonly string[]): string {
  const head = [
    '<th scope="col">rule</th><th scope="col" class="number">times</th>',
    '<th scope="col" aria-label="share"></th>',
  ];
  return `<table><thead><tr>${head.join('')}</tr></thead><tbody>${lines.join('\n')}</tbody></table>`;
}

function zeroRow(rule: string, isMissing: boolean): string {
  const text = isMissing ? 'never exercised' : '';
  return `<tr class="zero"><td>${escaped(rule)}</td><td class="number">0</td><td>${text}</td></tr>`;
}

/** From once to the most there is, each step of the bar ten times the one before. */
function timesRow(rule: string, times: number, most: number): string {
  const share = Math.log1p(times) / Math.log1p(most);
  const bar = `<span class="bar" style="width:${(share * 100).toFixed(1)}%"></span>`;
  const cells = [`<td class="number">${grouped(times)}</td>`, `<td>${bar}</td>`];
  return `<tr><td>${escaped(rule)}</td>${cells.join('')}</tr>`;
}
