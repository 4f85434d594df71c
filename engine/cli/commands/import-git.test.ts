/** `varve import-git` as a user meets it: repositories, files, contents, and every refusal. */
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, varve } from '../cli-playground.contract.ts';
import { ODD_HISTORY, Repository } from '../import/git-playground.contract.ts';

const directory = freshDirectory();
let repository: Repository;
beforeAll(() => {
  repository = new Repository();
  repository.commit(ODD_HISTORY);
});
afterAll(() => repository.remove());
afterEach(() => vi.unstubAllEnvs());

const importInto = (store: string, ...more: string[]): ReturnType<typeof varve> =>
  varve(['import-git', repository.path, store, ...more]);

/** Revision of each first-parent commit, in order; commit 3 of them changes nothing. */
const REVISIONS = [2, 3, 3, 4, 5, 6, 7];

describe('import-git', () => {
  it('makes every commit a revision', async () => {
    const path = directory();
    const { code, out, err } = await importInto(path);
    expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
    expect(out).toMatch(/^imported 6 commits \(1 without changes\), 23 changes: revision 7, /);
    expect(out).toMatch(/, [\d.]+ s, \d+ commits\/s\n$/);
    for (const [index, commit] of repository.firstParents().entries()) {
      const argv = ['range', path, '--json', '--revision', String(REVISIONS[index])];
      const lines = (await varve(argv)).out.trim().split('\n');
      const files = lines.map((line): [string, string] => {
        const kv = JSON.parse(Buffer.from(line, 'latin1').toString()) as Record<string, string>;
        const key = kv['keyBase64'];
        const bytes = key === undefined ? Buffer.from(kv['key'] ?? '') : Buffer.from(key, 'base64');
        return [bytes.toString('latin1'), kv['value'] ?? ''];
      });
      expect(new Map(files)).toEqual(repository.files(commit));
    }
  });

  it('takes in new commits when run again, and says so', async () => {
    const path = directory();
    await importInto(path, '--ref', 'main~3');
    const { out } = await importInto(path, '--json', '--ref', 'main', '--sync', 'never');
    expect(JSON.parse(out)).toEqual({
      commits: 7,
      skipped: 3,
      applied: 3,
      changes: 10,
      empty: 1,
      revision: 7,
      seconds: expect.any(Number),
    });
    expect((await importInto(path)).out).toBe(
      'nothing new: revision 7 is where the history ends\n',
    );
  });

  it('stores contents, and compares them when it goes on', async () => {
    const path = directory();
    await importInto(path, '--content', '--ref', 'main~1');
    expect((await importInto(path, '--content')).out).toMatch(/^imported 1 commit \(5 were there/);
    const get = async (key: string, ...more: string[]): Promise<string> =>
      (await varve(['get', path, '--raw', ...more, '--escaped', '--', key])).out;
    expect(await get('dir/b.txt')).toBe('../link');
    expect(await get('dir/b.txt', '--revision', '6')).toBe('side\n');
    expect(await get('link')).toBe('dir/b.txt');
    expect(await get('\\x01')).toBe('');
    expect(await get('line\\nfeed')).toBe('2');
    expect(await get('\\xff\\xfe not utf-8', '--revision', '4')).toBe('5');
    expect(await get('sub', '--revision', '6')).toMatch(/^160000 0123/);
    const without = await importInto(path);
    expect(without.code).toBe(EXIT.source);
    expect(without.err).toMatch(/\(ERR_OTHER_HISTORY\)\n.*--content/);
  });

  it('stores files beyond the size of a request', async () => {
    const large = new Repository();
    large.commit([{ changes: { large: ['100644', 'x'.repeat(3_000_000)] } }]);
    const argv = ['import-git', large.path, directory(), '--content'];
    expect((await varve(argv)).out).toMatch(/^imported 1 commit, 1 change: revision 2/);
    expect((await varve(['get', directory(), 'large', '--raw'])).out.length).toBe(3_000_000);
    large.remove();
  });

  it('reads a file', async () => {
    writeFileSync(directory('h.ndjson'), '{"c":"1","x":[{"p":"a","v":"100644 b"}]}\n');
    const { out } = await varve(['import-git', directory('h.ndjson'), directory()]);
    expect(out).toMatch(/^imported 1 commit, 1 change: revision 2/);
    expect((await varve(['get', directory(), 'a'])).out).toBe('100644 b\n');
  });

  it('shows a bar on a terminal, on standard error', async () => {
    const { code, out, err } = await varve(['import-git', repository.path, directory()], {
      isTerminal: true,
    });
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^imported 6 commits/);
    expect(err).toContain('importing ');
    expect(err).toContain('100%  6 commits');
  });

  it('ends with 130 when it is interrupted, and goes on from there', async () => {
    const argv = ['import-git', repository.path, directory()];
    const outcome = await varve(argv, { signal: AbortSignal.abort() });
    expect(outcome.code).toBe(EXIT.interrupted);
    expect(outcome.err).toMatch(
      /^varve: interrupted at revision 1 \(ERR_INTERRUPTED\)\n {2}hint: /,
    );
    expect((await varve(argv)).out).toMatch(/^imported 6 commits/);
  });
});

async function refused(argv: readonly string[], code: string, hint?: RegExp): Promise<void> {
  const outcome = await varve(['import-git', ...argv]);
  expect(outcome).toMatchObject({ code: EXIT.source, out: '' });
  const [first, second = '', ...rest] = outcome.err.split('\n');
  expect(first).toMatch(/^varve: /);
  expect(first).toContain(`(${code})`);
  if (hint !== undefined) expect(second).toMatch(hint);
  expect(rest.join('')).toBe('');
}

describe('import-git refuses, with exit code 4,', () => {
  it('a source that is not there, and tells how to get one', async () => {
    await refused([directory('none'), directory()], 'ERR_SOURCE');
    await refused(['https://example.com/x.git', directory()], 'ERR_SOURCE', /git clone --bare/);
  });

  it('a directory without a repository, and a ref that is not there', async () => {
    const parent = directory('..');
    await refused([parent, directory()], 'ERR_NOT_A_REPOSITORY', /history\.ndjson\.gz/);
    const argv = [repository.path, directory(), '--ref', 'nope'];
    await refused(argv, 'ERR_UNKNOWN_REF', /git branch/);
    // Nothing was created for a source that cannot be read.
    expect((await varve(['status', directory()])).err).toContain('ERR_NOT_FOUND');
  });

  it('a machine without git', async () => {
    vi.stubEnv('PATH', directory('empty'));
    await refused([repository.path, directory()], 'ERR_GIT_MISSING', /install git/);
  });

  it('a file that is no history', async () => {
    writeFileSync(directory('letter'), 'dear reader\n');
    await refused([directory('letter'), directory()], 'ERR_BAD_HISTORY', /one line a commit/);
  });

  it('a store of another history, or one that was written to', async () => {
    await importInto(directory(), '--ref', 'side');
    await refused([repository.path, directory()], 'ERR_OTHER_HISTORY');
    await importInto(directory('b'));
    await varve(['put', directory('b'), 'stray', '']);
    await refused([repository.path, directory('b')], 'ERR_OTHER_HISTORY', /written to/);
  });
});

describe('import-git refuses, with exit code 2,', () => {
  it.each([['--content'], ['--ref', 'main']])('%s for a file', async (...more) => {
    writeFileSync(directory('h.ndjson'), '');
    const argv = ['import-git', directory('h.ndjson'), directory(), ...more];
    expect(await varve(argv)).toMatchObject({
      code: EXIT.usage,
      err: expect.stringContaining('is for repositories'),
    });
  });
});
