/** history: values of the past, before and after a compaction. */
import { beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, type Outcome, varve } from '../cli-playground.contract.ts';

const directory = freshDirectory();
const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');
const shown = (...all: string[]): Outcome => ({
  code: all.length === 0 ? EXIT.nothing : EXIT.ok,
  out: lines(...all),
  err: '',
});

/** Revisions 2 to 8; the last one puts and deletes. */
let path = '';
beforeEach(async () => {
  path = directory();
  await varve(['put', path, 'a', 'one']);
  await varve(['put', path, 'b/x', '1']);
  await varve(['put', path, 'a', 'two']);
  await varve(['del', path, 'b/x']);
  await varve(['put', path, 'b/y', '\t\xff', '--escaped']);
  await varve(['put', path, 'b/x', '2']);
  await varve(['txn', path], { stdin: '\nput a three\ndel b/x\n' });
});

describe('history', () => {
  it.each([
    [['a'], ['8 M v3 a\tthree', '4 M v2 a\ttwo', '2 A v1 a\tone']],
    [['b/x'], ['8 D v0 b/x', '7 A v1 b/x\t2', '5 D v0 b/x', '3 A v1 b/x\t1']],
    [
      ['b/x', '--reverse', '-n', '2'],
      ['3 A v1 b/x\t1', '5 D v0 b/x'],
    ],
    [
      ['b/', '-p', '--from', '5', '--to', '7'],
      ['7 A v1 b/x\t2', '6 A v1 b/y\t\\t\u00c3\u00bf', '5 D v0 b/x'],
    ],
    [
      ['--from', '7', '--to', '99'],
      ['8 D v0 b/x', '8 M v3 a\tthree', '7 A v1 b/x\t2'],
    ],
    [['a', '--from', '9'], []],
    [['none'], []],
  ])('%j', async (argv, expected) => {
    expect(await varve(['history', path, ...argv])).toEqual(shown(...expected));
  });

  it('prints JSON in the shape of the API', async () => {
    const kv = '"key":"a","value":"two","createRevision":2,"modRevision":4,"version":2';
    expect(await varve(['history', path, 'a', '--to', '4', '-n', '1', '--json'])).toEqual(
      shown(`{"type":"put","revision":4,"isCreate":false,"kv":{${kv}}}`),
    );
    expect(await varve(['history', path, 'b/x', '-n', '1', '--json'])).toEqual(
      shown('{"type":"delete","revision":8,"isCreate":false,"kv":{"key":"b/x","modRevision":8}}'),
    );
  });

  it('has what is left of before the compacted revision, with its own number', async () => {
    await varve(['compact', path, '6', '--physical']);
    expect(await varve(['history', path, 'a'])).toEqual(shown('8 M v3 a\tthree', '4 M v2 a\ttwo'));
    expect(await varve(['history', path, 'a', '--reverse'])).toEqual(
      shown('4 M v2 a\ttwo', '8 M v3 a\tthree'),
    );
    expect(await varve(['history', path, 'b/x'])).toEqual(shown('8 D v0 b/x', '7 A v1 b/x\t2'));
    expect(await varve(['history', path, '--to', '5'])).toEqual(shown('4 M v2 a\ttwo'));
    expect(await varve(['history', path, 'a', '--to', '3'])).toEqual(shown());
    expect(await varve(['history', path, 'a', '--from', '6'])).toEqual(shown('8 M v3 a\tthree'));
    expect(await varve(['history', path, '-n', '1', '--reverse'])).toEqual(shown('4 M v2 a\ttwo'));
  });

  it('refuses what is compacted, and says what is left', async () => {
    await varve(['compact', path, '6']);
    for (const command of ['history', 'log']) {
      expect(await varve([command, path, '--from', '5'])).toEqual({
        code: EXIT.store,
        out: '',
        err: expect.stringMatching(
          /\(ERR_COMPACTED\)\n {2}hint: the oldest revision that is left is 6\n$/,
        ),
      });
    }
  });
});
