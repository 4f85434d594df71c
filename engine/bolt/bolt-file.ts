/**
 * Reads a bbolt file, bucket by bucket, each in key order. Memory: one page of each level of the tree. Data
 * pages have no checksum, so nothing in them is believed: every number is checked before it is used, and
 * what is wrong is ERR_CORRUPT with the page's number.
 */
import { corrupt } from '../base/errors.ts';
import type { File } from '../vfs/fs.ts';
import { readLevels, type TreeNode, type TreeSource } from './bolt-tree.ts';
import {
  BUCKET_BYTES,
  ELEMENT_BUCKET,
  FLAG_BRANCH,
  FLAG_LEAF,
  type Meta,
  PAGE_BYTES_MAX,
  PAGE_BYTES_MIN,
  PAGE_HEADER_BYTES,
  readMeta,
  readPageHeader,
  readU64,
} from './format.ts';

export interface BoltEntry {
  /** The page that it is on. */
  readonly page: number;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Where a bucket begins: at a page of its own, or inside a value. */
interface BucketRoot {
  readonly page: number;
  readonly inline: Buffer | undefined;
}

const FIRST_DATA_PAGE = 2;
/** A value has less than 2^31 bytes. */
const SPAN_BYTES_MAX = 2 ** 31;
const NEWER_METAS_FIRST = (a: Meta, b: Meta): number => b.transaction - a.transaction;

export class BoltFile implements TreeSource {
  readonly meta: Meta;
  readonly #file: File;
  readonly #buckets = new Map<string, BucketRoot>();
  #pagesRead = 0;

  /** `contentBytes`: the file's length without a digest behind it. */
  constructor(file: File, contentBytes: number) {
    this.#file = file;
    this.meta = newestMeta(file, contentBytes);
    const { pageBytes, pageCount } = this.meta;
    if (pageCount * pageBytes > contentBytes) {
      throw corrupt(
        file.path,
        `it has ${contentBytes} bytes, and should have ${pageCount} pages of ${pageBytes}: it was cut, take another copy`,
      );
    }
    for (const { entry, flags } of readLevels(this, this.nodeAt(this.meta.root))) {
      if (flags !== ELEMENT_BUCKET) {
        throw this.corrupt(entry.page, `"${entry.key.toString()}" is no bucket`);
      }
      this.#buckets.set(entry.key.toString('latin1'), this.#rootOf(entry));
    }
  }

  /** Names, in byte order. */
  get buckets(): readonly string[] {
    return [...this.#buckets.keys()];
  }

  /** Of all pages, about: a page is read once, unless its bucket is. */
  get fractionRead(): number {
    return Math.min(1, this.#pagesRead / this.meta.pageCount);
  }

  /** In key order; nothing if there is no such bucket. The bytes are the caller's. */
  *entries(bucket: string): Generator<BoltEntry, void, void> {
    const root = this.#buckets.get(bucket);
    if (root === undefined) return;
    for (const { entry, flags } of readLevels(this, this.#nodeOf(root))) {
      if (flags !== 0) {
        throw this.corrupt(entry.page, `an entry of bucket "${bucket}" has flags ${flags}`);
      }
      yield entry;
    }
  }

  /** The page with everything that belongs to it. */
  nodeAt(page: number): TreeNode {
    const { pageBytes, pageCount } = this.meta;
    if (page < FIRST_DATA_PAGE || page >= pageCount) {
      const range = `${FIRST_DATA_PAGE} to ${pageCount - 1}`;
      throw this.corrupt(page, `something points to it, and data pages are ${range}`);
    }
    const head = Buffer.allocUnsafe(PAGE_HEADER_BYTES);
    this.#read(head, page);
    const { id, overflow } = readPageHeader(head);
    if (id !== page) throw this.corrupt(page, `it says that it is page ${id}`);
    if (page + 1 + overflow > pageCount) {
      throw this.corrupt(page, `it runs over into ${overflow} pages, beyond page ${pageCount - 1}`);
    }
    const spanBytes = (1 + overflow) * pageBytes;
    if (spanBytes > SPAN_BYTES_MAX) throw this.corrupt(page, `it has ${spanBytes} bytes`);
    const bytes = Buffer.allocUnsafeSlow(spanBytes);
    this.#read(bytes, page);
    this.#pagesRead += 1 + overflow;
    return this.#checked(page, bytes);
  }

  corrupt(page: number, what: string): Error {
    return corrupt(`${this.#file.path}, page ${page}`, `${what}: it is damaged, take another copy`);
  }

  #rootOf({ page, value }: BoltEntry): BucketRoot {
    if (value.length < BUCKET_BYTES) {
      throw this.corrupt(
        page,
        `a bucket has ${value.length} bytes, and ${BUCKET_BYTES} are needed`,
      );
    }
    const root = readU64(value, 0);
    const isInline = root === 0;
    return { page: isInline ? page : root, inline: isInline ? value : undefined };
  }

  #nodeOf({ page, inline }: BucketRoot): TreeNode {
    if (inline === undefined) return this.nodeAt(page);
    const bytes = inline.subarray(BUCKET_BYTES);
    if (bytes.length < PAGE_HEADER_BYTES) throw this.corrupt(page, 'a bucket in it is cut');
    const { id, flags, overflow } = readPageHeader(bytes);
    if (id !== 0 || flags !== FLAG_LEAF || overflow !== 0) {
      throw this.corrupt(page, `a bucket in it has page ${id} with flags ${flags}`);
    }
    return this.#checked(page, bytes);
  }

  #checked(page: number, bytes: Buffer): TreeNode {
    const { flags, count } = readPageHeader(bytes);
    if (flags !== FLAG_LEAF && flags !== FLAG_BRANCH) {
      throw this.corrupt(page, `it has flags ${flags}, and a branch or a leaf is expected`);
    }
    return { page, bytes, count, isLeaf: flags === FLAG_LEAF };
  }

  #read(target: Buffer, page: number): void {
    if (this.#file.readAt(target, page * this.meta.pageBytes) === target.length) return;
    throw this.corrupt(page, 'the file ends in it');
  }
}

/** Of the two, the one of the last transaction that is whole. */
function newestMeta(file: File, contentBytes: number): Meta {
  const read = (at: number): Meta | string => {
    const page = Buffer.alloc(Math.min(PAGE_BYTES_MIN, Math.max(0, contentBytes - at)));
    file.readAt(page, at);
    const meta = readMeta(page);
    return typeof meta === 'string' ? meta : (problemOf(meta) ?? meta);
  };
  const first = read(0);
  const found: Meta[] = [];
  if (typeof first !== 'string') found.push(first);
  for (let bytes = PAGE_BYTES_MIN; bytes <= PAGE_BYTES_MAX; bytes *= 2) {
    if (typeof first !== 'string' && first.pageBytes !== bytes) continue;
    const second = read(bytes);
    if (typeof second !== 'string' && second.pageBytes === bytes) found.push(second);
  }
  const newest = found.sort(NEWER_METAS_FIRST)[0];
  if (newest !== undefined) return newest;
  const what = typeof first === 'string' ? first : 'it does not fit';
  throw corrupt(
    `${file.path}, page 0`,
    `no meta page is of use (this one: ${what}): it is no etcd snapshot, or damaged; take another copy`,
  );
}

function problemOf({ pageBytes, pageCount }: Meta): string | undefined {
  const isPower = (pageBytes & (pageBytes - 1)) === 0;
  if (!isPower || pageBytes < PAGE_BYTES_MIN || pageBytes > PAGE_BYTES_MAX) {
    return `pages of ${pageBytes} bytes`;
  }
  return pageCount > FIRST_DATA_PAGE ? undefined : `it has ${pageCount} pages`;
}
