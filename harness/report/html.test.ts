import { expect, test } from 'vitest';
import { htmlOf } from './html.ts';
import type { RunReport } from './run-report.ts';
import {
  answerEvidence,
  answerFailure,
  clean,
  REPLAY,
  thrownFailure,
  watchFailure,
} from './samples.testing.ts';

const VOID: ReadonlySet<string> = new Set(['meta', 'br']);

/** What is open that should not be, or closed that was not open; the doctype aside. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  const problems: string[] = [];
  const body = html.replaceAll(/<(style|script)>.*?<\/\1>/gs, '<$1></$1>');
  for (const [, slash, name] of body.matchAll(
    /<(\/?)([a-z][a-z0-9]*)(?:\s+[\w-]+(?:="[^"<>]*")?)*>/g,
  )) {
    if (VOID.has(name!)) continue;
    if (slash === '') open.push(name!);
    else if (open.pop() !== name) problems.push(`</${name}>`);
  }
  // Whatever looks like a tag and is none would have been skipped.
  const rest = body
    .replace('<!doctype html>', '')
    .replaceAll(/<\/?[a-z][a-z0-9]*(?:\s+[\w-]+(?:="[^"<>]*")?)*>/g, '');
  return [...problems, ...open, ...(rest.match(/[<>].{0,20}/g) ?? [])];
}

const reports: readonly (readonly [string, RunReport])[] = [
  ['clean', clean],
  ['an answer', answerFailure],
  ['a watch', watchFailure],
  ['an error', thrownFailure],
];

test.each(reports)('well formed, and in need of nothing else: %s', (_, report) => {
  const html = htmlOf(report);
  expect(unbalanced(html)).toEqual([]);
  expect(html).not.toMatch(/https?:|\bsrc=|\bhref=|url\(|@import/);
  expect(html.match(/<h1>/g)).toHaveLength(1);
  expect(htmlOf(report)).toBe(html);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, id] of html.matchAll(/aria-labelledby="([^"]+)"/g)) expect(ids).toContain(id);
});

test('the check for that finds what is wrong', () => {
  expect(unbalanced('<p><b>x</p>')).not.toEqual([]);
  expect(unbalanced('<p>a < b</p>')).not.toEqual([]);
  expect(unbalanced('<p title="<b>">a</p>')).not.toEqual([]);
});

test('what comes from outside stays text', () => {
  const key = `<b>&"'`;
  const hostile = `3 create ${key}=</script><script>alert(1)</script>`;
  const failure = answerFailure.failure!;
  const evidence = {
    ...answerEvidence,
    program: [`put ${key} 1`, `# ${hostile}`],
    operation: `get ${key}`,
    should: [hostile],
    does: [key],
    changes: [{ type: 'put' as const, revision: 2, key, value: key, lease: 0n }],
    lanes: [
      {
        name: key,
        asked: hostile,
        from: 2,
        batches: [
          {
            revision: 2,
            progress: false,
            events: [{ revision: 2, type: 'put' as const, key, text: hostile }],
          },
        ],
        broken: [{ guarantee: key, text: `${hostile} never was` }],
      },
    ],
  };
  const html = htmlOf({
    ...answerFailure,
    target: key,
    profile: key,
    version: key,
    rules: { [key]: 0 },
    missing: [key],
    failure: { ...failure, replay: key, stack: hostile, evidence },
  });
  expect(unbalanced(html)).toEqual([]);
  expect(html).not.toContain('<b>');
  expect(html.match(/<script>/g)).toHaveLength(1);
  expect(html).toContain('&lt;b&gt;&amp;&quot;&#39;');
});

test('keys that cannot be printed are words', () => {
  const html = htmlOf(answerFailure);
  expect(html).toContain('\\x00\\xff');
  expect(html).not.toMatch(/[^\P{C}\n]/u);
});

test('a failure: the command, the program with its last line, the difference', () => {
  const html = htmlOf(answerFailure);
  expect(html).toContain(`<pre>${REPLAY.replaceAll("'", '&#39;')}</pre>`);
  expect(html).toContain(
    '<li class="here"><span class="number">10</span><span>range all rev=5</span></li>',
  );
  expect(html).toContain('version <mark>1</mark> lease');
  expect(html).toContain('version <mark>2</mark> lease');
  expect(html).toContain('<tr class="extra"><td class="sign" title="too much">+</td>');
  expect(html.match(/<rect class="looked"[^>]*><title>here: revision 5</g)).toHaveLength(1);
});

test('the history: what compaction took is hollow', () => {
  const html = htmlOf(answerFailure);
  const gone = [...html.matchAll(/<circle class="put gone"[^>]*><title>([^<]*)</g)];
  expect(gone.map(([, title]) => title)).toEqual([
    '2 create a=1 create 2 mod 2 version 1, taken by compaction',
    '3 put a=2 create 2 mod 3 version 2, taken by compaction',
  ]);
  expect(html).toMatch(/<path class="tombstone"[^>]*><title>5 delete a</);
  expect(html).toContain('compacted at 5: nothing before it can be read');
});

test('a watch: missing events, wrong ones, progress, and what it broke', () => {
  const html = htmlOf(watchFailure);
  const missing = [...html.matchAll(/<circle class="missing"[^>]*><title>missing: ([^<]*)</g)];
  expect(missing.map(([, title]) => title)).toEqual([
    '5 delete a',
    '7 create c=1 create 7 mod 7 version 1',
  ]);
  expect(html.match(/<circle class="wrong ring"/g)).toHaveLength(2);
  expect(html.match(/<path class="progress"[^>]*><title>/g)).toHaveLength(3);
  expect(html).toContain('<strong>Reliable</strong>: <code>5 delete a never came</code>');
  expect(html).toContain('kept every guarantee');
});

test('rules: what was never exercised is on top and marked', () => {
  const html = htmlOf(answerFailure);
  const rules = [...html.matchAll(/<tr(?: class="(zero)")?><td>(R\d+)</g)];
  expect(rules.map(([, zero, rule]) => (zero === undefined ? rule : `${rule} ${zero}`))).toEqual([
    'R83 zero',
    'R1',
    'R2',
    'R10',
    'R20',
    'R82',
    'R100',
  ]);
});

test('of a very long history a stretch is drawn, and the page says so', () => {
  const failure = answerFailure.failure!;
  const changes = Array.from({ length: 2000 }, (_, i) => {
    const key = `k${i}`;
    return { type: 'put' as const, revision: i + 2, key, value: '', lease: 0n };
  });
  const operation = 'get a rev=900';
  const evidence = { ...answerEvidence, changes, compactions: [], operation };
  const html = htmlOf({ ...answerFailure, failure: { ...failure, evidence } });
  expect(html).toContain('<title>here: revision 900</title>');
  expect(html).toContain('revisions after these are not drawn');
  expect(html.match(/<text /g)!.length).toBeLessThan(1000);
});
