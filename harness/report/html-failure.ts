/** The failure in words: what was done, and how the answer differs. */
import type { Evidence } from '../targets/divergence.ts';
import { comparisonOf, type Part, type Row } from './comparison.ts';
import { escaped, section } from './html-text.ts';
import type { Failure } from './run-report.ts';
import { foundIn, numberedLines, remainder } from './story.ts';

export function failureSections(failure: Failure): string[] {
  const { evidence, message, stack } = failure;
  if (evidence === undefined) {
    return [
      section('error', 'The error', `<p class="dim">${escaped(foundIn(failure))}.</p>`, pre(stack)),
    ];
  }
  const { program, should, does, lanes } = evidence;
  const hasAnswers = should.length + does.length > 0;
  const isTold = hasAnswers || lanes.some(({ broken }) => broken.length > 0);
  const rest = remainder(message, program);
  return [
    section(
      'program',
      'The program',
      `<p class="dim">${escaped(foundIn(failure))}.</p>`,
      list(evidence),
      ...stackOf(failure),
    ),
    ...(isTold || rest.length === 0
      ? []
      : [section('message', 'What is wrong', pre(rest.join('\n')))]),
    ...(hasAnswers ? [section('answers', 'The answer that differs', ...sides(evidence))] : []),
  ];
}

/** Where it was thrown, for those who go after it. */
function stackOf({ stack }: Failure): string[] {
  if (stack.trim() === '') return [];
  return [`<details><summary>Stack</summary>${pre(stack)}</details>`];
}

const pre = (text: string): string => `<pre class="box">${escaped(text)}</pre>`;

/** The last line is the one that was answered wrongly, unless that was asked after the program. */
function list({ program, operation }: Evidence): string {
  const lines = numberedLines(program);
  const here = operation !== '' && program.at(-1) === operation ? lines.length - 1 : -1;
  const items = lines.map(({ label, text }, i) => {
    const kind = i === here ? 'here' : label === '' ? 'comment' : '';
    const attribute = kind === '' ? '' : ` class="${kind}"`;
    return `<li${attribute}><span class="number">${label}</span><span>${escaped(text)}</span></li>`;
  });
  return `<ol class="program box">\n${items.join('\n')}\n</ol>`;
}

const SIGNS: Readonly<Record<Row['kind'], readonly [sign: string, name: string]>> = {
  same: ['', 'the same'],
  changed: ['~', 'differs'],
  missing: ['−', 'missing'],
  extra: ['+', 'too much'],
};

function sides({ operation, should, does }: Evidence): string[] {
  const rows = comparisonOf(should, does).map((row) => {
    const [sign, name] = SIGNS[row.kind];
    const cells = [row.should, row.does].map((parts) => `<td>${marked(parts)}</td>`);
    const first = `<td class="sign" title="${name}">${sign}</td>`;
    return `<tr class="${row.kind}">${first}${cells.join('')}</tr>`;
  });
  return [
    ...(operation === '' ? [] : [`<p><code>${escaped(operation.replace(/^# /, ''))}</code></p>`]),
    '<table class="sides mono"><thead><tr><th class="sign" scope="col" aria-label="difference"></th>',
    '<th scope="col">should answer</th><th scope="col">answers</th></tr></thead><tbody>',
    ...rows,
    '</tbody></table>',
  ];
}

function marked(parts: readonly Part[]): string {
  if (parts.length === 0) return '<span class="none">nothing</span>';
  return parts
    .map(({ text, differs }) => {
      if (!differs) return escaped(text);
      // An indent is no part of the difference.
      const indent = /^\s*/.exec(text)![0];
      return `${indent}<mark>${escaped(text.slice(indent.length))}</mark>`;
    })
    .join('');
}
