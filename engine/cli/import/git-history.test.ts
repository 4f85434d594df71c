/** Histories of real repositories, judged by `git ls-tree`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GitBlobs } from './git-blobs.ts';
import { gitHistory } from './git-history.ts';
import { ODD_HISTORY, Repository } from './git-playground.contract.ts';
import type { HistoryCommit } from './history.ts';

const withCode = (code: string): unknown => expect.objectContaining({ code });

async function commitsOf(path: string, ref?: string): Promise<HistoryCommit[]> {
  const commits: HistoryCommit[] = [];
  const source = await gitHistory(path, ref);
  for await (const commit of source.commits) commits.push(commit);
  expect(source.fractionRead(commits.length)).toBe(1);
  return commits;
}

/** Every commit's tree, rebuilt from the changes, is what git says it is. */
function expectTrees(repository: Repository, commits: readonly HistoryCommit[]): void {
  const files = new Map<string, string>();
  for (const { id, changes } of commits) {
    for (const { key, value } of changes) {
      const path = Buffer.from(key).toString('latin1');
      if (value === undefined) expect(files.delete(path)).toBe(true);
      else files.set(path, value);
    }
    expect(files).toEqual(repository.files(id));
  }
}

describe('gitHistory', () => {
  let repository: Repository;
  beforeAll(() => {
    repository = new Repository();
    repository.commit(ODD_HISTORY);
  });
  afterAll(() => repository.remove());
  afterEach(() => vi.unstubAllEnvs());

  it('gives every first-parent commit, and changes that rebuild its tree', async () => {
    const commits = await commitsOf(repository.path);
    expect(commits.map(({ id }) => id)).toEqual(repository.firstParents());
    expect(commits.map(({ changes }) => changes.length)).toEqual([3, 3, 0, 7, 3, 4, 3]);
    expectTrees(repository, commits);
  });

  it('follows the ref it is given', async () => {
    const commits = await commitsOf(repository.path, 'side');
    expect(commits.map(({ id }) => id)).toEqual(repository.firstParents('side'));
    expectTrees(repository, commits);
    const tip = commits.at(-1)?.id ?? '';
    expect(await commitsOf(repository.path, tip.slice(0, 12))).toEqual(commits);
  });

  it('is not led astray by configuration or environment', async () => {
    const expected = await commitsOf(repository.path);
    const settings = {
      'log.showRoot': 'false',
      'log.showSignature': 'true',
      'log.diffMerges': 'combined',
      'log.decorate': 'full',
      'diff.renames': 'copies',
      'diff.ignoreSubmodules': 'all',
      'diff.noprefix': 'true',
      'core.abbrev': '7',
      'color.ui': 'always',
      'format.pretty': 'fuller',
    };
    for (const [name, value] of Object.entries(settings)) repository.git('config', name, value);
    vi.stubEnv('GIT_DIR', join(tmpdir(), 'no-such-repository'));
    expect(await commitsOf(repository.path)).toEqual(expected);
    vi.unstubAllEnvs();
    for (const name of Object.keys(settings)) repository.git('config', '--unset', name);
  });

  it('stops git when it is left early', async () => {
    const { commits } = await gitHistory(repository.path);
    for await (const { id } of commits) {
      expect(id).toBe(repository.firstParents()[0]);
      break;
    }
  });

  it('reads contents, links and submodules', async () => {
    await using blobs = new GitBlobs(repository.path);
    const read = async (path: string): Promise<string> => {
      const value = repository.files('main~1').get(path);
      return Buffer.from(await blobs.read(value ?? '')).toString();
    };
    const paths = ['dir/b.txt', 'link', 'sub', '\x01', 'line\nfeed', 'dir/b.txt'];
    expect(await Promise.all(paths.map(read))).toEqual([
      'side\n',
      'dir/b.txt',
      '160000 0123456789abcdef0123456789abcdef01234567',
      '',
      '2',
      'side\n',
    ]);
  });

  it('says which blob is missing, and goes no further', async () => {
    await using blobs = new GitBlobs(repository.path);
    const missing = blobs.read(`100644 ${'12'.repeat(20)}`);
    const after = blobs.read(repository.files('main').get('link') ?? '');
    await expect(missing).rejects.toThrow(/12121212.* missing/);
    await expect(after).rejects.toThrow(withCode('ERR_GIT'));
    await expect(blobs.read(`100644 ${'12'.repeat(20)}`)).rejects.toThrow(withCode('ERR_GIT'));
  });
});

describe('gitHistory refuses', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'varve-no-git-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  afterEach(() => vi.unstubAllEnvs());

  it('a directory that is no repository', async () => {
    await expect(gitHistory(directory)).rejects.toThrow(withCode('ERR_NOT_A_REPOSITORY'));
  });

  it('a repository without commits, and a ref that is not there', async () => {
    const repository = new Repository();
    await expect(gitHistory(repository.path)).rejects.toThrow(/no commit yet/);
    repository.commit([{ changes: { a: ['100644', ''] } }]);
    for (const ref of ['nope', '--all', '']) {
      await expect(gitHistory(repository.path, ref)).rejects.toThrow(withCode('ERR_UNKNOWN_REF'));
    }
    repository.remove();
  });

  it('a machine without git', async () => {
    vi.stubEnv('PATH', directory);
    await expect(gitHistory(directory)).rejects.toThrow(withCode('ERR_GIT_MISSING'));
  });
});
