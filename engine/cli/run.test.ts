/** Every way to end: exit codes, error lines and hints, and a reader that goes away. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BrokenPipe, Capture, freshDirectory, ioOf, varve } from './cli-playground.contract.ts';
import { EXIT, failureOf } from './cli-error.ts';
import { allCommands } from './commands.ts';
import { startProgress } from './progress.ts';
import { run } from './run.ts';

const directory = freshDirectory();

describe('help', async () => {
  it('of the program documents commands and exit codes', async () => {
    for (const argv of [['--help'], ['help'], ['-h']]) {
      const { code, out, err } = await varve(argv);
      expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
      for (const { name } of await allCommands()) expect(out).toContain(`\n  ${name} `);
      for (const exit of Object.values(EXIT)) expect(out).toMatch(new RegExp(`^  ${exit} `, 'm'));
    }
  });

  const names = (await allCommands()).flatMap((spec) => [
    spec.name,
    ...('commands' in spec ? spec.commands.map(({ name }) => `${spec.name} ${name}`) : []),
  ]);

  it.each(names)('of %s has an example', async (name) => {
    const words = name.split(' ');
    const { code, out } = await varve([...words.slice(0, -1), 'help', ...words.slice(-1)]);
    expect(code).toBe(EXIT.ok);
    expect(out).toContain(`Usage: varve ${name} `);
    expect(out).toMatch(new RegExp(`Examples?:\n  varve ${name} `));
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(82);
    // Loaded alone, it is what it is among the others.
    expect((await varve([...words, '--help'])).out).toBe(out);
  });

  it('is shown, as an error, when no command is given', async () => {
    for (const argv of [[], ['lease']]) {
      const { code, out, err } = await varve(argv);
      expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
      expect(err).toContain(`Usage: ${['varve', ...argv].join(' ')} `);
    }
  });

  it('has the version', async () => {
    expect(await varve(['--version'])).toEqual({
      code: EXIT.ok,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    });
  });
});

describe('usage errors are one line, a hint, and exit code 2', () => {
  it.each([
    [['nope'], "unknown command 'nope'", /varve help/],
    [['gett', 'd', 'k'], "unknown command 'gett'", /Did you mean get/],
    [['get', 'd', 'k', '--revison', '1'], "unknown option '--revison'", /mean --revision/],
    [['put', 'd', 'k', '-x'], "unknown option '-x'", /after --/],
    [['get', 'd'], "missing required argument 'key'", /varve help/],
    [['get', 'd', 'k', 'x'], 'too many arguments', /varve help/],
    [['range', 'd', '--sort', 'age'], "option '--sort <by>' argument 'age' is", /varve help/],
    [['get', 'd', 'k', '-r', '0'], '--revision takes a whole number above 0, not "0"', undefined],
    [['get', 'd', 'k', '-r', '1e3'], '--revision takes a whole number above 0', undefined],
    [['range', 'd', '-n', '9007199254740992'], '--limit takes a whole number', undefined],
    [['range', 'd', 'a', '--prefix', '--from-key'], '--prefix and --from-key do not', undefined],
    [['range', 'd', '--prefix'], '--prefix needs a key', undefined],
    [['range', 'd', '-c', '-k'], '--count-only and --keys-only do not', undefined],
    [['del', 'd'], 'no key given', /--all/],
    [['del', 'd', 'k', '--all'], '--all takes no key', undefined],
    [['get', 'd', '\\q', '--escaped'], 'no such escape in \\q', /\\xNN/],
  ])('%j', async (argv, message, hint) => {
    const { code, out, err } = await varve(argv);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    const [first, second, ...rest] = err.split('\n');
    expect(first).toContain(`varve: ${message}`);
    expect(first).toMatch(/ \(ERR_USAGE\)$/);
    if (hint === undefined) expect(second).toBe('');
    else expect(second).toMatch(hint);
    expect(rest.join('')).toBe('');
  });
});

describe('store errors keep their code and have exit code 3', () => {
  it('no store there, for every command that reads, and nothing is created', async () => {
    const path = directory();
    for (const argv of [
      ['get', path, 'k'],
      ['range', path],
      ['log', path],
      ['status', path],
    ]) {
      const { code, out, err } = await varve(argv);
      expect({ argv, code, out }).toEqual({ argv, code: EXIT.store, out: '' });
      expect(err).toMatch(/^varve: .* \(ERR_NOT_FOUND\)\n {2}hint: .*\n$/);
    }
    expect((await varve(['del', path, 'k'])).code).toBe(EXIT.store);
    expect((await varve(['status', path])).err).toContain('ERR_NOT_FOUND');
  });

  it('a directory that holds something else', async () => {
    mkdirSync(directory());
    writeFileSync(join(directory(), 'letter.txt'), 'dear');
    for (const argv of [
      ['put', directory(), 'k', 'v'],
      ['status', directory()],
    ]) {
      const { code, err } = await varve(argv);
      expect({ argv, code }).toEqual({ argv, code: EXIT.store });
      expect(err).toMatch(/^varve: .* \(ERR_\w+\)\n/);
    }
  });

  it('a revision of the future, an empty key, a request too large', async () => {
    const path = directory();
    await varve(['put', path, 'k', 'v']);
    expect(await varve(['get', path, 'k', '--revision', '99'])).toEqual({
      code: EXIT.store,
      out: '',
      err: expect.stringMatching(/\(ERR_FUTURE_REVISION\)\n {2}hint: .*varve status.*\n$/),
    });
    expect((await varve(['put', path, '', 'v'])).err).toContain('(ERR_EMPTY_KEY)');
    const large = { stdin: new Uint8Array(2 * 1024 * 1024) };
    expect((await varve(['put', path, 'k'], large)).err).toContain('(ERR_REQUEST_TOO_LARGE)');
    const endless = { stdin: new Uint8Array(17 * 1024 * 1024) };
    expect((await varve(['put', path, 'k'], endless)).err).toContain('(ERR_REQUEST_TOO_LARGE)');
    expect((await varve(['get', path, 'k'])).out).toBe('v\n');
  });
});

describe('other ends', () => {
  it('shows a stack only when asked to', async () => {
    const argv = ['status', directory()];
    expect((await varve(argv)).err).not.toContain('    at ');
    expect((await varve(argv, { env: { VARVE_DEBUG: '1' } })).err).toContain('    at ');
  });

  it('names the packages to install when commander is missing', async () => {
    const [out, err] = [new Capture(), new Capture()];
    const { loadCommander } = await import('./program.ts');
    const missing = Object.assign(new Error('Cannot find package'), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    const load = (): ReturnType<typeof loadCommander> =>
      loadCommander(() => Promise.reject(missing));
    expect(await run(['status', 'd'], ioOf(out, err), load)).toBe(EXIT.unexpected);
    expect(err.text).toMatch(
      /^varve: .*npm install commander cli-progress \(ERR_MISSING_PACKAGE\)\n$/,
    );
  });

  it('goes on without a bar when cli-progress is missing', async () => {
    const err = new Capture(true);
    const io = ioOf(new Capture(true), err);
    const progress = await startProgress(io, 'x', () => Promise.reject(new Error('missing')));
    progress.update(0.5, 1);
    progress.stop();
    expect(err.text).toBe('varve: for a progress bar: npm install cli-progress\n');
  });

  it('ends quietly when its reader has gone', async () => {
    const path = directory();
    for (let i = 0; i < 12; i++) await varve(['put', path, `k${i}`, 'v'.repeat(10_000)]);
    const [pipe, err] = [new BrokenPipe(), new Capture()];
    expect(await run(['range', path], ioOf(pipe, err))).toBe(EXIT.ok);
    expect({ chunks: pipe.chunks, err: err.text }).toEqual({ chunks: 2, err: '' });
    // The store was closed on the way out.
    expect((await varve(['put', path, 'k', 'v'])).code).toBe(EXIT.ok);
  });

  it('says a system error in one line, and that anything else may be a bug', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
    });
    expect(failureOf(full)).toEqual({
      exit: EXIT.unexpected,
      lines: ['varve: no space left on device, write (ENOSPC)'],
    });
    expect(failureOf(new TypeError('a\n  b'))).toEqual({
      exit: EXIT.unexpected,
      lines: ['varve: a; b', expect.stringContaining('VARVE_DEBUG=1')],
    });
    expect(failureOf('thrown').lines[0]).toBe('varve: thrown');
  });
});
