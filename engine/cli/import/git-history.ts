/**
 * The first-parent history of a ref in a git repository, through one `git log`. A merge is one
 * commit: what it changed against its first parent, which is how the branch itself saw it.
 *
 * The ref becomes a commit id first, so that a repository that is being pushed to gives one
 * history.
 */
import { CliError } from '../cli-error.ts';
import { GitProcess, gitText } from './git-process.ts';
import { RawLogParser } from './git-raw-log.ts';
import type { HistoryCommit, HistorySource } from './history.ts';

/**
 * A user's configuration must not change what is read: every setting that could is overruled.
 * `-m` says to git before 2.31 what --first-parent says to later ones: compare merges too.
 */
const LOG_ARGUMENTS = [
  '-c',
  'log.showRoot=true',
  '-c',
  'log.diffMerges=separate',
  'log',
  '--first-parent',
  '-m',
  '--reverse',
  '--raw',
  '-z',
  '--format=%H',
  '--no-abbrev',
  '--no-renames',
  '--no-color',
  '--no-ext-diff',
  '--no-show-signature',
  '--ignore-submodules=none',
];

export async function gitHistory(repository: string, ref = 'HEAD'): Promise<HistorySource> {
  const commitId = await commitOf(repository, ref);
  const total = Number(
    await gitText(repository, ['rev-list', '--count', '--first-parent', commitId]),
  );
  return {
    name: repository,
    commits: gitCommits(repository, commitId),
    fractionRead: (commitCount) => commitCount / Math.max(total, 1),
  };
}

async function* gitCommits(
  repository: string,
  commitId: string,
): AsyncGenerator<HistoryCommit, void, undefined> {
  const git = new GitProcess(repository, [...LOG_ARGUMENTS, commitId, '--']);
  const parser = new RawLogParser();
  try {
    git.stdin.end();
    for await (const chunk of git.stdout) yield* parser.push(chunk as Buffer);
    // A git that was killed halfway leaves a commit cut in two: only a good end completes the last
    // one.
    await git.ended();
    yield* parser.end();
  } finally {
    git.stop();
  }
}

async function commitOf(repository: string, ref: string): Promise<string> {
  try {
    await gitText(repository, ['rev-parse', '--git-dir']);
  } catch (error) {
    if (!(error instanceof CliError) || !/not a git repository/.test(error.message)) throw error;
    throw new CliError('ERR_NOT_A_REPOSITORY', `${repository} is not a git repository`, {
      hint: 'name a directory that git works in, or a history.ndjson.gz file',
      cause: error,
    });
  }
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
    return await gitText(repository, args);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'ERR_GIT') throw error;
    const what = ref === 'HEAD' ? 'no commit yet' : `no branch, tag or commit ${ref}`;
    throw new CliError('ERR_UNKNOWN_REF', `${repository} has ${what}`, {
      hint: '`git branch --all` shows the branches; --ref takes any of them',
      cause: error,
    });
  }
}
