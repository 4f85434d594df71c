/** Histories from files: what is read, and what each kind of bad file gets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryCommit } from './history.ts';
import { ndjsonHistory } from './ndjson-history.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-ndjson-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function read(content: string | Buffer, name = 'history.ndjson'): Promise<HistoryCommit[]> {
  const path = join(directory, name);
  writeFileSync(path, content);
  const commits: HistoryCommit[] = [];
  const source = await ndjsonHistory(path);
  for await (const commit of source.commits) commits.push(commit);
  expect(source.fractionRead(commits.length)).toBe(content.length === 0 ? 0 : 1);
  return commits;
}

const LINES = [
  '{"c":"1","t":5,"x":[{"p":"a b","v":"100644 aa"},{"p":"caf\u00e9\u2028","v":""}]}',
  '{"c":"2","x":[]}',
  '{"c":"3","x":[{"d":"a b"}]}',
].join('\n');
const COMMITS = [
  {
    id: '1',
    changes: [
      { key: Buffer.from('a b'), value: '100644 aa' },
      { key: Buffer.from('caf\u00e9\u2028'), value: '' },
    ],
  },
  { id: '2', changes: [] },
  { id: '3', changes: [{ key: Buffer.from('a b'), value: undefined }] },
];

describe('ndjsonHistory', () => {
  it.each([
    ['plain', LINES],
    ['with a last line feed', `${LINES}\n`],
    ['with CR LF', `${LINES.replaceAll('\n', '\r\n')}\r\n`],
    ['gzip', gzipSync(`${LINES}\n`)],
    ['gzip in two members', Buffer.concat([gzipSync(LINES.slice(0, 9)), gzipSync(LINES.slice(9))])],
  ])('reads a file: %s', async (_, content) => expect(await read(content)).toEqual(COMMITS));

  it('reads an empty file as no commits', async () => expect(await read('')).toEqual([]));

  it('joins lines that lie in many chunks', async () => {
    const path = 'x'.repeat(200_000);
    const [commit] = await read(gzipSync(`{"c":"1","x":[{"d":"${path}"}]}\n`));
    expect(commit?.changes[0]?.key.length).toBe(200_000);
  });

  it.each([
    ['not JSON', `${LINES}\nnot json`, /line 4: not a commit/],
    ['a number', '1', /line 1: not a commit/],
    ['null', 'null', /line 1: not a commit/],
    ['no id', '{"x":[]}', /line 1: not a commit/],
    ['no changes', '{"c":"1"}', /line 1: not a commit/],
    ['a put without a value', '{"c":"1","x":[{"p":"a"}]}', /line 1: neither .*"p":"a"/],
    ['a delete and put', '{"c":"1","x":[{"p":"a","v":"","d":"a"}]}', /line 1: neither/],
    ['an empty path', '{"c":"1","x":[{"d":""}]}', /line 1: neither/],
    ['a change that is no object', '{"c":"1","x":[7]}', /line 1: neither .*: 7/],
  ])('refuses %s, naming the line', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
    await expect(read(content)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_BAD_HISTORY' }),
    );
  });

  it('refuses a compressed file that was cut', async () => {
    const cut = gzipSync(`${LINES}\n`.repeat(1000)).subarray(0, 100);
    await expect(read(cut)).rejects.toThrow(/history.ndjson cannot be read: unexpected end/);
    await expect(read(cut)).rejects.toThrow(expect.objectContaining({ code: 'ERR_SOURCE' }));
  });
});
