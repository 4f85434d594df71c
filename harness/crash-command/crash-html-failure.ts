/** One failure on the page: the command that runs it again, what is wrong, what was done, and the disk. */
import type { PartName } from '../crash/part.ts';
import { escaped, section } from '../report/html-text.ts';
import { numberedLines } from '../report/story.ts';
import { diskSection } from './crash-html-disk.ts';
import type { FoundPartFailure } from './crash-report.ts';

export function failureSections(part: PartName, failure: FoundPartFailure): string[] {
  const { run, at, replay, problems, story, disk } = failure;
  return [
    section(
      `${part}-wrong`,
      `${part}: what is wrong`,
      `<p class="dim">Run ${run}, at <code>${escaped(at)}</code>.</p>`,
      `<ul class="broken">${problems.map(problemItem).join('')}</ul>`,
      '<div class="box replay"><div><p>To run it again</p>',
      `<pre>${escaped(replay)}</pre></div><button type="button" hidden>Copy</button></div>`,
    ),
    section(`${part}-story`, `${part}: what was done`, storyList(story)),
    ...(disk === undefined ? [] : [diskSection(part, disk)]),
  ];
}

/** An error brings its stack along; what was broken stands out. */
function problemItem(problem: string): string {
  const [first = '', ...others] = problem.split('\n');
  const [, rule, rest] = /^(\w[\w ]{0,30}): (.*)$/s.exec(first) ?? [];
  const head =
    rule === undefined
      ? escaped(first)
      : `<strong>${escaped(rule)}</strong>: ${escaped(rest ?? '')}`;
  const more = others.length === 0 ? '' : `\n${escaped(others.join('\n'))}`;
  return `<li><pre>${head}${more}</pre></li>`;
}

/** Steps bear numbers; what befell the store stands out, and the last of that is where to look. */
function storyList(story: readonly string[]): string {
  const lines = numberedLines(story);
  const here = story.findLastIndex(isEvent);
  const items = lines.map(({ label, text }, i) => {
    const kind = i === here ? 'here' : isEvent(text) ? 'event' : label === '' ? 'comment' : '';
    const attribute = kind === '' ? '' : ` class="${kind}"`;
    const line = label === '' ? text.replace(/^#\s*/, '') : text;
    return `<li${attribute}><span class="number">${label}</span><span>${escaped(line)}</span></li>`;
  });
  return `<ol class="program box">\n${items.join('\n')}\n</ol>`;
}

/** What was said meanwhile is indented further. */
const isEvent = (line: string): boolean => /^# ?\S/.test(line);
