/** The history of the repository that the tests run in, as git itself tells it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../build.ts';
import { revisionsAfter } from './etcd-history.ts';

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** An archive has no history, and a shallow clone not all of it. */
export const whyNoOwnHistory: string | undefined = reason();

export interface OwnCommit {
  readonly id: string;
  /** Of the store, when this commit is its last. */
  readonly revision: number;
}

/** First-parent commits up to this one, oldest first; one is empty if its tree is its parent's. */
export function ownCommits(tip: string): OwnCommit[] {
  const format = ['log', '--first-parent', '--reverse', '--format=%H %T', tip];
  const pairs = git(...format)
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const isEmpty = pairs.map(([, tree], index) => tree === (pairs[index - 1]?.[1] ?? EMPTY_TREE));
  const revisions = revisionsAfter(isEmpty);
  return pairs.map(([id = ''], index) => ({ id, revision: revisions[index] ?? 0 }));
}

/** path → `<mode> <id>`, paths in latin1, one char a byte. */
export function ownFiles(commit: string): Map<string, string> {
  const lines = git('ls-tree', '-r', '-z', commit).split('\0').slice(0, -1);
  return new Map(
    lines.map((line) => {
      const tab = line.indexOf('\t');
      const [mode, , id] = line.slice(0, tab).split(' ');
      return [line.slice(tab + 1), `${mode} ${id}`];
    }),
  );
}

export function ownTip(): string {
  return git('rev-parse', 'HEAD').trim();
}

function git(...args: string[]): string {
  const options = { encoding: 'latin1', maxBuffer: 1 << 30 } as const;
  return execFileSync('git', ['-C', repositoryRoot, ...args], options);
}

function reason(): string | undefined {
  if (!existsSync(join(repositoryRoot, '.git'))) return 'this is no clone: there is no .git';
  try {
    const isShallow = git('rev-parse', '--is-shallow-repository').trim() === 'true';
    return isShallow ? 'this clone is shallow' : undefined;
  } catch (error) {
    return `git does not work here: ${String(error)}`;
  }
}
