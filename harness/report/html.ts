/**
 * A run as one page that needs nothing else: no network, and no scripts but for a button that copies. What it
 * comes to is on top; after a failure come the command that runs it again, the program, the answers side by
 * side, the history as a picture, and what watches showed; how often each rule was exercised is last.
 */
import { coverageSection, figures } from './html-coverage.ts';
import { failureSections } from './html-failure.ts';
import { historySection } from './html-history.ts';
import { STYLE } from './html-style.ts';
import { escaped } from './html-text.ts';
import { watchesSection } from './html-watches.ts';
import type { Failure, RunReport } from './run-report.ts';
import { verdictOf } from './verdict.ts';

/** The browser holds the page to it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

const SCRIPT = `
  const button = document.querySelector('button');
  if (button && navigator.clipboard) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.querySelector('.replay pre').textContent);
      button.textContent = 'Copied';
    });
  }
`;

export function htmlOf(report: RunReport): string {
  const { failure, target, profile } = report;
  const { word, text } = verdictOf(report);
  const title = `${word}: varve conformance, ${target}, ${profile}`;
  return `${[
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style></head><body>`,
    '<header>',
    `<p class="over"><span class="badge ${word}">${word}</span>Varve conformance</p>`,
    `<h1>${escaped(sentence(text))}</h1>`,
    figures(report),
    ...(failure === undefined ? [] : [replayBox(failure)]),
    '</header><main>',
    ...(failure === undefined ? [] : sectionsOf(failure)),
    ...coverageSection(report),
    '</main>',
    ...(failure === undefined ? [] : [`<script>${SCRIPT}</script>`]),
    '</body></html>',
  ].join('\n')}\n`;
}

function sectionsOf(failure: Failure): string[] {
  const { evidence } = failure;
  const seen =
    evidence === undefined ? [] : [...historySection(evidence), ...watchesSection(evidence)];
  return [...failureSections(failure), ...seen];
}

function replayBox({ replay }: Failure): string {
  return [
    '<div class="box replay"><div><p>To run it again</p>',
    `<pre>${escaped(replay)}</pre></div><button type="button" hidden>Copy</button></div>`,
  ].join('\n');
}

const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
