/**
 * A history from a file, plain or compressed by gzip (told by its first bytes, not by its name):
 * one commit a line, oldest first, so that a history can be shared without its repository.
 *
 *     {"c": commit id, "t": time, "x": [{"p": path, "v": "<mode> <blob id>"} | {"d": path}, ...]}
 *
 * `p` puts, `d` deletes; other members are ignored.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CliError } from '../cli-error.ts';
import type { HistoryChange, HistoryCommit, HistorySource } from './history.ts';

export async function ndjsonHistory(path: string): Promise<HistorySource> {
  const { sizeBytes, isGzip } = await look(path);
  const file = createReadStream(path);
  // The pipeline hands errors of the file on to its reader; its own callback has nothing to add.
  const chunks = isGzip ? pipeline(file, createGunzip(), () => {}) : file;
  return {
    name: path,
    commits: commitsIn(path, chunks),
    fractionRead: () => file.bytesRead / Math.max(sizeBytes, 1),
  };
}

async function look(path: string): Promise<{ sizeBytes: number; isGzip: boolean }> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const magic = Buffer.alloc(2);
    await file.read(magic, 0, 2, 0);
    return { sizeBytes: (await file.stat()).size, isGzip: magic.readUInt16BE() === 0x1f8b };
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file?.close();
  }
}

async function* commitsIn(
  path: string,
  chunks: AsyncIterable<unknown>,
): AsyncGenerator<HistoryCommit, void, undefined> {
  let lineNumber = 0;
  for await (const line of linesOf(path, chunks)) {
    lineNumber++;
    if (line !== '') yield commitIn(line, `${path}, line ${lineNumber}`);
  }
}

const LINE_FEED = 10;

/** Only a line feed ends a line: node:readline would also cut at U+2028, which JSON may hold. */
async function* linesOf(
  path: string,
  chunks: AsyncIterable<unknown>,
): AsyncGenerator<string, void, undefined> {
  let parts: Buffer[] = [];
  try {
    for await (const chunk of chunks) {
      const bytes = chunk as Buffer;
      let start = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
        parts.push(bytes.subarray(start, end));
        yield Buffer.concat(parts).toString('utf8');
        parts = [];
        start = end + 1;
      }
      parts.push(bytes.subarray(start));
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  yield Buffer.concat(parts).toString('utf8');
}

function commitIn(line: string, where: string): HistoryCommit {
  const commit = jsonIn(line);
  if (!isObject(commit) || typeof commit['c'] !== 'string' || !Array.isArray(commit['x'])) {
    throw new CliError('ERR_BAD_HISTORY', `${where}: not a commit`, {
      hint: 'one line a commit: {"c":"<id>","x":[{"p":"<path>","v":"<mode> <id>"},{"d":"<path>"}]}',
    });
  }
  const changes = commit['x'].map((change: unknown) => changeIn(change, where));
  return { id: commit['c'], changes };
}

function changeIn(change: unknown, where: string): HistoryChange {
  if (isObject(change)) {
    const { p: put, v: value, d: deleted } = change;
    if (typeof deleted === 'string' && put === undefined && deleted !== '') {
      return { key: Buffer.from(deleted), value: undefined };
    }
    if (
      typeof put === 'string' &&
      typeof value === 'string' &&
      deleted === undefined &&
      put !== ''
    ) {
      return { key: Buffer.from(put), value };
    }
  }
  const shown = JSON.stringify(change).slice(0, 80);
  throw new CliError('ERR_BAD_HISTORY', `${where}: neither a put nor a delete: ${shown}`);
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function unreadable(path: string, error: unknown): unknown {
  // An early return of the generator is no failure of the file.
  if (!(error instanceof Error) || error instanceof CliError) return error;
  return new CliError('ERR_SOURCE', `${path} cannot be read: ${error.message}`, { cause: error });
}
