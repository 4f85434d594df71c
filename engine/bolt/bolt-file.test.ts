/** What the writer writes, the reader reads; and of a damaged file it reads nothing wrong. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VarveError } from '../base/errors.ts';
import { memoryFs } from '../vfs/memory-fs.ts';
import { BoltFile } from './bolt-file.ts';
import { boltLayout, boltPages, type BoltBucket, sizeBytesOf } from './bolt-writer.ts';
import { ELEMENT_BYTES, PAGE_HEADER_BYTES, readPageHeader } from './format.ts';

type Contents = Record<string, readonly (readonly [key: string, value: string])[]>;

const bucketsOf = (contents: Contents): BoltBucket[] =>
  Object.entries(contents).map(([name, entries]) => ({
    name,
    entries: () =>
      entries.map(([key, value]) => ({
        key: Buffer.from(key, 'latin1'),
        value: Buffer.from(value, 'latin1'),
        valueBytes: value.length,
      })),
  }));

function write(contents: Contents, pageBytes = 4096): Buffer {
  const buckets = bucketsOf(contents);
  const counting = boltLayout(buckets, pageBytes);
  let step = counting.next();
  while (step.done !== true) step = counting.next();
  const bytes = Buffer.concat([...boltPages(buckets, step.value)]);
  expect(bytes.length).toBe(sizeBytesOf(step.value));
  return bytes;
}

function fileOf(bytes: Buffer): BoltFile {
  const file = memoryFs().open('/db', 'create');
  file.writeAt(bytes, 0);
  return new BoltFile(file, bytes.length);
}

function read(bytes: Buffer): Contents {
  const file = fileOf(bytes);
  return Object.fromEntries(
    file.buckets.map((name) => [
      name,
      [...file.entries(name)].map(
        ({ key, value }) => [key.toString('latin1'), value.toString('latin1')] as const,
      ),
    ]),
  );
}

const entries = (sizes: fc.Arbitrary<number>): fc.Arbitrary<Contents[string]> =>
  fc
    .uniqueArray(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), sizes), {
      selector: ([key]) => Buffer.from(key).toString('latin1'),
      maxLength: 120,
    })
    .map((pairs) =>
      pairs
        .map(([key, size]) => [Buffer.from(key).toString('latin1'), 'x'.repeat(size)] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
const sizes = fc.oneof(
  { weight: 20, arbitrary: fc.nat(60) },
  { weight: 3, arbitrary: fc.nat(3000) },
  { weight: 1, arbitrary: fc.nat(20_000) },
);
const contents: fc.Arbitrary<Contents> = fc.dictionary(
  fc.constantFrom('alarm', 'key', 'lease', 'meta', 'members_removed'),
  entries(sizes),
);

describe('a bolt file', () => {
  it('holds what was written, whatever its sizes', () => {
    fc.assert(
      fc.property(contents, fc.constantFrom(1024, 4096, 16_384), (given, pageBytes) => {
        const sorted = Object.fromEntries(
          Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)),
        );
        expect(read(write(given, pageBytes))).toEqual(sorted);
      }),
      { numRuns: 60 },
    );
  });

  it('has as many levels as it takes', () => {
    const many = Array.from(
      { length: 30_000 },
      (_, i) => [String(i).padStart(8, '0'), `value ${i}`] as const,
    );
    const bytes = write({ key: many }, 1024);
    expect(read(bytes)).toEqual({ key: many });
    const file = fileOf(bytes);
    let levels = 0;
    for (let page = 3; page < file.meta.pageCount; page++) {
      const { isLeaf, bytes: node } = file.nodeAt(page);
      // A branch of branches: the first child is a branch too.
      if (!isLeaf && !file.nodeAt(node.readUInt32LE(24)).isLeaf) levels++;
    }
    expect(levels).toBeGreaterThan(0);
  });

  it('fills no page with one entry, or one child, where there are more', () => {
    fc.assert(
      fc.property(entries(fc.nat(900)), (given) => {
        const file = fileOf(write({ key: given }, 1024));
        for (let page = 3; page < file.meta.pageCount - 1; ) {
          const node = file.nodeAt(page);
          expect(node.count).toBeGreaterThanOrEqual(Math.min(2, given.length));
          page += 1 + readPageHeader(node.bytes).overflow;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('goes by the newer meta page, and by the other one if that is damaged', () => {
    const bytes = write({ key: [['a', '1']] });
    for (const [at, transaction] of [
      [16 + 48, 1],
      [4096 + 16 + 48, 0],
    ] as const) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      expect(fileOf(damaged).meta.transaction).toBe(transaction);
      expect(read(damaged)).toEqual(read(bytes));
    }
  });

  it('reads inline buckets', () => {
    const bytes = write({ key: [['a', '1']], meta: [['b', '2']] });
    const file = fileOf(bytes);
    const { root, pageBytes } = file.meta;
    // Bucket "key" moves into its value: header, one element, "a1".
    const inline = Buffer.alloc(16 + PAGE_HEADER_BYTES + ELEMENT_BYTES + 2);
    inline.writeUInt16LE(2, 16 + 8);
    inline.writeUInt16LE(1, 16 + 10);
    inline.writeUInt32LE(16, 16 + 16 + 4);
    inline.writeUInt32LE(1, 16 + 16 + 8);
    inline.writeUInt32LE(1, 16 + 16 + 12);
    inline.write('a1', 16 + 32);
    const page = bytes.subarray(root * pageBytes, (root + 1) * pageBytes);
    const metaRoot = Buffer.from(page.subarray(16 + 32 + 3 + 16 + 4, 16 + 32 + 3 + 16 + 4 + 16));
    page.fill(0, 16);
    const put = (element: number, at: number, name: string, value: Buffer): void => {
      page.writeUInt32LE(1, element);
      page.writeUInt32LE(at - element, element + 4);
      page.writeUInt32LE(name.length, element + 8);
      page.writeUInt32LE(value.length, element + 12);
      page.write(name, at);
      value.copy(page, at + name.length);
    };
    put(16, 48, 'key', inline);
    put(32, 48 + 3 + inline.length, 'meta', metaRoot);
    expect(read(bytes)).toEqual({
      key: [['a', '1']],
      meta: [['b', '2']],
    });
  });
});

/** The first two elements of a page change places. */
const swap = (leaf: Buffer): void => {
  const [first, second] = [leaf.readUInt32LE(20), leaf.readUInt32LE(36)];
  leaf.writeUInt32LE(second + 16, 20);
  leaf.writeUInt32LE(first - 16, 36);
};

describe('a damaged bolt file', () => {
  const given: Contents = {
    key: Array.from({ length: 40 }, (_, i) => [`key ${100 + i}`, String(i).repeat(30)] as const),
    meta: [['finished', '12345678']],
  };
  const bytes = write(given, 1024);

  it('is read as something with no order broken, or refused: every bit of every header', () => {
    let refused = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (at % 1024 > 160) continue;
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << (at % 8);
      try {
        const found = read(damaged);
        for (const pairs of Object.values(found)) {
          const keys = pairs.map(([key]) => key);
          expect(keys).toEqual([...keys].sort());
        }
      } catch (error) {
        expect(error).toBeInstanceOf(VarveError);
        expect((error as VarveError).code).toBe('ERR_CORRUPT');
        expect((error as VarveError).message).toMatch(/^\/db(, page \d+)?: /);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(200);
  });

  it('is refused when it was cut', () => {
    for (let length = 0; length < bytes.length; length += 256) {
      expect(() => read(bytes.subarray(0, length))).toThrow(VarveError);
    }
  });

  const page = (id: number, change: (page: Buffer) => void): Buffer => {
    const damaged = Buffer.from(bytes);
    change(damaged.subarray(id * 1024, (id + 1) * 1024));
    return damaged;
  };
  const branch = (() => {
    const file = fileOf(bytes);
    for (let id = 3; ; id++) if (!file.nodeAt(id).isLeaf) return id;
  })();

  it.each([
    [
      'another number',
      page(3, (leaf) => leaf.writeUInt32LE(9, 0)),
      'page 3: it says that it is page 9',
    ],
    ['two flags', page(3, (leaf) => leaf.writeUInt16LE(3, 8)), 'page 3: it has flags 3'],
    ['too many elements', page(3, (leaf) => leaf.writeUInt16LE(9999, 10)), 'page 3: '],
    ['too long a tail', page(3, (leaf) => leaf.writeUInt32LE(9999, 12)), 'page 3: it runs over'],
    [
      'data outside',
      page(3, (leaf) => leaf.writeUInt32LE(5000, 20)),
      'page 3: the data of element 0',
    ],
    ['data among the elements', page(3, (leaf) => leaf.writeUInt32LE(16, 20)), 'page 3: the data'],
    ['an empty key', page(3, (leaf) => leaf.writeUInt32LE(0, 24)), 'empty key'],
    ['keys out of order', page(3, (leaf) => swap(leaf)), 'page 3: key 1 is out of'],
    [
      'a cycle',
      page(branch, (node) => node.writeUInt32LE(branch, 24)),
      `leads back to page ${branch}`,
    ],
    [
      'a child twice',
      page(branch, (node) => node.writeUInt32LE(3, 40)),
      'page 3: its first key comes',
    ],
    [
      'a child that is none',
      page(branch, (node) => node.writeUInt32LE(99, 24)),
      'page 99: something',
    ],
    [
      'a meta page as a child',
      page(branch, (node) => node.writeUInt32LE(1, 24)),
      'page 1: something',
    ],
    ['an empty branch', page(branch, (node) => node.writeUInt16LE(0, 10)), 'an empty branch'],
    ['an empty leaf', page(3, (node) => node.writeUInt16LE(0, 10)), 'page 3: it is empty'],
  ])('is refused with %s', (_, damaged, message) => {
    expect(() => read(damaged)).toThrow(message);
  });

  it('is refused if both meta pages are', () => {
    const damaged = Buffer.from(bytes);
    damaged[16]! ^= 1;
    damaged[1024 + 16]! ^= 1;
    expect(() => read(damaged)).toThrow('no meta page is of use');
  });
});
