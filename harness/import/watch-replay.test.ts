/**
 * The history of etcd's own repository goes into a store on disk, and three watches from revision 1 look on:
 * one that was there before it, one that comes when half of it is in, one that comes afterwards. All three
 * show the same, event by event, and that is what the history says.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EmbeddedStore, open } from '../../engine/index.ts';
import { type Change, type EtcdHistory, etcdHistory, whyNoHistory } from './etcd-history.ts';

if (whyNoHistory !== undefined) {
  process.stderr.write(`watch-replay.test.ts skips everything: ${whyNoHistory}\n`);
}

/** So many commits are under way at once. */
const COMMITS_IN_FLIGHT = 64;

describe.skipIf(whyNoHistory !== undefined)('the history of etcd, watched', () => {
  it('R91 before, during and after: the same events', async () => {
    const history = etcdHistory();
    const directory = mkdtempSync(join(tmpdir(), 'varve-watch-'));
    try {
      await using store = await open(directory);
      const { commits, revision } = history;
      const half = commits.length >> 1;
      const before = eventsUpTo(store, revision);
      await write(store, commits.slice(0, half));
      const during = eventsUpTo(store, revision);
      await write(store, commits.slice(half));
      expect(store.revision).toBe(revision);
      const after = eventsUpTo(store, revision);
      const expected = digestsOf(history);
      expect(expected.size).toBe(revision - 1);
      const found = await Promise.all([before, during, after]);
      const differences = found.map((digests) => firstDifference(digests, expected));
      expect(differences).toEqual([undefined, undefined, undefined]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

/** For each revision a digest of its events: type, key and content, in order. */
type Digests = ReadonlyMap<number, string>;

async function eventsUpTo(store: EmbeddedStore, last: number): Promise<Digests> {
  const texts = new Map<number, Uint8Array[]>();
  await using watch = store.watch({ all: true }, { startRevision: 1 });
  for await (const batch of watch.batches()) {
    for (const { type, revision, kv } of batch.events) {
      const parts = texts.get(revision) ?? [];
      parts.push(Buffer.from(`${type} `), kv.keyBytes, kv.value);
      texts.set(revision, parts);
    }
    if (batch.revision >= last) break;
  }
  return new Map([...texts].map(([revision, parts]) => [revision, digestOf(parts)]));
}

/** The same from the commits, with a plain set of the paths that exist: deleting others is no event. */
function digestsOf({ commits }: EtcdHistory): Digests {
  const digests = new Map<number, string>();
  const paths = new Set<string>();
  let revision = 1;
  for (const changes of commits) {
    const parts = changes.flatMap(({ key, value }) => {
      const isThere = paths.delete(key);
      if (value === undefined && !isThere) return [];
      if (value !== undefined) paths.add(key);
      const type = value === undefined ? 'delete ' : 'put ';
      return [Buffer.from(type), Buffer.from(key), Buffer.from(value ?? '')];
    });
    if (parts.length > 0) digests.set(++revision, digestOf(parts));
  }
  return digests;
}

function digestOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('hex');
}

/** The first revision that is not the same in both; revisions come in order, too. */
function firstDifference(found: Digests, expected: Digests): number | undefined {
  const revisions = [...found.keys()];
  const at = [...expected].findIndex(
    ([revision, digest], i) => revisions[i] !== revision || found.get(revision) !== digest,
  );
  if (at >= 0) return [...expected.keys()][at];
  return revisions[expected.size];
}

async function write(store: EmbeddedStore, commits: readonly (readonly Change[])[]): Promise<void> {
  for (let first = 0; first < commits.length; first += COMMITS_IN_FLIGHT) {
    const group = commits.slice(first, first + COMMITS_IN_FLIGHT).map((changes) =>
      store.write((tx) => {
        for (const { key, value } of changes) {
          if (value === undefined) tx.delete(key);
          else tx.put(key, value);
        }
      }),
    );
    await Promise.all(group);
  }
}
