/**
 * The README's first screen runs as written: its example, against the compiled package, prints the
 * output that stands below it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { compiled, repositoryRoot } from '../build.ts';

function block(markdown: string, language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(markdown);
  expect(found, `the README has no ${language} block`).not.toBeNull();
  return found![1]!;
}

test('the example of the first screen prints what stands below it', () => {
  const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
  const directory = mkdtempSync(join(tmpdir(), 'varve-readme-'));
  try {
    const door = pathToFileURL(join(compiled(), 'engine', 'index.js')).href;
    const program = join(directory, 'example.mjs');
    writeFileSync(program, block(readme, 'js').replace("'varve'", `'${door}'`));
    const output = execFileSync(process.execPath, [program], { cwd: directory, encoding: 'utf8' });
    expect(output).toBe(block(readme, 'text'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('the example stands on the first screen', () => {
  const lines = readFileSync(join(repositoryRoot, 'README.md'), 'utf8').split('\n');
  expect(lines.indexOf('```text')).toBeLessThan(40);
  expect(lines.indexOf('npm ci && npm run demo')).toBeLessThan(45);
});
