/** get, put, del, range, status and log on one small store, as a user would. */
import { describe, expect, it } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, type Outcome, varve } from '../cli-playground.contract.ts';

const directory = freshDirectory();
const ok = (out: string): Outcome => ({ code: EXIT.ok, out, err: '' });
const nothing = (out = ''): Outcome => ({ code: EXIT.nothing, out, err: '' });
const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');

/** Revisions 2 to 6: a=1, b/x=2, b/y=3, a=4, b/x deleted. */
async function filled(): Promise<string> {
  const path = directory();
  await varve(['put', path, 'a', '1']);
  await varve(['put', path, 'b/x', '2']);
  await varve(['put', path, 'b/y', '3']);
  await varve(['put', path, 'a', '4']);
  await varve(['del', path, 'b/x']);
  return path;
}

describe('put and get', () => {
  it('store and show a value, now and then', async () => {
    const path = directory();
    expect(await varve(['put', path, 'k', 'one'])).toEqual(ok('revision 2\n'));
    expect(await varve(['put', path, 'k', 'two', '--json'])).toEqual(ok('{"revision":3}\n'));
    expect(await varve(['get', path, 'k'])).toEqual(ok('two\n'));
    expect(await varve(['get', path, 'k', '-r', '2'])).toEqual(ok('one\n'));
    expect(await varve(['get', path, 'k', '--raw'])).toEqual(ok('two'));
    expect(await varve(['get', path, 'k', '--json'])).toEqual(
      ok('{"key":"k","value":"two","createRevision":2,"modRevision":3,"version":2}\n'),
    );
  });

  it('say on one line that a key is not there', async () => {
    const path = await filled();
    expect(await varve(['get', path, 'no\n'])).toEqual({
      code: EXIT.nothing,
      out: '',
      err: 'varve: no key no\\n at revision 6 (ERR_KEY_NOT_FOUND)\n',
    });
    expect((await varve(['get', path, 'b/x'])).code).toBe(EXIT.nothing);
    expect(await varve(['get', path, 'b/x', '-r', '5'])).toEqual(ok('2\n'));
    expect((await varve(['get', path, 'b/x', '-r', '2'])).err).toContain('at revision 2 ');
  });

  it('take a value from standard input byte for byte', async () => {
    const path = directory();
    await varve(['put', path, 'k'], { stdin: 'text\n' });
    expect((await varve(['get', path, 'k'])).out).toBe('text\n');
    await varve(['put', path, 'k', '-'], { stdin: Buffer.from('\xff\x00\n', 'latin1') });
    expect((await varve(['get', path, 'k'])).out).toBe('\\xff\\x00\\n\n');
    expect((await varve(['get', path, 'k', '--raw'])).out).toBe('\xff\x00\n');
    expect(JSON.parse((await varve(['get', path, 'k', '--json'])).out)).toMatchObject({
      valueBase64: '/wAK',
    });
    await varve(['put', path, 'k', '']);
    expect((await varve(['get', path, 'k', '--raw'])).out).toBe('');
  });

  it('reach any key and value by escapes', async () => {
    const path = directory();
    await varve(['put', path, 'a\\xff\\n', 'v\\t', '--escaped']);
    expect(await varve(['range', path])).toEqual(ok('a\\xff\\n\tv\\t\n'));
    expect((await varve(['get', path, 'a\\xff\\n', '--escaped'])).out).toBe('v\t\n');
    expect((await varve(['range', path, '--json'])).out).toContain('"keyBase64":"Yf8K"');
    await varve(['put', path, '--', '-dash', '-v']);
    expect((await varve(['get', path, '--', '-dash'])).out).toBe('-v\n');
  });
});

describe('range', () => {
  it.each([
    [[], 'a=4 b/y=3'],
    [['a'], 'a=4'],
    [['b/', '-p'], 'b/y=3'],
    [['b', '--from-key'], 'b/y=3'],
    [['a', '--range-end', 'b'], 'a=4'],
    [['--range-end', 'b/y'], 'a=4'],
    [['-r', '4'], 'a=1 b/x=2 b/y=3'],
    [['--reverse'], 'b/y=3 a=4'],
    [['-n', '1'], 'a=4'],
    [['-n', '1', '--reverse'], 'b/y=3'],
    [['--sort', 'mod'], 'b/y=3 a=4'],
    [['--sort', 'value', '--reverse', '-n', '1'], 'a=4'],
    [['--sort', 'version', '-r', '5', '--reverse', '-n', '1'], 'a=4'],
  ])('%j is %s', async (argv, expected) => {
    const { code, out } = await varve(['range', await filled(), ...argv]);
    expect(code).toBe(EXIT.ok);
    expect(out.trim().replaceAll('\t', '=').replaceAll('\n', ' ')).toBe(expected);
  });

  it('counts, lists keys, prints JSON, and finds nothing', async () => {
    const path = await filled();
    expect(await varve(['range', path, '-k'])).toEqual(ok(lines('a', 'b/y')));
    expect(await varve(['range', path, '-c', '-n', '1'])).toEqual(ok('2\n'));
    expect(await varve(['range', path, '-c', '-r', '4', '--json'])).toEqual(
      ok('{"count":3,"revision":4}\n'),
    );
    expect(await varve(['range', path, 'b/', '-p', '--json'])).toEqual(
      ok('{"key":"b/y","value":"3","createRevision":4,"modRevision":4,"version":1}\n'),
    );
    expect(await varve(['range', path, 'a', '--json', '-k'])).toEqual(
      ok('{"key":"a","createRevision":2,"modRevision":5,"version":2}\n'),
    );
    expect(await varve(['range', path, 'zz', '-p'])).toEqual(nothing());
    expect(await varve(['range', path, 'zz', '-p', '-c'])).toEqual(nothing('0\n'));
  });
});

describe('del', () => {
  it('deletes what is selected, in one revision, and says how much', async () => {
    const path = await filled();
    expect(await varve(['del', path, 'none'])).toEqual(nothing('deleted 0 keys, revision 6\n'));
    expect(await varve(['del', path, 'b', '--from-key'])).toEqual(
      ok('deleted 1 key, revision 7\n'),
    );
    await varve(['put', path, 'c', '']);
    expect(await varve(['del', path, '--all', '--json'])).toEqual(
      ok('{"deleted":2,"revision":9}\n'),
    );
    expect(await varve(['range', path])).toEqual(nothing());
    expect((await varve(['range', path, '-k', '-r', '8'])).out).toBe(lines('a', 'c'));
  });
});

describe('status', () => {
  it('prints the numbers of a store', async () => {
    const path = await filled();
    const { code, out } = await varve(['status', path]);
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^revision +6\ncompacted +never\nkeys +2\nsize +.* on disk, .* in use\n$/);
    expect(JSON.parse((await varve(['status', path, '--json'])).out)).toEqual({
      revision: 6,
      compactRevision: -1,
      keys: 2,
      sizeBytes: expect.any(Number),
      sizeInUseBytes: expect.any(Number),
    });
  });
});

describe('log', () => {
  it('shows revisions newest first', async () => {
    expect(await varve(['log', await filled(), '--from', '4'])).toEqual(
      ok(
        lines('revision 6  1 change', '', '    D b/x', '') +
          lines('revision 5  1 change', '', '    M a', '') +
          lines('revision 4  1 change', '', '    A b/y'),
      ),
    );
  });

  it.each([
    [[], ['6 D b/x', '5 M a', '4 A b/y', '3 A b/x', '2 A a']],
    [['a'], ['5 M a', '2 A a']],
    [
      ['b/', '-p', '--reverse'],
      ['3 A b/x', '4 A b/y', '6 D b/x'],
    ],
    [
      ['--from', '3', '--to', '4'],
      ['4 A b/y', '3 A b/x'],
    ],
    [['--to', '99', '-n', '1'], ['6 D b/x']],
    [
      ['--reverse', '-n', '2'],
      ['2 A a', '3 A b/x'],
    ],
    [['--from', '5', '--to', '3'], []],
    [['--from', '5', '--to', '3', '--reverse'], []],
    [['--from', '9'], []],
    [['none'], []],
  ])('%j is %j', async (argv, expected) => {
    const { code, out, err } = await varve(['log', await filled(), '--oneline', ...argv]);
    expect(out).toBe(lines(...expected));
    expect({ code, err }).toEqual({ code: expected.length > 0 ? EXIT.ok : EXIT.nothing, err: '' });
  });

  it('cuts long revisions on one line, and prints JSON', async () => {
    const path = await filled();
    for (const key of ['c', 'd', 'e']) await varve(['put', path, key, '']);
    await varve(['del', path, '--all']);
    expect((await varve(['log', path, '--oneline', '-n', '1'])).out).toBe(
      '10 D a, D b/y, D c, and 2 more\n',
    );
    expect((await varve(['log', path, '--json', '-n', '1', 'a'])).out).toBe(
      '{"revision":10,"changes":[{"type":"delete","key":"a"}]}\n',
    );
  });

  it('walks back over more revisions than one window', async () => {
    const path = directory();
    await varve(['put', path, 'first', '']);
    for (let i = 0; i < 40; i++) await varve(['put', path, 'k', '']);
    expect((await varve(['log', path, 'first', '--oneline'])).out).toBe('2 A first\n');
    const { out } = await varve(['log', path, '--oneline']);
    const revisions = out.split('\n').map((line) => Number(line.split(' ')[0]));
    expect(revisions.slice(0, -1)).toEqual(Array.from({ length: 41 }, (_, index) => 42 - index));
  });

  it('is coloured on a terminal, unless NO_COLOR is set', async () => {
    const argv = ['log', await filled(), '-n', '1'];
    expect((await varve(argv, { isTerminal: true })).out).toContain('\x1b[33mrevision 6\x1b[39m');
    const plain = await varve(argv, { isTerminal: true, env: { NO_COLOR: '1' } });
    expect(plain.out).not.toContain('\x1b[');
  });
});
