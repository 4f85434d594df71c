/**
 * The main job on real input: histories of real repositories go in through the command line, in a
 * process of its own, and every commit comes out again as git, or a digest written down beforehand,
 * says it was.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedStore, open } from '../../engine/index.ts';
import { compiledCli, repositoryRoot } from '../build.ts';
import { type EtcdHistory, etcdHistory, historyPath } from './etcd-history.ts';
import { replayed, shown, whyNoHistory } from './etcd-history.ts';
import { ownCommits, ownFiles, ownTip, whyNoOwnHistory } from './own-history.ts';
import { newRandom } from './random.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-import-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

for (const why of [whyNoOwnHistory, whyNoHistory]) {
  if (why !== undefined) process.stderr.write(`import-git.test.ts skips a part: ${why}\n`);
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly milliseconds: number;
}

/** Runs `varve import-git` to its end, or until it is killed. */
async function importGit(args: readonly string[], killAfterMs?: number): Promise<Ended> {
  const program = compiledCli();
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, [program, 'import-git', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const timer =
    killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(timer);
  return { code, output, milliseconds: performance.now() - startedAtMs };
}

describe.skipIf(whyNoOwnHistory !== undefined)('the history of this clone', () => {
  /** Enough to meet a wrong tree, few enough for a repository that grew old. */
  const SAMPLES_MAX = 60;

  it('comes out as git ls-tree has it', async () => {
    const tip = ownTip();
    const { code, output } = await importGit([repositoryRoot, directory, '--ref', tip]);
    expect({ code, output }).toMatchObject({ code: 0 });
    const commits = ownCommits(tip);
    await using store = await open(directory, { readOnly: true });
    expect(store.revision).toBe(commits.at(-1)?.revision);
    const step = Math.ceil(commits.length / SAMPLES_MAX);
    for (const [index, { id, revision }] of commits.entries()) {
      if (index % step !== 0 && index !== commits.length - 1) continue;
      const files = new Map<string, string>();
      for await (const { keyBytes, value } of store.at(revision).iterate({ all: true })) {
        files.set(latin1(keyBytes), latin1(value));
      }
      expect(`${id}\n${listed(files)}`).toBe(`${id}\n${listed(ownFiles(id))}`);
    }
  });

  it('comes out with the contents that git has the hashes of', async () => {
    const tip = ownTip();
    const args = [repositoryRoot, directory, '--ref', tip, '--content'];
    expect(await importGit(args)).toMatchObject({ code: 0 });
    await using store = await open(directory, { readOnly: true });
    const ids = new Map<string, string | undefined>();
    for await (const { keyBytes, value } of store.iterate({ all: true })) {
      const hash = createHash('sha1').update(`blob ${value.length}\0`).update(value);
      ids.set(latin1(keyBytes), hash.digest('hex'));
    }
    const expected = [...ownFiles(tip)].map(([path, file]) => [path, file.split(' ')[1]] as const);
    expect(ids).toEqual(new Map(expected));
  });
});

/** As text, which compares in no time. */
const listed = (files: ReadonlyMap<string, string>): string =>
  [...files]
    .map(([path, file]) => `${path}\t${file}`)
    .sort()
    .join('\n');

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe.skipIf(whyNoHistory !== undefined)('the history of etcd', () => {
  let history: EtcdHistory;
  beforeAll(() => {
    history = etcdHistory();
  });

  async function expectEveryCheck(store: EmbeddedStore): Promise<void> {
    expect(store.revision).toBe(history.revision);
    expect(history.checks.length).toBeGreaterThan(10);
    for (const { commit, revision, ...expected } of history.checks) {
      const found = await shown(store.at(revision));
      expect({ commit, revision, ...found }).toEqual({ commit, revision, ...expected });
    }
  }

  it('written through the public door holds every check, before and after a reopen', async () => {
    {
      await using store = await open(directory);
      const writes: Promise<unknown>[] = [];
      for (const changes of history.commits) {
        const write = store.write((tx) => {
          for (const { key, value } of changes) {
            if (value === undefined) tx.delete(key);
            else tx.put(key, value);
          }
        });
        writes.push(write);
        if (writes.length >= 256) await Promise.all(writes.splice(0));
      }
      await Promise.all(writes);
      await expectEveryCheck(store);
    }
    await using store = await open(directory);
    await expectEveryCheck(store);
  });

  it('imported by the command line holds every check', async () => {
    const { code, output } = await importGit([historyPath, directory]);
    expect({ code, output }).toMatchObject({ code: 0 });
    await using store = await open(directory, { readOnly: true });
    await expectEveryCheck(store);
  });

  it('killed at random moments goes on where it was', async () => {
    const KILLS_MIN = 6;
    const { random, seed } = newRandom();
    process.stderr.write(`import-git.test.ts: VARVE_SEED=${seed} draws these moments again\n`);
    const whole = await importGit([historyPath, join(directory, 'whole')]);
    expect(whole.code).toBe(0);
    const stoppedAt: number[] = [];
    // Kills are aimed at the time that a run takes, which is corrected when one misses.
    let aimMs = whole.milliseconds;
    for (let round = 0; stoppedAt.length < KILLS_MIN; round++) {
      const path = join(directory, `killed-${round}`);
      // Going on begins by comparing all there is, so a store that is nearly done may be killed often
      // without getting further: after a few kills it is left alone, and the next one begun.
      for (let kills = 0; kills < KILLS_MIN / 2; kills++) {
        const { code, output } = await importGit([historyPath, path], aimMs * (0.2 + random()));
        expect([0, null], output).toContain(code);
        const revision = await expectPrefix(path);
        if (code === 0) {
          aimMs *= 0.8;
          break;
        }
        expect(revision).toBeGreaterThanOrEqual(kills > 0 ? (stoppedAt.at(-1) ?? 0) : 1);
        stoppedAt.push(revision);
      }
      expect(await importGit([historyPath, path])).toMatchObject({ code: 0 });
      await using store = await open(path, { readOnly: true });
      await expectEveryCheck(store);
    }
    process.stderr.write(`import-git.test.ts: killed at revisions ${stoppedAt.join(', ')}\n`);
    // Kills that hit nothing would prove nothing.
    const inTheMiddle = stoppedAt.filter((at) => at > 1 && at < history.revision);
    expect(inTheMiddle.length).toBeGreaterThan(0);
  }, 180_000);

  /** A kill may come before there is a store; else it holds whole commits, from the first on. */
  async function expectPrefix(path: string): Promise<number> {
    await using store = await open(path);
    const { revision } = store;
    expect({ revision, ...(await shown(store)) }).toEqual({
      revision,
      ...replayed(history, revision),
    });
    return revision;
  }
});
