/**
 * Runs a chapter of the tour as a reader would: every code block, from the top, in one directory that is
 * empty at first.
 *
 *     ```js        a whole program that imports 'varve'; the ```text block after it is what it prints
 *     ```console   commands after `$ `, lines that go on after `> `, and below them what they print
 *
 * Other blocks are refused: nothing stands in the tour that is not run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { compiledCli } from '../build.ts';
import { withDoors } from './doors.ts';

/** What is run, as it stands in the chapter, and what it should print and did. */
export interface Ran {
  readonly line: number;
  readonly code: string;
  readonly expected: string;
  readonly printed: string;
}

interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** `directory` exists and is empty. */
export function runChapter(markdown: string, directory: string): Ran[] {
  const work = join(directory, 'work');
  const bin = join(directory, 'bin');
  mkdirSync(work);
  mkdirSync(bin);
  const varve = join(bin, 'varve');
  writeFileSync(varve, `#!/bin/sh\nexec '${process.execPath}' '${compiledCli()}' "$@"\n`);
  chmodSync(varve, 0o755);
  const blocks = blocksOf(markdown);
  return blocks.flatMap((block, at) => {
    if (block.language === 'console') return runCommands(block, work, bin);
    const after = blocks[at + 1];
    if (block.language === 'js' && after?.language === 'text') {
      const printed = runProgram(block, directory, work);
      return [{ line: block.line, code: block.text, expected: after.text, printed }];
    }
    if (block.language === 'text' && blocks[at - 1]?.language === 'js') return [];
    throw new Error(`line ${block.line}: a block of ${block.language} that nothing runs`);
  });
}

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((found) => ({
    line: markdown.slice(0, found.index).split('\n').length,
    language: found[1]!,
    text: found[2]!,
  }));
}

function runProgram({ line, text }: Block, directory: string, work: string): string {
  const program = join(directory, `line-${line}.mjs`);
  writeFileSync(program, withDoors(text));
  return execFileSync(process.execPath, [program], { cwd: work, encoding: 'utf8' });
}

/** Each command by itself; what it says on standard error belongs to what it prints. */
function runCommands({ line, text }: Block, work: string, bin: string): Ran[] {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  return sessionOf(text).map(({ at, command, expected }) => {
    const { stdout } = spawnSync('bash', ['-c', `exec 2>&1\n${command}`], {
      cwd: work,
      env,
      encoding: 'utf8',
    });
    return { line: line + 1 + at, code: command, expected, printed: stdout };
  });
}

function sessionOf(text: string): { at: number; command: string; expected: string }[] {
  const session: { at: number; command: string; expected: string }[] = [];
  for (const [at, line] of text.split('\n').slice(0, -1).entries()) {
    const last = session.at(-1);
    if (line.startsWith('$ ')) session.push({ at, command: line.slice(2), expected: '' });
    else if (last === undefined) throw new Error(`a console block begins with $, not ${line}`);
    else if (/^> ?/.test(line) && last.expected === '') {
      last.command += `\n${line.replace(/^> ?/, '')}`;
    } else last.expected += `${line}\n`;
  }
  return session;
}
