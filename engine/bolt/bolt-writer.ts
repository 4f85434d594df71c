/**
 * A whole bbolt file from buckets, as a stream that never goes back: the meta pages come first and name the
 * root, which comes last, so everything is walked through twice. The first time pages are only counted.
 *
 *     page 0, 1    meta          the same state twice, transactions 0 and 1
 *     page 2       freelist      empty
 *     page 3 …     buckets       leaves, and each branch as soon as it is full
 *     last         root          the buckets by name
 */
import { assert } from '../base/assert.ts';
import {
  BUCKET_BYTES,
  ELEMENT_BUCKET,
  FLAG_FREELIST,
  metaPage,
  PAGE_BYTES,
  writePageHeader,
  writeU64,
} from './format.ts';
import { PageRun, type TreeEntry, TreeWriter } from './tree-writer.ts';

export interface BoltBucket {
  readonly name: string;
  /** In key order, and the same each time; values are not needed if `isCounting`. */
  readonly entries: (isCounting: boolean) => Iterable<TreeEntry>;
}

export interface BoltLayout {
  readonly pageBytes: number;
  readonly root: number;
  readonly pageCount: number;
  /** Of all buckets together. */
  readonly entries: number;
}

const FREELIST_PAGE = 2;
/** Entries counted before a rest. */
const SLICE_ENTRIES = 128;

export const sizeBytesOf = ({ pageCount, pageBytes }: BoltLayout): number => pageCount * pageBytes;

/** Where everything will be. Yields between slices. */
export function* boltLayout(
  buckets: readonly BoltBucket[],
  pageBytes: number = PAGE_BYTES,
): Generator<void, BoltLayout, void> {
  const run = new PageRun(FREELIST_PAGE + 1, pageBytes, true);
  let entries = 0;
  const root = yield* writeTree(run, buckets, function* (): Generator<void, void, void> {
    if (++entries % SLICE_ENTRIES === 0) yield;
  });
  return { pageBytes, root, pageCount: run.next, entries };
}

/** The file's pages, in order; those that belong together as one. */
export function* boltPages(
  buckets: readonly BoltBucket[],
  layout: BoltLayout,
): Generator<Buffer, void, void> {
  yield metaPage(0, layout, FREELIST_PAGE);
  yield metaPage(1, layout, FREELIST_PAGE);
  const freelist = Buffer.alloc(layout.pageBytes);
  writePageHeader(freelist, { id: FREELIST_PAGE, flags: FLAG_FREELIST, count: 0, overflow: 0 });
  yield freelist;
  const run = new PageRun(FREELIST_PAGE + 1, layout.pageBytes, false);
  const root = yield* writeTree(run, buckets, () => run.take());
  yield* run.take();
  const isAsCounted = root === layout.root && run.next === layout.pageCount;
  assert(isAsCounted, () => `the buckets changed while they were written`);
}

/** `after` each entry, whatever it gives is passed on. */
function* writeTree<T>(
  run: PageRun,
  buckets: readonly BoltBucket[],
  after: () => Iterable<T>,
): Generator<T, number, void> {
  const top = new TreeWriter(run);
  for (const { name, entries } of inOrder(buckets)) {
    const tree = new TreeWriter(run);
    for (const entry of entries(run.isCounting)) {
      tree.add(entry);
      yield* after();
    }
    const value = Buffer.alloc(BUCKET_BYTES);
    writeU64(value, 0, tree.finish());
    const key = Buffer.from(name);
    top.add({ key, value, valueBytes: BUCKET_BYTES, flags: ELEMENT_BUCKET });
  }
  return top.finish();
}

const inOrder = (buckets: readonly BoltBucket[]): BoltBucket[] =>
  buckets.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
