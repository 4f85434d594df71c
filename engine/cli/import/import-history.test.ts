/** Applying a history: what becomes a revision, what may be gone on with, and what is refused. */
import { describe, expect, it } from 'vitest';
import { openMemory } from '../../index.ts';
import type { EmbeddedStore } from '../../types.ts';
import { CliError } from '../cli-error.ts';
import type { HistoryCommit, HistorySource } from './history.ts';
import { importHistory } from './import-history.ts';

type Change = readonly [key: string, value?: string];

/** Commits named 1, 2, 3, ... */
function sourceOf(...commits: (readonly Change[])[]): HistorySource & { given: () => number } {
  let given = 0;
  async function* all(): AsyncGenerator<HistoryCommit, void, undefined> {
    for (const changes of commits) {
      given++;
      yield {
        id: String(given),
        changes: changes.map(([key, value]) => ({ key: Buffer.from(key), value })),
      };
    }
  }
  return { name: 'test', commits: all(), fractionRead: () => 0, given: () => given };
}

async function contentAt(store: EmbeddedStore, revision: number): Promise<string> {
  const { kvs } = await store.at(revision).range({ all: true });
  return kvs.map((kv) => `${kv.key}=${kv.text()}@${kv.modRevision}`).join(' ');
}

const COMMITS: (readonly Change[])[] = [
  [
    ['a', '1'],
    ['b', '1'],
  ],
  [],
  [['a', '2']],
  [['b'], ['c', '1']],
  [],
  [['c']],
  [['a', '2']],
];

const otherHistory = expect.objectContaining({ code: 'ERR_OTHER_HISTORY' });
const badHistory = expect.objectContaining({ code: 'ERR_BAD_HISTORY' });

describe('importHistory', () => {
  it('makes one revision of each commit that changes anything', async () => {
    await using store = await openMemory();
    const seen: number[] = [];
    const summary = await importHistory(store, sourceOf(...COMMITS), {
      onCommit: ({ commits }) => seen.push(commits),
    });
    expect(summary).toEqual({
      commits: 7,
      skipped: 0,
      applied: 5,
      changes: 7,
      empty: 2,
      revision: 6,
      isInterrupted: false,
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await contentAt(store, 2)).toBe('a=1@2 b=1@2');
    expect(await contentAt(store, 3)).toBe('a=2@3 b=1@2');
    expect(await contentAt(store, 4)).toBe('a=2@3 c=1@4');
    expect(await contentAt(store, 5)).toBe('a=2@3');
    expect(await contentAt(store, 6)).toBe('a=2@6');
  });

  it.each(COMMITS.map((_, index) => index))('goes on after %i commits', async (count) => {
    await using store = await openMemory();
    await importHistory(store, sourceOf(...COMMITS.slice(0, count)));
    const before = store.revision;
    const summary = await importHistory(store, sourceOf(...COMMITS));
    expect(summary).toMatchObject({ commits: 7, skipped: before - 1, revision: 6 });
    expect(summary.applied).toBe(6 - before);
    expect(await contentAt(store, 6)).toBe('a=2@6');
    expect(await importHistory(store, sourceOf(...COMMITS))).toMatchObject({ applied: 0 });
  });

  it('takes a key twice in one commit', async () => {
    await using store = await openMemory();
    const commits: (readonly Change[])[] = [[['a', '1'], ['a', '2'], ['b', '1'], ['b']], [['a']]];
    await importHistory(store, sourceOf(...commits));
    expect(await contentAt(store, 2)).toBe('a=2@2');
    expect((await importHistory(store, sourceOf(...commits))).skipped).toBe(2);
  });

  it('stops between two commits when asked to', async () => {
    await using store = await openMemory();
    const stop = new AbortController();
    const onCommit = ({ commits }: { commits: number }): void => {
      if (commits === 3) stop.abort();
    };
    const summary = await importHistory(store, sourceOf(...COMMITS), {
      signal: stop.signal,
      onCommit,
    });
    expect(summary).toMatchObject({ commits: 3, applied: 2, revision: 3, isInterrupted: true });
    expect((await importHistory(store, sourceOf(...COMMITS))).applied).toBe(3);
  });
});

const nothing = (): Promise<void> => Promise.resolve();

describe('importHistory refuses to go on with', () => {
  async function importThen(
    change: (store: EmbeddedStore) => Promise<unknown>,
    ...commits: (readonly Change[])[]
  ): Promise<void> {
    await using store = await openMemory();
    await importHistory(store, sourceOf(...COMMITS.slice(0, 4)));
    await change(store);
    const { revision } = store;
    const source = sourceOf(...commits);
    await expect(importHistory(store, source)).rejects.toThrow(otherHistory);
    expect(store.revision).toBe(revision);
  }
  const [first = [], second = [], third = [], fourth = []] = COMMITS;

  it.each<[string, (readonly Change[])[]]>([
    [
      'another value',
      [
        [
          ['a', '9'],
          ['b', '1'],
        ],
        second,
        third,
        fourth,
      ],
    ],
    [
      'another key',
      [
        [
          ['a', '1'],
          ['x', '1'],
        ],
        second,
        third,
        fourth,
      ],
    ],
    ['a change more', [first, second, [...third, ['x', '1']], fourth]],
    ['a change less', [first, second, third, [['b']]]],
    [
      'a put for a delete',
      [
        first,
        second,
        third,
        [
          ['b', '1'],
          ['c', '1'],
        ],
      ],
    ],
    ['a delete for a put', [first, second, third, [['b'], ['c']]]],
    ['a commit less', [first, second, third]],
    ['no commit', []],
    ['a commit inserted', [first, [['x', '1']], third, fourth]],
  ])('%s', async (_, commits) => await importThen(nothing, ...commits));

  it('a store that something else wrote to', async () => {
    await importThen((store) => store.put('stray', '1'), ...COMMITS);
    await importThen((store) => store.delete('a'), ...COMMITS);
  });

  it('a store that was imported with or without contents', async () => {
    await using store = await openMemory();
    await importHistory(store, sourceOf(...COMMITS));
    const contents = {
      read: (value: string) => Promise.resolve(Buffer.from(`content of ${value}`)),
      [Symbol.asyncDispose]: nothing,
    };
    const blobs: (readonly Change[])[] = [[['a', `100644 ${'0'.repeat(40)}`]]];
    await expect(importHistory(store, sourceOf(...blobs), { contents })).rejects.toThrow(
      otherHistory,
    );
  });
});

describe('importHistory leaves a prefix of whole commits', () => {
  it('when a commit deletes what is not there', async () => {
    await using store = await openMemory();
    const source = sourceOf([['a', '1']], [['b', '1'], ['x']], [['c', '1']], [['d', '1']]);
    await expect(importHistory(store, source)).rejects.toThrow(/commit 2 deletes "x"/);
    expect(source.given()).toBe(2);
    expect(store.revision).toBe(2);
    expect(await contentAt(store, 2)).toBe('a=1@2');
    await expect(importHistory(store, sourceOf([['a', '1']], [['x']]))).rejects.toThrow(badHistory);
  });

  it('when the source fails', async () => {
    await using store = await openMemory();
    const source = sourceOf();
    async function* cut(): AsyncGenerator<HistoryCommit, void, undefined> {
      yield* sourceOf([['a', '1']], [['b', '1']]).commits;
      throw new CliError('ERR_SOURCE', 'cut');
    }
    await expect(importHistory(store, { ...source, commits: cut() })).rejects.toThrow('cut');
    expect(await contentAt(store, 3)).toBe('a=1@2 b=1@3');
  });

  it('when a value is too large', async () => {
    await using store = await openMemory({ maxRequestBytes: 100 });
    const source = sourceOf([['a', '1']], [['b', 'x'.repeat(200)]], [['c', '1']], [['d', '1']]);
    await expect(importHistory(store, source)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_REQUEST_TOO_LARGE' }),
    );
    expect(await contentAt(store, store.revision)).toBe('a=1@2');
  });
});
