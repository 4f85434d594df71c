/** The part of the file system contract that is about one open file. Called by fs.contract.ts. */
import { expect, it } from 'vitest';
import { AssertionError } from '../base/assert.ts';
import { type CurrentPlayground, create, textOf, withCode } from './fs-playground.contract.ts';
import type { File } from './fs.ts';

export function fileContract(current: CurrentPlayground): void {
  readAndWrite(current);
  truncation(current);
  modesAndMisuse(current);
  syncAndClose(current);
}

function readAndWrite(current: CurrentPlayground): void {
  const make = (): File => current().fs.open(`${current().directory}/a`, 'create');

  it('writes anywhere and reads holes as zeros', () => {
    const file = make();
    file.writeAt(Buffer.from('far'), 5000);
    file.writeAt(Buffer.from('near'), 2);
    expect(file.size()).toBe(5003);
    const bytes = Buffer.alloc(5003, 0xff);
    expect(file.readAt(bytes, 0)).toBe(5003);
    expect(bytes).toEqual(
      Buffer.concat([Buffer.alloc(2), Buffer.from('near'), Buffer.alloc(4994), Buffer.from('far')]),
    );
    file.writeAt(Buffer.from('over'), 4);
    expect(textAt(file, 2, 6)).toBe('neover');
    file.close();
  });

  it('reads short at the end only, and leaves the rest of the target alone', () => {
    const file = make();
    file.writeAt(Buffer.from('abc'), 0);
    const bytes = Buffer.from('.....');
    expect(file.readAt(bytes, 1)).toBe(2);
    expect(bytes.toString()).toBe('bc...');
    expect(file.readAt(bytes, 3)).toBe(0);
    expect(file.readAt(bytes, 1e9)).toBe(0);
    expect(file.readAt(new Uint8Array(0), 0)).toBe(0);
    expect(bytes.toString()).toBe('bc...');
    file.close();
  });

  it('honours views into larger buffers and does not keep the source', () => {
    const file = make();
    const source = new Uint8Array([9, 1, 2, 3, 9]);
    file.writeAt(source.subarray(1, 4), 0);
    source.fill(7);
    const target = new Uint8Array(5);
    expect(file.readAt(target.subarray(1, 4), 0)).toBe(3);
    expect(target).toEqual(new Uint8Array([0, 1, 2, 3, 0]));
    file.close();
  });

  it('takes an empty write as nothing, even past the end', () => {
    const file = make();
    file.writeAt(new Uint8Array(0), 100);
    expect(file.size()).toBe(0);
    file.close();
  });

  it('writes and reads several MiB at once', () => {
    const file = make();
    const bytes = Buffer.alloc(5 * 1024 * 1024 + 3);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31 + (i >> 8)) & 0xff;
    file.writeAt(bytes, 0);
    file.writeAt(bytes, bytes.length);
    expect(file.size()).toBe(2 * bytes.length);
    const read = Buffer.alloc(bytes.length);
    expect(file.readAt(read, bytes.length)).toBe(bytes.length);
    expect(read.equals(bytes)).toBe(true);
    file.close();
  });
}

function truncation(current: CurrentPlayground): void {
  it('cuts, and what grows again is zeros', () => {
    const file = current().fs.open(`${current().directory}/a`, 'create');
    file.writeAt(Buffer.from('sediment'), 0);
    file.truncate(3);
    expect(file.size()).toBe(3);
    file.truncate(6);
    expect(textAt(file, 0, 10)).toBe('sed\0\0\0');
    file.truncate(2);
    file.writeAt(Buffer.from('!'), 4);
    expect(textAt(file, 0, 10)).toBe('se\0\0!');
    file.truncate(0);
    expect(file.size()).toBe(0);
    file.truncate(100_000);
    expect(textAt(file, 99_990, 100)).toBe('\0'.repeat(10));
    file.close();
  });
}

function modesAndMisuse(current: CurrentPlayground): void {
  it('writes to an existing file only when opened for it', () => {
    const { fs, directory } = current();
    create(current(), `${directory}/a`, 'before');
    const reader = fs.open(`${directory}/a`, 'read');
    expect(() => reader.writeAt(Buffer.from('x'), 0)).toThrow(withCode('EBADF'));
    expect(() => reader.truncate(0)).toThrow(/EBADF|EINVAL/);
    reader.sync();
    reader.close();
    const writer = fs.open(`${directory}/a`, 'write');
    writer.writeAt(Buffer.from('af'), 0);
    expect(textAt(writer, 0, 6)).toBe('affore');
    writer.close();
    expect(textOf(current(), `${directory}/a`)).toBe('affore');
  });

  it('takes a position that is no position for a bug', () => {
    const file = current().fs.open(`${current().directory}/a`, 'create');
    for (const position of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => file.readAt(new Uint8Array(1), position)).toThrow(AssertionError);
      expect(() => file.writeAt(new Uint8Array(1), position)).toThrow(AssertionError);
      expect(() => file.truncate(position)).toThrow(AssertionError);
    }
    expect(file.size()).toBe(0);
    file.close();
  });
}

function syncAndClose(current: CurrentPlayground): void {
  it('syncs in the background, several at once, while writing goes on', async () => {
    const file = current().fs.open(`${current().directory}/a`, 'create');
    file.writeAt(Buffer.from('a'), 0);
    const first = file.syncInBackground();
    file.writeAt(Buffer.from('b'), 1);
    const second = file.syncInBackground();
    file.sync();
    expect(await Promise.all([first, second])).toEqual([undefined, undefined]);
    file.close();
  });

  it('lets a background sync end well when the file is closed meanwhile', async () => {
    const { fs, directory } = current();
    const file = fs.open(`${directory}/a`, 'create');
    file.writeAt(Buffer.alloc(1 << 20, 1), 0);
    const syncs = [file.syncInBackground(), file.syncInBackground()];
    file.close();
    const next = fs.open(`${directory}/b`, 'create');
    await Promise.all(syncs);
    next.writeAt(Buffer.from('mine'), 0);
    expect(textAt(next, 0, 4)).toBe('mine');
    next.close();
  });

  it('closes twice without error, and is of no more use then', async () => {
    const file = current().fs.open(`${current().directory}/a`, 'create');
    file.close();
    file.close();
    const uses = [
      () => file.size(),
      () => file.readAt(new Uint8Array(1), 0),
      () => file.writeAt(new Uint8Array(1), 0),
      () => file.sync(),
      () => file.truncate(0),
    ];
    for (const use of uses) expect(use).toThrow(/a is used after it was closed/);
    await expect(file.syncInBackground()).rejects.toThrow(/a is used after it was closed/);
  });
}

function textAt(file: File, position: number, length: number): string {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, file.readAt(bytes, position)).toString();
}
