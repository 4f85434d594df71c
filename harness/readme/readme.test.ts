/**
 * The README's programs run as written: each, against the compiled package, prints the output that stands
 * below it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../build.ts';
import { withDoors } from './doors.ts';

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
const PROGRAM = /```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g;
const programs = Array.from(readme.matchAll(PROGRAM), ([, text, output], at) => {
  return { number: at + 1, text: text!, output: output! };
});

test('every program of the README has its output below it', () => {
  expect(programs.length).toBeGreaterThan(0);
  expect(readme.split('```js\n').length - 1).toBe(programs.length);
});

test.each(programs)('program $number prints what stands below it', ({ text, output }) => {
  const directory = mkdtempSync(join(tmpdir(), 'varve-readme-'));
  try {
    const program = join(directory, 'example.mjs');
    writeFileSync(program, withDoors(text));
    const printed = execFileSync(process.execPath, [program], { cwd: directory, encoding: 'utf8' });
    expect(printed).toBe(output);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('the example stands on the first screen', () => {
  const lines = readme.split('\n');
  expect(lines.indexOf('```text')).toBeLessThan(40);
  expect(lines.indexOf('npm ci && npm run demo')).toBeLessThan(45);
});
