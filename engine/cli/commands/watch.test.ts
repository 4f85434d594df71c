/** watch in process: history first, what is typed, leases that end, limits and refusals. */
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { Capture, freshDirectory, ioOf, type Outcome, varve } from '../cli-playground.contract.ts';
import type { CliInput } from '../io.ts';
import { run } from '../run.ts';

const directory = freshDirectory();
const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');
const shown = (...all: string[]): Outcome => ({ code: EXIT.ok, out: lines(...all), err: '' });

/** Revisions 2 to 5: a=1, b/x=2, a=3, b/x deleted. */
let path = '';
beforeEach(async () => {
  path = directory();
  await varve(['put', path, 'a', '1']);
  await varve(['put', path, 'b/x', '2']);
  await varve(['put', path, 'a', '3']);
  await varve(['del', path, 'b/x']);
});

/** Everything up to the end of an input. */
const watched = (argv: readonly string[], stdin = ''): Promise<Outcome> =>
  varve(['watch', path, '--interactive', ...argv], { stdin });

describe('watch', () => {
  it.each([
    [
      ['--rev', '2'],
      ['2 A v1 a\t1', '3 A v1 b/x\t2', '4 M v2 a\t3', '5 D v0 b/x'],
    ],
    [
      ['a', '--rev', '1'],
      ['2 A v1 a\t1', '4 M v2 a\t3'],
    ],
    [
      ['b/', '-p', '-r', '4', '--prev-kv'],
      ['5 D v0 b/x', '  was 3 v1 2'],
    ],
    [['--rev', '2', '--only', 'delete'], ['5 D v0 b/x']],
    [['--rev', '3', '--only', 'put', '--range-end', 'b'], ['4 M v2 a\t3']],
    [
      ['--rev', '2', '--limit', '2'],
      ['2 A v1 a\t1', '3 A v1 b/x\t2'],
    ],
    [[], []],
    [['--rev', '99'], []],
    [['none', '--rev', '1'], []],
  ])('%j', async (argv, expected) => {
    expect(await watched(argv)).toEqual(shown(...expected));
  });

  it('carries out lines, each a revision, and shows what they did before it ends', async () => {
    const typed = 'put c "with space"\n\nput c 2 --prev-kv\r\ndel none\ndel "" --from-key\n';
    expect(await watched([], typed)).toEqual(
      shown('6 A v1 c\twith space', '7 M v2 c\t2', '8 D v0 a', '8 D v0 c'),
    );
    expect(await watched(['a', '--only', 'delete'], 'put a 1\nput b 1\n')).toEqual(shown());
    expect((await varve(['range', path])).out).toBe(lines('a\t1', 'b\t1'));
  });

  it('ends at its limit, though there are more lines', async () => {
    const typed = 'put c 1\n'.repeat(50);
    expect(await watched(['--limit', '1'], typed)).toEqual(shown('6 A v1 c\t1'));
  });

  it('prints JSON in the shape of the API', async () => {
    const { out } = await watched(['a', '--rev', '3', '--prev-kv', '--json']);
    const kv = { key: 'a', value: '3', createRevision: 2, modRevision: 4, version: 2 };
    const prevKv = { ...kv, value: '1', modRevision: 2, version: 1 };
    const event = { type: 'put', revision: 4, isCreate: false, kv, prevKv };
    expect(JSON.parse(out)).toEqual(event);
    const only = ['b/x', '--rev', '5', '--json'];
    expect(JSON.parse((await watched(only)).out)).toMatchObject({
      type: 'delete',
      kv: { key: 'b/x', modRevision: 5 },
    });
  });

  it('says up to where nothing happened, if that is asked for', async () => {
    const argv = ['none', '--rev', '2'];
    // It may have been asked more than once.
    expect((await watched([...argv, '--progress'])).out).toMatch(/^(5 progress\n)+$/);
    expect((await watched([...argv, '--progress', '--json'])).out).toMatch(
      /^({"type":"progress","revision":5}\n)+$/,
    );
    expect(await watched(argv)).toEqual(shown());
  });

  it('shows a lease that ends meanwhile', async () => {
    await varve(['lease', 'grant', path, '2', '--id', 'a1']);
    await varve(['put', path, 'lock', 'me', '--lease', 'a1']);
    const argv = ['watch', path, '--rev', '6', '--limit', '2', '--prev-kv'];
    expect(await varve(argv)).toEqual(shown('6 A v1 lock\tme', '7 D v0 lock', '  was 6 v1 me'));
    expect((await varve(['lease', 'list', path])).code).toBe(EXIT.nothing);
  });

  it('ends with 130 when it is interrupted, and says where to go on', async () => {
    const [out, err, stop] = [new Capture(), new Capture(), new AbortController()];
    const code = run(['watch', path, '--rev', '4'], ioOf(out, err, { signal: stop.signal }));
    await vi.waitFor(() => expect(out.text).toBe(lines('4 M v2 a\t3', '5 D v0 b/x')));
    stop.abort();
    expect(await code).toBe(EXIT.interrupted);
    expect(err.text).toBe(
      'varve: interrupted (ERR_INTERRUPTED)\n  hint: --rev 6 goes on after what was shown\n',
    );
  });
});

describe('watch on a terminal', () => {
  it('says why it is silent', async () => {
    const signal = AbortSignal.abort();
    const { err } = await varve(['watch', path], { isTerminal: true, signal });
    expect(err).toMatch(/^watching, Ctrl-C ends: nobody else can write here meanwhile/);
  });

  it('tells a mistake and goes on', async () => {
    const [out, err] = [new Capture(true), new Capture(true)];
    const input: CliInput = Object.assign(new PassThrough(), { isTTY: true });
    const env = { NO_COLOR: '1' };
    const io = { ...ioOf(out, err, { env }), stdin: input };
    const code = run(['watch', path, '-i'], io);
    (input as PassThrough).end('get a\nput "\nput "" 1\nput c 1 --lease=ff\nput c 1\n');
    expect(await code).toBe(EXIT.ok);
    expect(out.text).toBe('6 A v1 c\t1\n');
    expect(err.text).toMatch(/^watching, Ctrl-C ends: put <key> <value> or del <key>, /);
    expect(err.text).toContain('line 1, column 1: put or del, not get');
    expect(err.text).toContain('line 2, column 5: the quote " is not closed');
    expect(err.text).toContain('(ERR_EMPTY_KEY)');
    expect(err.text).toContain('(ERR_LEASE_NOT_FOUND)\n  hint: `varve lease list`');
  });
});

describe('watch refuses', () => {
  it.each([
    [['--rev', '3'], EXIT.store, /\(ERR_COMPACTED\)\n {2}hint: the oldest .* left is 4\n$/],
    [['--rev', '0'], EXIT.usage, /^varve: --rev takes a whole number above 0/],
    [['--only', 'get'], EXIT.usage, /Allowed choices are put, delete/],
    [['--prefix'], EXIT.usage, /--prefix needs a key/],
    [['b', '--range-end', 'a'], EXIT.store, /watcher range is empty/],
  ])('%j', async (argv, code, message) => {
    await varve(['compact', path, '4']);
    expect(await watched(argv)).toEqual({ code, out: '', err: expect.stringMatching(message) });
  });

  it('a line of a script that makes no sense, after what came before it', async () => {
    expect(await watched([], 'put c 1\nputt c 2\nput c 3\n')).toEqual({
      code: EXIT.usage,
      out: expect.stringMatching(/^(6 A v1 c\t1\n)?$/),
      err: expect.stringContaining('line 2, column 1: put, get or del, not "putt"'),
    });
    expect((await varve(['get', path, 'c'])).out).toBe('1\n');
  });

  it('to make a store', async () => {
    const outcome = await varve(['watch', directory('none')]);
    expect(outcome).toMatchObject({ code: EXIT.store, err: expect.stringContaining('NOT_FOUND') });
  });
});
