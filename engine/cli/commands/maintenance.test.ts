/** compact, defrag, hash, backup, restore and verify: what keeps a store in shape, and what proves it. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, type Outcome, varve } from '../cli-playground.contract.ts';

const directory = freshDirectory();
const ok = (out: unknown): Outcome => ({ code: EXIT.ok, out: out as string, err: '' });
const refused = (code: string): Outcome => ({
  code: EXIT.store,
  out: '',
  err: expect.stringMatching(new RegExp(`^varve: .* \\(${code}\\)\\n`)) as string,
});

/** Revision 5: a=1, a=2, b=3, a deleted. */
async function filled(name?: string): Promise<string> {
  const path = directory(name);
  await varve(['put', path, 'a', '1']);
  await varve(['put', path, 'a', '2']);
  await varve(['put', path, 'b', '3']);
  await varve(['del', path, 'a']);
  return path;
}

const json = async (...argv: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await varve([...argv, '--json'])).out) as Record<string, unknown>;

describe('compact', () => {
  it('refuses reads below the revision from then on', async () => {
    const path = await filled();
    expect(await varve(['compact', path, '3'])).toEqual(ok('compacted revision 3\n'));
    expect((await varve(['get', path, 'a', '-r', '3'])).out).toBe('2\n');
    expect(await varve(['get', path, 'a', '-r', '2'])).toEqual(refused('ERR_COMPACTED'));
    expect((await varve(['status', path])).out).toContain('compacted  up to revision 3\n');
    expect(await json('compact', path, '5', '--physical')).toEqual({
      compactRevision: 5,
      revision: 5,
    });
  });

  it('takes the records out when told to, and else when the store is open next', async () => {
    const path = await filled();
    await varve(['compact', path, '5', '--physical']);
    expect((await json('inspect', path))['deadBytes']).toBeGreaterThan(0);
    expect(await varve(['inspect', path, 'a'])).toEqual(ok(expect.stringMatching(/ 5\(t\)\n$/)));
  });

  it.each([
    ['6', 'ERR_FUTURE_REVISION'],
    ['2', 'ERR_COMPACTED'],
    ['3', 'ERR_COMPACTED'],
  ])('refuses revision %s', async (revision, code) => {
    const path = await filled();
    await varve(['compact', path, '3']);
    expect(await varve(['compact', path, revision])).toEqual(refused(code));
  });

  it.each(['0', 'now', '1.5'])('does not take %j for a revision', async (revision) => {
    const { code, err } = await varve(['compact', 'd', revision]);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('<revision> takes a whole number above 0');
  });

  it('leaves a log that begins at the compacted revision', async () => {
    const path = await filled();
    await varve(['compact', path, '4', '--physical']);
    expect((await varve(['log', path, '--oneline'])).out).toBe('5 D a\n4 A b\n');
    expect(await varve(['log', path, '--from', '3'])).toEqual(refused('ERR_COMPACTED'));
  });
});

describe('defrag', () => {
  it('makes the files smaller and changes nothing else', async () => {
    const path = directory();
    for (let i = 0; i < 8; i++) {
      await varve(['put', path, 'k'], { stdin: Buffer.alloc(300_000, i) });
    }
    await varve(['compact', path, '9', '--physical']);
    const before = (await varve(['get', path, 'k', '--json'])).out;
    const { beforeBytes, afterBytes } = await json('defrag', path);
    expect(afterBytes).toBeLessThan((beforeBytes as number) / 2);
    expect((await varve(['get', path, 'k', '--json'])).out).toBe(before);
    expect(await varve(['defrag', path])).toEqual(
      ok(expect.stringMatching(/^[\d.]+ [KM]iB before, [\d.]+ [KM]iB after\n$/)),
    );
  });

  it('stops when it is interrupted', async () => {
    const path = await filled();
    expect(await varve(['defrag', path], { signal: AbortSignal.abort() })).toEqual({
      code: EXIT.interrupted,
      out: '',
      err: 'varve: interrupted (ERR_INTERRUPTED)\n  hint: the store is whole; run it again to go on\n',
    });
  });
});

describe('hash', () => {
  it('is the same for the same history, whatever the files', async () => {
    const [one, two] = [await filled('one'), await filled('two')];
    await varve(['defrag', two]);
    const { hash } = await json('hash', one);
    expect(await json('hash', two)).toEqual({
      hash,
      hashRevision: 5,
      compactRevision: -1,
      revision: 5,
    });
    expect((await json('hash', one, '--revision', '4'))['hash']).not.toBe(hash);
    expect(await varve(['hash', one])).toEqual(
      ok(`hash       ${String(hash)}\nof         revision 5\ncompacted  never\n`),
    );
  });

  it('is refused for what was compacted and what is to come', async () => {
    const path = await filled();
    await varve(['compact', path, '4']);
    expect(await varve(['hash', path, '--revision', '3'])).toEqual(refused('ERR_COMPACTED'));
    expect(await varve(['hash', path, '--revision', '6'])).toEqual(refused('ERR_FUTURE_REVISION'));
  });
});

describe('backup and restore', () => {
  it('make a store with the same history', async () => {
    const path = await filled();
    const file = directory('backup');
    const info = await json('backup', path, file);
    expect(info).toMatchObject({ revision: 5, bytes: readFileSync(file).length });
    expect(await varve(['restore', file, directory('copy')])).toEqual(
      ok(
        expect.stringMatching(
          new RegExp(`^revision  5\nsize .*\nsha256    ${String(info['checksum'])}\n$`),
        ),
      ),
    );
    expect((await varve(['log', directory('copy'), '--json'])).out).toBe(
      (await varve(['log', path, '--json'])).out,
    );
  });

  it('raise the revision and mark what is below it', async () => {
    const file = directory('backup');
    await varve(['backup', await filled(), file]);
    const copy = directory('copy');
    const flags = ['--bump-revision', '1000', '--mark-compacted'];
    expect(await json('restore', file, copy, ...flags)).toMatchObject({ revision: 1005 });
    expect((await varve(['put', copy, 'c', '1'])).out).toBe('revision 1006\n');
    expect(await varve(['get', copy, 'b', '-r', '5'])).toEqual(refused('ERR_COMPACTED'));
  });

  it('refuse a file that is there and a directory that is not empty', async () => {
    const path = await filled();
    const file = directory('backup');
    await varve(['backup', path, file]);
    expect(await varve(['backup', path, file])).toEqual(refused('ERR_INVALID_ARGUMENT'));
    expect(await varve(['restore', file, path])).toEqual(refused('ERR_INVALID_ARGUMENT'));
    mkdirSync(directory('other'));
    writeFileSync(join(directory('other'), 'letter.txt'), 'dear');
    expect(await varve(['restore', file, directory('other')])).toEqual(
      refused('ERR_INVALID_ARGUMENT'),
    );
    expect(readdirSync(directory('other'))).toEqual(['letter.txt']);
  });

  it('refuse a file that is not whole, and leave nothing', async () => {
    const file = directory('backup');
    await varve(['backup', await filled(), file]);
    appendFileSync(file, 'x');
    expect(await varve(['restore', file, directory('copy')])).toEqual(refused('ERR_CORRUPT'));
    expect(await varve(['restore', directory('no'), directory('copy')])).toEqual(
      refused('ERR_NOT_FOUND'),
    );
    expect(existsSync(join(directory('copy'), 'MANIFEST'))).toBe(false);
    expect((await varve(['restore', file, 'd', '--bump-revision', '-1'])).code).toBe(EXIT.usage);
  });
});

describe('verify', () => {
  it('finds nothing wrong with a store that is well', async () => {
    const path = await filled();
    expect(await varve(['verify', path])).toEqual(ok('no problems\n'));
    expect(await json('verify', path)).toEqual({ ok: true, problems: [] });
  });

  it('names the file that is damaged', async () => {
    const path = await filled();
    const file = join(path, '0000000001.seg');
    const bytes = readFileSync(file);
    bytes[600]! ^= 1;
    writeFileSync(file, bytes);
    const { code, out, err } = await varve(['verify', path]);
    expect(code).toBe(EXIT.store);
    expect(out).toContain('0000000001.seg at offset ');
    expect(err).toMatch(/^varve: \d+ problems? found \(ERR_VERIFY\)\n {2}hint: .*backup\n$/);
    expect(JSON.parse((await varve(['verify', path, '--json'])).out)).toMatchObject({ ok: false });
  });
});

it('nothing is made of a directory without a store', async () => {
  const path = directory('none');
  for (const argv of [
    ['compact', path, '2'],
    ['defrag', path],
    ['hash', path],
    ['backup', path, directory('backup')],
    ['verify', path],
    ['diff', path, '1'],
    ['inspect', path],
  ]) {
    expect({ argv, ...(await varve(argv)) }).toEqual({ argv, ...refused('ERR_NOT_FOUND') });
  }
  expect([existsSync(path), existsSync(directory('backup'))]).toEqual([false, false]);
});
