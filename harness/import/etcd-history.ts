/**
 * The first-parent history of etcd's own repository, with the digests that every store made of it
 * must show: `../shared/data`, beside the repository and not part of it (its README has the
 * format). Read here with nothing of Varve, so that what is compared does not come from what is
 * tested.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ReadView } from '../../engine/index.ts';
import { repositoryRoot } from '../build.ts';

const shared: string = join(repositoryRoot, '..', 'shared');
export const historyPath: string = join(shared, 'data', 'etcd-git-history.ndjson.gz');
const expectedPath = join(shared, 'data', 'etcd-git-history.expected.json');

/** Undefined when the files are here, or must be: in CI they come with the rest of `shared`. */
export const whyNoHistory: string | undefined =
  existsSync(historyPath) || (process.env['CI'] !== undefined && existsSync(shared))
    ? undefined
    : `${historyPath} is not there`;

export interface Change {
  readonly key: string;
  /** Undefined: deleted. */
  readonly value: string | undefined;
}

export interface Check {
  readonly commit: string;
  /** Of the store, when this commit is its last. */
  readonly revision: number;
  readonly files: number;
  readonly sha256: string;
}

export interface EtcdHistory {
  /** Of each commit, oldest first; three are empty. */
  readonly commits: readonly (readonly Change[])[];
  readonly checks: readonly Check[];
  /** Once all is in. */
  readonly revision: number;
}

interface CommitLine {
  readonly c: string;
  readonly x: readonly ({ readonly p: string; readonly v: string } | { readonly d: string })[];
}
interface Expected {
  readonly commits: number;
  readonly checks: readonly (Omit<Check, 'revision'> & { readonly index: number })[];
}

export function etcdHistory(): EtcdHistory {
  const lines = gunzipSync(readFileSync(historyPath)).toString('utf8').trimEnd().split('\n');
  const expected = JSON.parse(readFileSync(expectedPath, 'utf8')) as Expected;
  const parsed = lines.map((line) => JSON.parse(line) as CommitLine);
  if (parsed.length !== expected.commits) throw new Error(`${parsed.length} commits`);
  const revisions = revisionsAfter(parsed.map(({ x }) => x.length === 0));
  const checks = expected.checks.map(({ index, ...check }) => {
    if (parsed[index]?.c !== check.commit) throw new Error(`commit ${index} is another one`);
    return { ...check, revision: revisions[index] ?? 0 };
  });
  return { commits: parsed.map(changesOf), checks, revision: revisions.at(-1) ?? 1 };
}

/** The store's revision after each commit: 1 at first, one more for each that changes anything. */
export function revisionsAfter(isEmpty: readonly boolean[]): number[] {
  let revision = 1;
  return isEmpty.map((empty) => (empty ? revision : ++revision));
}

function changesOf({ x }: CommitLine): Change[] {
  return x.map((change) =>
    'd' in change ? { key: change.d, value: undefined } : { key: change.p, value: change.v },
  );
}

/** What the view holds, in the words of a check. */
export async function shown(view: ReadView): Promise<Pick<Check, 'files' | 'sha256'>> {
  const hash = createHash('sha256');
  let files = 0;
  for await (const { keyBytes, value } of view.iterate({ all: true })) {
    hash.update(keyBytes).update('\0').update(value).update('\n');
    files++;
  }
  return { files, sha256: hash.digest('hex') };
}

/**
 * The same of a plain replay of the commits up to this revision: where no check was written down.
 */
export function replayed(history: EtcdHistory, revision: number): Pick<Check, 'files' | 'sha256'> {
  const files = new Map<string, string>();
  let reached = 1;
  for (const changes of history.commits) {
    if (changes.length > 0 && ++reached > revision) break;
    for (const { key, value } of changes) {
      if (value === undefined) files.delete(key);
      else files.set(key, value);
    }
  }
  const entries = [...files].map(([key, value]) => ({ key: Buffer.from(key), value }));
  entries.sort((a, b) => Buffer.compare(a.key, b.key));
  const hash = createHash('sha256');
  for (const { key, value } of entries) hash.update(key).update(`\0${value}\n`);
  return { files: files.size, sha256: hash.digest('hex') };
}
