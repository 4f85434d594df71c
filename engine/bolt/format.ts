/**
 * The file format of bbolt, as far as etcd's snapshots need it: pages, their headers, the two meta pages.
 * All integers are little-endian; page id × page size is where a page begins.
 *
 *     page header       0 u64 id       8 u16 flags     10 u16 count     12 u32 overflow
 *     meta (at 16)      0 u32 magic    4 u32 version    8 u32 page size  12 u32 flags
 *                      16 u64 root    24 u64 sequence  32 u64 freelist  40 u64 first page never used
 *                      48 u64 txid    56 u64 FNV-1a of the 56 bytes before
 *     leaf element      0 u32 flags    4 u32 pos        8 u32 key bytes  12 u32 value bytes
 *     branch element    0 u32 pos      4 u32 key bytes  8 u64 child
 *     bucket            0 u64 root     8 u64 sequence, and if the root is 0, a whole leaf page
 *
 * `pos` counts from the beginning of its element; a value follows its key.
 */
export const PAGE_HEADER_BYTES = 16;
export const ELEMENT_BYTES = 16;
export const BUCKET_BYTES = 16;
export const META_BYTES = 64;

export const FLAG_BRANCH = 0x01;
export const FLAG_LEAF = 0x02;
export const FLAG_META = 0x04;
export const FLAG_FREELIST = 0x10;

/** Of a leaf element: its value is a bucket. */
export const ELEMENT_BUCKET = 0x01;

/** What etcd creates on most machines, and every machine reads. */
export const PAGE_BYTES = 4096;
export const PAGE_BYTES_MIN = 1024;
export const PAGE_BYTES_MAX = 65_536;

const MAGIC = 0xed0c_daed;
const VERSION = 2;
const CHECKSUM_AT = 56;

export interface PageHeader {
  readonly id: number;
  readonly flags: number;
  readonly count: number;
  /** Pages that follow and belong to it. */
  readonly overflow: number;
}

export interface Meta {
  readonly pageBytes: number;
  readonly root: number;
  /** Pages from this one on have never been used. */
  readonly pageCount: number;
  readonly transaction: number;
}

/** A number beyond 2^53 comes out larger than any real one. */
export function readU64(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * 2 ** 32;
}

export function writeU64(buffer: Buffer, at: number, value: number): void {
  buffer.writeUInt32LE(value % 2 ** 32, at);
  buffer.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

export const readPageHeader = (page: Buffer): PageHeader => ({
  id: readU64(page, 0),
  flags: page.readUInt16LE(8),
  count: page.readUInt16LE(10),
  overflow: page.readUInt32LE(12),
});

export function writePageHeader(page: Buffer, header: PageHeader): void {
  writeU64(page, 0, header.id);
  page.writeUInt16LE(header.flags, 8);
  page.writeUInt16LE(header.count, 10);
  page.writeUInt32LE(header.overflow, 12);
}

/** The meta in `page`, or in words what is wrong with it. */
export function readMeta(page: Buffer): Meta | string {
  const meta = page.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + META_BYTES);
  if (meta.length < META_BYTES) return 'it is cut';
  if (meta.readUInt32LE(0) !== MAGIC) return 'the magic number is not that of bbolt';
  if (meta.readBigUInt64LE(CHECKSUM_AT) !== fnv1a(meta.subarray(0, CHECKSUM_AT))) {
    return 'its checksum is wrong';
  }
  const version = meta.readUInt32LE(4);
  if (version !== VERSION) return `it has version ${version} of the format, and only 2 is known`;
  return {
    pageBytes: meta.readUInt32LE(8),
    root: readU64(meta, 16),
    pageCount: readU64(meta, 40),
    transaction: readU64(meta, 48),
  };
}

/** A whole meta page: number 0 or 1, as its transaction is. */
export function metaPage(
  transaction: 0 | 1,
  meta: Omit<Meta, 'transaction'>,
  free: number,
): Buffer {
  const page = Buffer.alloc(meta.pageBytes);
  writePageHeader(page, { id: transaction, flags: FLAG_META, count: 0, overflow: 0 });
  const body = page.subarray(PAGE_HEADER_BYTES);
  body.writeUInt32LE(MAGIC, 0);
  body.writeUInt32LE(VERSION, 4);
  body.writeUInt32LE(meta.pageBytes, 8);
  writeU64(body, 16, meta.root);
  writeU64(body, 32, free);
  writeU64(body, 40, meta.pageCount);
  writeU64(body, 48, transaction);
  body.writeBigUInt64LE(fnv1a(body.subarray(0, CHECKSUM_AT)), CHECKSUM_AT);
  return page;
}

function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n);
  return hash;
}
