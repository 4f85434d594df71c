/**
 * What every FileSystem must do, as a function: each implementation's test calls it. Platform
 * limits are those of POSIX. Whether `sync` makes anything durable cannot be seen from inside a
 * running machine; the simulated disk and the crash harness judge that.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileContract } from './fs-file.contract.ts';
import { lockContract } from './fs-lock.contract.ts';
import { fsModelContract } from './fs-model.contract.ts';
import {
  type CurrentPlayground,
  create,
  type Playground,
  textOf,
  withCode,
} from './fs-playground.contract.ts';

export function fsContract(name: string, make: () => Playground): void {
  describe(`file system contract: ${name}`, () => {
    let playground: Playground;
    const current: CurrentPlayground = () => playground;
    beforeEach(() => {
      playground = make();
    });
    afterEach(() => playground.dispose());

    describe('open', () => openContract(current));
    describe('rename and remove', () => nameContract(current));
    describe('directories', () => directoryContract(current));
    describe('files', () => fileContract(current));
    describe('locks', () => lockContract(current));
    describe('model', () => fsModelContract(current));
  });
}

function openContract(current: CurrentPlayground): void {
  it('creates an empty file that can be read and written', () => {
    const { fs, directory } = current();
    const file = fs.open(`${directory}/a`, 'create');
    expect(file.path).toBe(`${directory}/a`);
    expect(file.size()).toBe(0);
    file.writeAt(Buffer.from('sediment'), 0);
    const bytes = Buffer.alloc(8);
    expect(file.readAt(bytes, 0)).toBe(8);
    expect(bytes.toString()).toBe('sediment');
    file.close();
  });

  it('refuses to create what is there: EEXIST, and leaves it alone', () => {
    const { fs, directory } = current();
    create(current(), `${directory}/a`, 'first');
    fs.makeDirectory(`${directory}/d`);
    expect(() => fs.open(`${directory}/a`, 'create')).toThrow(withCode('EEXIST'));
    expect(() => fs.open(`${directory}/d`, 'create')).toThrow(withCode('EEXIST'));
    expect(textOf(current(), `${directory}/a`)).toBe('first');
  });

  it('refuses to open what is missing: ENOENT', () => {
    const { fs, directory } = current();
    expect(() => fs.open(`${directory}/a`, 'read')).toThrow(withCode('ENOENT'));
    expect(() => fs.open(`${directory}/a`, 'write')).toThrow(withCode('ENOENT'));
    expect(() => fs.open(`${directory}/missing/a`, 'create')).toThrow(withCode('ENOENT'));
    expect(fs.list(directory)).toEqual([]);
  });

  it('refuses directories as files (EISDIR) and files as directories (ENOTDIR)', () => {
    const { fs, directory } = current();
    create(current(), `${directory}/a`, '');
    expect(() => fs.open(directory, 'read')).toThrow(withCode('EISDIR'));
    expect(() => fs.open(directory, 'write')).toThrow(withCode('EISDIR'));
    for (const mode of ['read', 'write', 'create'] as const) {
      expect(() => fs.open(`${directory}/a/b`, mode)).toThrow(withCode('ENOTDIR'));
    }
  });

  it('shows all handles of a file the same bytes', () => {
    const { fs, directory } = current();
    const writer = fs.open(`${directory}/a`, 'create');
    const reader = fs.open(`${directory}/a`, 'read');
    writer.writeAt(Buffer.from('seen'), 0);
    expect(reader.size()).toBe(4);
    writer.close();
    expect(textOf(current(), `${directory}/a`)).toBe('seen');
    reader.close();
  });
}

function nameContract(current: CurrentPlayground): void {
  it('renames, replacing the target', () => {
    const { fs, directory } = current();
    create(current(), `${directory}/new`, 'new');
    create(current(), `${directory}/old`, 'old');
    fs.rename(`${directory}/new`, `${directory}/old`);
    expect(fs.list(directory)).toEqual(['old']);
    expect(textOf(current(), `${directory}/old`)).toBe('new');
    fs.rename(`${directory}/old`, `${directory}/old`);
    expect(textOf(current(), `${directory}/old`)).toBe('new');
  });

  it('renames across directories, and directories with what they hold', () => {
    const { fs, directory } = current();
    fs.makeDirectory(`${directory}/d`);
    create(current(), `${directory}/a`, 'a');
    fs.rename(`${directory}/a`, `${directory}/d/b`);
    fs.rename(`${directory}/d`, `${directory}/e`);
    expect(fs.list(directory)).toEqual(['e']);
    expect(textOf(current(), `${directory}/e/b`)).toBe('a');
  });

  it('refuses renames that make no sense', () => {
    const { fs, directory } = current();
    const a = `${directory}/a`;
    const d = `${directory}/d`;
    const full = `${directory}/full`;
    fs.makeDirectory(d);
    fs.makeDirectory(`${full}/inner`);
    create(current(), a, 'a');
    expect(() => fs.rename(`${directory}/missing`, a)).toThrow(withCode('ENOENT'));
    expect(() => fs.rename(a, `${directory}/missing/a`)).toThrow(withCode('ENOENT'));
    expect(() => fs.rename(a, d)).toThrow(withCode('EISDIR'));
    expect(() => fs.rename(d, a)).toThrow(withCode('ENOTDIR'));
    expect(() => fs.rename(d, full)).toThrow(withCode('ENOTEMPTY'));
    expect(() => fs.rename(full, `${full}/inner/full`)).toThrow(withCode('EINVAL'));
    expect(fs.list(directory)).toEqual(['a', 'd', 'full']);
  });

  it('removes a name: ENOENT when missing, and no directories', () => {
    const { fs, directory } = current();
    create(current(), `${directory}/a`, 'a');
    fs.makeDirectory(`${directory}/d`);
    fs.remove(`${directory}/a`);
    expect(fs.list(directory)).toEqual(['d']);
    expect(() => fs.remove(`${directory}/a`)).toThrow(withCode('ENOENT'));
    // EISDIR on Linux, EPERM on other systems.
    expect(() => fs.remove(`${directory}/d`)).toThrow();
    expect(fs.list(directory)).toEqual(['d']);
  });

  it('removes in the background: the name is gone when it says so', async () => {
    const { fs, directory } = current();
    create(current(), `${directory}/a`, 'a');
    await fs.removeInBackground(`${directory}/a`);
    expect(fs.list(directory)).toEqual([]);
    await expect(fs.removeInBackground(`${directory}/a`)).rejects.toThrow(withCode('ENOENT'));
  });

  it('keeps an open file usable after its name went', () => {
    const { fs, directory } = current();
    const removed = fs.open(`${directory}/removed`, 'create');
    const replaced = fs.open(`${directory}/replaced`, 'create');
    const moved = fs.open(`${directory}/moved`, 'create');
    fs.remove(`${directory}/removed`);
    fs.rename(`${directory}/moved`, `${directory}/replaced`);
    for (const file of [removed, replaced, moved]) {
      file.writeAt(Buffer.from(file.path.slice(directory.length + 1)), 0);
      file.sync();
    }
    expect(removed.size()).toBe(7);
    expect(replaced.size()).toBe(8);
    expect(fs.list(directory)).toEqual(['replaced']);
    expect(textOf(current(), `${directory}/replaced`)).toBe('moved');
    for (const file of [removed, replaced, moved]) file.close();
  });
}

function directoryContract(current: CurrentPlayground): void {
  it('makes a directory with its parents, and again without error', () => {
    const { fs, directory } = current();
    fs.makeDirectory(`${directory}/a/b/c`);
    fs.makeDirectory(`${directory}/a/b/c`);
    fs.makeDirectory(`${directory}/a/b/`);
    expect(fs.list(`${directory}/a/b`)).toEqual(['c']);
    expect(fs.list(`${directory}/a/b/c/`)).toEqual([]);
  });

  it('makes no directory where a file is: EEXIST at the end, ENOTDIR on the way', () => {
    const { fs, directory } = current();
    create(current(), `${directory}/a`, '');
    expect(() => fs.makeDirectory(`${directory}/a`)).toThrow(withCode('EEXIST'));
    expect(() => fs.makeDirectory(`${directory}/a/b`)).toThrow(withCode('ENOTDIR'));
    expect(() => fs.makeDirectory(`${directory}/a/b/c`)).toThrow(withCode('ENOTDIR'));
  });

  it('lists names in byte order', () => {
    const { fs, directory } = current();
    // As UTF-16 the last two would be the other way round.
    const names = ['10', '9', 'B', 'a', 'a.b', 'ab', 'é', '\uffee', '\u{10348}'];
    for (const name of names.toReversed()) create(current(), `${directory}/${name}`, '');
    expect(fs.list(directory)).toEqual(names);
  });

  it('lists and syncs directories only: ENOENT, ENOTDIR', () => {
    const { fs, directory } = current();
    create(current(), `${directory}/a`, '');
    fs.syncDirectory(directory);
    expect(() => fs.list(`${directory}/missing`)).toThrow(withCode('ENOENT'));
    expect(() => fs.list(`${directory}/a`)).toThrow(withCode('ENOTDIR'));
    if (process.platform === 'win32') return;
    expect(() => fs.syncDirectory(`${directory}/missing`)).toThrow(withCode('ENOENT'));
    expect(() => fs.syncDirectory(`${directory}/a`)).toThrow(withCode('ENOTDIR'));
  });
}
