/** The parser alone: cut anywhere, fed anything. */
import { describe, expect, it } from 'vitest';
import { CliError } from '../cli-error.ts';
import { RawLogParser } from './git-raw-log.ts';
import type { HistoryCommit } from './history.ts';

const id = (digit: string): string => digit.repeat(40);
const raw = (letter: string, mode = '100644', blob = id('b')): string =>
  `:100644 ${mode} ${id('a')} ${blob} ${letter}\0`;

function parse(text: string, chunkBytes = text.length): [string, [string, string | undefined][]][] {
  const parser = new RawLogParser();
  const bytes = Buffer.from(text, 'latin1');
  const commits: HistoryCommit[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    commits.push(...parser.push(bytes.subarray(at, at + chunkBytes)));
  }
  commits.push(...parser.end());
  return commits.map(({ id, changes }) => [
    id,
    changes.map(({ key, value }) => [Buffer.from(key).toString('latin1'), value]),
  ]);
}

describe('RawLogParser', () => {
  const text = [
    `${id('1')}\0\n${raw('A')}a\0${raw('D', '000000', id('0'))}\xff\n:b\0`,
    `${id('2')}\0`,
    `${id('3')}\0\n${raw('T', '120000')}${id('4')}\0`,
  ].join('');
  const expected = [
    [
      id('1'),
      [
        ['a', `100644 ${id('b')}`],
        ['\xff\n:b', undefined],
      ],
    ],
    [id('2'), []],
    // A path that looks like a commit is a path: it comes where a path comes.
    [id('3'), [[id('4'), `120000 ${id('b')}`]]],
  ];

  it.each([1, 2, 3, 7, 64, 4096])('gives the same for chunks of %i bytes', (chunkBytes) => {
    expect(parse(text, chunkBytes)).toEqual(expected);
  });

  it('gives nothing for nothing', () => expect(parse('')).toEqual([]));

  it('takes ids of SHA-256 repositories', () => {
    const [commit, blob] = ['c'.repeat(64), 'd'.repeat(64)];
    expect(parse(`${commit}\0\n:000000 100644 ${'0'.repeat(64)} ${blob} A\0a\0`)).toEqual([
      [commit, [['a', `100644 ${blob}`]]],
    ]);
  });

  it.each([
    ['no commit', `${raw('A')}a\0`],
    ['not an id', 'gpg: Good signature\0'],
    ['an unknown letter', `${id('1')}\0\n${raw('X')}a\0`],
    ['a rename with two paths', `${id('1')}\0\n${raw('R100')}a\0b\0`],
    ['a change without its path', `${id('1')}\0\n${raw('A')}`],
    ['cut within a path', `${id('1')}\0\n${raw('A')}a`],
  ])('refuses %s', (_, bad) => {
    expect(() => parse(bad)).toThrow(expect.objectContaining({ code: 'ERR_BAD_HISTORY' }));
    expect(() => parse(bad)).toThrow(CliError);
  });
});
