import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fsContract } from './fs.contract.ts';
import { withCode } from './fs-playground.contract.ts';
import { nodeFs } from './node-fs.ts';

const makeTemporary = (): string => mkdtempSync(join(tmpdir(), 'varve-fs-'));
const countOpen = (): number => readdirSync('/proc/self/fd').length;
const removeTemporary = (path: string): void => rmSync(path, { recursive: true, force: true });

fsContract('node', () => {
  const directory = makeTemporary();
  return { fs: nodeFs, directory, dispose: () => removeTemporary(directory) };
});

describe('nodeFs', () => {
  let directory: string;
  beforeEach(() => {
    directory = makeTemporary();
  });
  afterEach(() => removeTemporary(directory));

  it('leaves on disk what other programs can read', () => {
    const file = nodeFs.open(join(directory, 'a'), 'create');
    file.writeAt(Buffer.from('plain'), 0);
    file.sync();
    file.close();
    expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('plain');
    expect(nodeFs.kind).toBe('node');
  });

  it('follows a link to a directory when making directories', () => {
    nodeFs.makeDirectory(join(directory, 'real'));
    symlinkSync(join(directory, 'real'), join(directory, 'link'));
    nodeFs.makeDirectory(join(directory, 'link'));
    nodeFs.makeDirectory(join(directory, 'link', 'inner'));
    expect(nodeFs.list(join(directory, 'real'))).toEqual(['inner']);
  });

  it('reports an empty path instead of searching for its parent', () => {
    expect(() => nodeFs.makeDirectory('')).toThrow(withCode('ENOENT'));
  });

  // Permissions do not stop root, and Windows has others.
  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'passes on what the operating system forbids',
    () => {
      nodeFs.open(join(directory, 'a'), 'create').close();
      chmodSync(join(directory, 'a'), 0o400);
      expect(() => nodeFs.open(join(directory, 'a'), 'write')).toThrow(withCode('EACCES'));
    },
  );

  it.skipIf(process.platform !== 'linux')('leaks no descriptor', async () => {
    const before = countOpen();
    for (let i = 0; i < 20; i++) {
      const file = nodeFs.open(join(directory, `${i}`), 'create');
      const syncs = [file.syncInBackground(), file.syncInBackground()];
      file.close();
      await Promise.all(syncs);
      expect(() => nodeFs.open(directory, 'read')).toThrow(withCode('EISDIR'));
      nodeFs.syncDirectory(directory);
    }
    expect(countOpen()).toBe(before);
  });
});
