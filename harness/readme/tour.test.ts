/** Every program and every command of the tour prints what stands below it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compiled, repositoryRoot } from '../build.ts';
import { runChapter } from './chapter.ts';

const TOUR: string = join(repositoryRoot, 'docs', 'tour');
/** Each command is a process. */
const TIMEOUT_MS = 120_000;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-tour-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the tour', () => {
  const chapters = readdirSync(TOUR).filter((name) => name.endsWith('.md'));

  test(
    'has chapters',
    () => {
      expect(chapters.length).toBeGreaterThan(0);
      expect(compiled()).not.toBe('');
    },
    TIMEOUT_MS,
  );

  test.each(chapters)(
    '%s prints what it says',
    (name) => {
      const ran = runChapter(readFileSync(join(TOUR, name), 'utf8'), directory);
      expect(ran.length).toBeGreaterThan(0);
      for (const { line, code, expected, printed } of ran) {
        expect({ line, code, printed }).toEqual({ line, code, printed: expected });
      }
    },
    TIMEOUT_MS,
  );
});

const block = (language: string, text: string): string => `\n\`\`\`${language}\n${text}\`\`\`\n`;

describe('a chapter', () => {
  test('is run from its top, in one directory', () => {
    const chapter =
      block('console', '$ echo one > file\n$ cat file file\none\none\n') +
      block(
        'js',
        "import { readFileSync } from 'node:fs';\nconsole.log(readFileSync('file').length);\n",
      ) +
      block('text', '4\n') +
      block('console', '$ cat <<END >&2\n> two\n>\n> lines\n> END\nthree\n');
    expect(runChapter(chapter, directory)).toEqual([
      { line: 3, code: 'echo one > file', expected: '', printed: '' },
      { line: 4, code: 'cat file file', expected: 'one\none\n', printed: 'one\none\n' },
      { line: 9, code: expect.any(String), expected: '4\n', printed: '4\n' },
      {
        line: 19,
        code: 'cat <<END >&2\ntwo\n\nlines\nEND',
        expected: 'three\n',
        printed: 'two\n\nlines\n',
      },
    ]);
  });

  test.each(['js', 'text', 'sh', 'ts'])('holds no %s that is not run', (language) => {
    expect(() => runChapter(block(language, '1\n'), directory)).toThrow('line 2: a block of');
  });
});
