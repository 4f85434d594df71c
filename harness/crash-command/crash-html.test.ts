import { describe, expect, test } from 'vitest';
import { crashHtmlOf } from './crash-html.ts';
import type { CrashRunReport } from './crash-report.ts';
import { clean, disk, failed, failure, idle, killed, REPLAY, states } from './samples.testing.ts';

const TAG = /<(\/?)([a-z][a-z0-9]*)(?:\s+[\w-]+(?:="[^"<>]*")?)*>/g;

/** What is open that should not be, or closed that was not open, or no tag at all. */
function unbalanced(html: string): string[] {
  const body = html
    .replace('<!doctype html>', '')
    .replaceAll(/<(style|script)>.*?<\/\1>/gs, '<$1></$1>');
  const open: string[] = [];
  const problems: string[] = [];
  for (const [, slash, name] of body.matchAll(TAG)) {
    if (name === 'meta') continue;
    if (slash === '') open.push(name!);
    else if (open.pop() !== name) problems.push(`</${name}>`);
  }
  return [...problems, ...open, ...(body.replaceAll(TAG, '').match(/[<>].{0,20}/g) ?? [])];
}

const reports: readonly (readonly [string, CrashRunReport])[] = [
  ['clean', clean],
  ['failed', failed],
  ['killed', killed],
  ['nothing judged', idle],
  ['no part', { ...clean, parts: [] }],
];

describe.each(reports)('%s', (_, report) => {
  const html = crashHtmlOf(report);

  test('is well formed, and in need of nothing else', () => {
    expect(unbalanced(html)).toEqual([]);
    expect(html).not.toMatch(/https?:|\bsrc=|\bhref=|url\(|@import/);
    expect(html.match(/<h1>/g)).toHaveLength(1);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of html.matchAll(/aria-labelledby="([^"]+)"/g)) expect(ids).toContain(id);
  });
});

test('the check for that finds what is wrong', () => {
  expect(unbalanced('<p><b>x</p>')).not.toEqual([]);
  expect(unbalanced('<p>a < b</p>')).not.toEqual([]);
});

test('what comes from outside stays text', () => {
  const hostile = `</pre></script><script>alert(1)</script><b>&"'\x1b[31m`;
  const html = crashHtmlOf({
    ...clean,
    version: hostile,
    parts: [
      {
        ...states,
        unit: hostile,
        covered: [[hostile, 1]],
        failure: {
          ...failure,
          at: hostile,
          replay: hostile,
          problems: [hostile, `Rule: ${hostile}\n${hostile}`],
          story: [hostile, `# ${hostile}`, `#   ${hostile}`],
          disk: [{ ...disk[0]!, path: hostile }],
        },
      },
    ],
  });
  expect(unbalanced(html)).toEqual([]);
  expect(html).not.toContain('<b>');
  expect(html.match(/<script>/g)).toHaveLength(1);
  expect(html.match(/&lt;b&gt;&amp;&quot;&#39;\\x1b/g)!.length).toBeGreaterThanOrEqual(11);
  expect(html).not.toMatch(/[^\P{C}\n]/u);
});

test('a clean run has neither failures nor scripts', () => {
  const html = crashHtmlOf(clean);
  expect(html).toContain('<span class="badge clean">clean</span>');
  expect(html).not.toMatch(/what is wrong|<script|class="file"|To run it again/);
});

test('every kind is there, in tables beside each other', () => {
  const html = crashHtmlOf(clean);
  expect(html.match(/<td>flip in file \d+: refused<\/td>/g)).toHaveLength(300);
  expect(html.match(/<table>/g)).toHaveLength(3);
});

test('a failure: the command, what is wrong, what was done', () => {
  const html = crashHtmlOf(failed);
  expect(html).toContain(`<pre>${REPLAY}</pre>`);
  expect(html).toContain(
    '<li><pre><strong>Acknowledged</strong>: 3 was acknowledged, and the revision is 2</pre></li>',
  );
  expect(html).toContain('<li><span class="number">2</span><span>delete a # not awaited</span>');
  expect(html).toContain(
    '<li class="comment"><span class="number"></span><span>asked for revision 2: put a 1</span>',
  );
  expect(html.match(/<li class="here">/g)).toHaveLength(1);
  expect(html).toMatch(/<li class="here">.*the power fails before operation 9: sync names/);
});

test('the disk: two rows of squares for each file, and what nothing befell comes last', () => {
  const html = crashHtmlOf(failed);
  const rows = [...html.matchAll(/<div><span>(before|after)<\/span>(.*?)<\/div>/g)].map(
    ([, name, squares]) =>
      `${name} ${[...squares!.matchAll(/<i class="(\w+)"/g)].map(([, sector]) => sector).join(' ')}`,
  );
  expect(rows).toEqual([
    'before synced new new new',
    'after synced old torn cut',
    'before there there',
    'after cut cut',
    'before there',
    'after synced',
    'before cut',
    'after new',
    'before synced',
    'after synced',
  ]);
  expect(html).toMatch(/<summary>1 file as before<\/summary>.*\n?.*notes/);
  expect(html).toContain('title="sector 1: lost: as it was when it was synced"');
});

test('of a large file not every square is drawn, and the page says so', () => {
  const sectors = Array.from({ length: 5000 }, () => 'new' as const);
  const bytes = 5000 * 512;
  const file = { path: 'a', name: 'kept', bytesBefore: bytes, bytesAfter: bytes, sectors } as const;
  const parts = [{ ...states, failure: { ...failure, disk: [file] } }];
  const html = crashHtmlOf({ ...clean, parts });
  expect(html.match(/<i class="new" title="sector/g)).toHaveLength(2 * 1024);
  expect(html).toContain('and 3,976 more');
});
