/** The simulated disk: to a process it is a file system like any other; to a power cut it is what was synced. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type File, type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { choicesOf, statesOf } from './choices.ts';
import { nameOf } from './image.ts';
import { type Image, SimulatedDisk } from './simulated-disk.ts';

const text = (image: Image, path: string): string | undefined => {
  const bytes = image.get(path);
  return bytes && Buffer.from(bytes).toString('latin1');
};

/** Every disk that a power cut may leave. */
function left(disk: SimulatedDisk, atMost = 5000): Image[] {
  const images = choicesOf(disk.doubts(), { atMost, random: () => 0.5 }).map((choice) =>
    disk.crash(choice),
  );
  return [...new Map(images.map((image) => [nameOf(image), image])).values()];
}

function written(fs: FileSystem, path: string, content: string): File {
  const file = fs.open(path, 'create');
  file.writeAt(Buffer.from(content, 'latin1'), 0);
  return file;
}

function diskWith(path: string, content: string): SimulatedDisk {
  return new SimulatedDisk({ image: new Map([[path, Buffer.from(content, 'latin1')]]) });
}

describe('what a power cut leaves', () => {
  test('of a file whose name was never synced, all of it or nothing', () => {
    const disk = new SimulatedDisk();
    written(disk.fs, '/a', 'x').sync();
    expect(left(disk).map((image) => text(image, '/a'))).toEqual([undefined, 'x']);
    disk.fs.syncDirectory('/');
    expect(left(disk).map((image) => text(image, '/a'))).toEqual(['x']);
  });

  test('of bytes that were not synced, any part, and any length', () => {
    const disk = diskWith('/a', 'a'.repeat(512));
    disk.fs.open('/a', 'write').writeAt(Buffer.from('b'.repeat(600)), 0);
    const contents = new Set(left(disk).map((image) => text(image, '/a')!));
    expect(contents).toContain('a'.repeat(512));
    expect(contents).toContain('b'.repeat(600));
    expect(contents).toContain('b'.repeat(512));
    // The second sector without the first, the length without the data, zeros instead of data.
    expect(contents).toContain('a'.repeat(512) + 'b'.repeat(88));
    expect(contents).toContain('a'.repeat(512) + '\0'.repeat(88));
    expect(contents).toContain('\0'.repeat(512));
    const torn = [...contents].filter((content) => /^b+a+$/.test(content.slice(0, 512)));
    expect(torn.length).toBeGreaterThan(0);
  });

  test('of several writes to one sector, any of them', () => {
    const disk = diskWith('/a', '0');
    const file = disk.fs.open('/a', 'write');
    for (const content of ['1', '2', '3']) file.writeAt(Buffer.from(content), 0);
    const contents = new Set(left(disk).map((image) => text(image, '/a')));
    expect(contents).toEqual(new Set(['0', '1', '2', '3', '\0']));
  });

  test('of a rename, one of the two names; of a removal, the file or nothing', () => {
    const disk = diskWith('/a', 'a');
    disk.fs.rename('/a', '/b');
    const names = left(disk).map((image) => [...image.keys()].join());
    expect(names).toEqual(['/a', '/b']);
    disk.fs.syncDirectory('/');
    disk.fs.remove('/b');
    expect(left(disk).map((image) => [...image.keys()].join())).toEqual(['/b', '']);
  });

  test('of a rename over a file, the old one or the new one', () => {
    const disk = diskWith('/a', 'old');
    const file = written(disk.fs, '/a.tmp', 'new');
    file.sync();
    disk.fs.rename('/a.tmp', '/a');
    const contents = new Set(left(disk).map((image) => text(image, '/a')));
    expect(contents).toEqual(new Set(['old', 'new']));
  });

  test('of a background sync, only what was written before it began', async () => {
    const disk = new SimulatedDisk({
      image: new Map([['/a', Buffer.alloc(0)]]),
      syncTurns: () => 2,
    });
    const file = disk.fs.open('/a', 'write');
    file.writeAt(Buffer.from('x'), 0);
    const synced = file.syncInBackground();
    file.writeAt(Buffer.from('y'), 512);
    await synced;
    const contents = left(disk).map((image) => text(image, '/a')!);
    expect(contents.every((content) => content.startsWith('x'))).toBe(true);
    expect(contents).toContain('x');
    expect(contents).toContain(`x${'\0'.repeat(511)}y`);
  });

  test('of a file that was cut, either length', () => {
    const disk = diskWith('/a', 'abc');
    disk.fs.open('/a', 'write').truncate(1);
    const contents = left(disk).map((image) => text(image, '/a')!);
    expect(contents).toContain('abc');
    expect(contents).toContain('a');
  });
});

test('a killed process leaves its successor what was in doubt, and each goes its own way', () => {
  const disk = diskWith('/a', 'a');
  disk.fs.open('/a', 'write').writeAt(Buffer.from('b'), 0);
  written(disk.fs, '/c', 'c');
  const next = disk.killed();
  expect(nameOf(next.current())).toBe(nameOf(disk.current()));
  const before = left(disk).map(nameOf);
  expect(left(next).map(nameOf)).toEqual(before);
  next.fs.open('/a', 'write').sync();
  next.fs.syncDirectory('/');
  next.fs.open('/c', 'write').writeAt(Buffer.from('d'), 0);
  expect(left(disk).map(nameOf)).toEqual(before);
  expect(text(disk.current(), '/c')).toBe('c');
  expect(new Set(left(next).map((image) => text(image, '/a')))).toEqual(new Set(['b']));
  expect(left(next).every((image) => image.has('/c'))).toBe(true);
});

type Act =
  | { readonly act: 'write'; readonly at: number; readonly length: number; readonly byte: number }
  | { readonly act: 'truncate'; readonly size: number }
  | { readonly act: 'sync' | 'sync names' | 'remove' | 'rename' };

const act: fc.Arbitrary<Act & { readonly path: string }> = fc
  .tuple(
    fc.constantFrom('/a', '/b', '/c'),
    fc.oneof(
      fc.record({
        act: fc.constant('write' as const),
        at: fc.integer({ min: 0, max: 1500 }),
        length: fc.integer({ min: 1, max: 900 }),
        byte: fc.integer({ min: 1, max: 255 }),
      }),
      fc.record({ act: fc.constant('truncate' as const), size: fc.nat({ max: 1200 }) }),
      fc.record({ act: fc.constantFrom('sync', 'sync names', 'remove', 'rename') }),
    ),
  )
  .map(([path, act]) => ({ path, ...act }));

function perform(fs: FileSystem, { path, ...act }: Act & { readonly path: string }): void {
  const exists = fs.list('/').includes(path.slice(1));
  if (act.act === 'sync names') return fs.syncDirectory('/');
  if (!exists) return fs.open(path, 'create').close();
  if (act.act === 'remove') return fs.remove(path);
  if (act.act === 'rename') return fs.rename(path, '/d');
  const file = fs.open(path, 'write');
  if (act.act === 'write') file.writeAt(Buffer.alloc(act.length, act.byte), act.at);
  else if (act.act === 'truncate') file.truncate(act.size);
  else file.sync();
  return file.close();
}

function imageOf(fs: FileSystem): Image {
  return new Map(
    fs.list('/').map((name) => {
      const file = fs.open(`/${name}`, 'read');
      const bytes = new Uint8Array(file.size());
      file.readAt(bytes, 0);
      return [`/${name}`, bytes];
    }),
  );
}

test('a process sees what it sees in any file system; a crash that keeps everything keeps that', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
      const disk = new SimulatedDisk();
      const plain = memoryFs();
      for (const act of acts) {
        perform(disk.fs, act);
        perform(plain, act);
      }
      const seen = nameOf(imageOf(plain));
      expect(nameOf(imageOf(disk.fs))).toBe(seen);
      expect(nameOf(disk.current())).toBe(seen);
      const all = disk.doubts().map(({ options }) => options - 1);
      expect(nameOf(disk.crash(all))).toBe(seen);
    }),
  );
});

test('after everything was synced a crash takes nothing', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
      const disk = new SimulatedDisk();
      for (const act of acts) perform(disk.fs, act);
      for (const name of disk.fs.list('/')) disk.fs.open(`/${name}`, 'write').sync();
      disk.fs.syncDirectory('/');
      expect(disk.doubts()).toEqual([]);
      expect(nameOf(disk.crash([]))).toBe(nameOf(disk.current()));
    }),
  );
});

test('all choices are tried if they are few, and different ones if they are many', () => {
  const disk = diskWith('/a', 'a'.repeat(5000));
  disk.fs.open('/a', 'write').writeAt(Buffer.alloc(2048, 1), 0);
  expect(statesOf(disk.doubts())).toBe(5 ** 4);
  const budgets = [1000, 40] as const;
  const counts = budgets.map(
    (atMost) =>
      new Set(
        choicesOf(disk.doubts(), { atMost, random: Math.random }).map((choice) => choice.join()),
      ).size,
  );
  expect(counts).toEqual([5 ** 4, 40]);
});
