/**
 * From key to its index without an order: a hash table beside the tree, because finding a key among a
 * million costs a tree twenty string comparisons, each a cache miss, and a hash table one or two.
 *
 * Linear hashing (Litwin 1980): the table grows by one bucket for each key, splitting the next bucket in
 * turn, so no insertion ever pays for a rehash of everything.
 *
 *     buckets 0 1 2 3 4 5          level 2: addresses by the low 2 bits …
 *             ^ ^                  … but 0 and 1 were split into 0,4 and 1,5: those by the low 3 bits
 *             next to split: 2
 */
import { assert } from '../base/assert.ts';
import type { KeyString } from '../base/bytes.ts';
import type { KeyIndex } from './key-index.ts';

const CHUNK_BITS = 10;
const CHUNK_MASK = (1 << CHUNK_BITS) - 1;
const BUCKETS_MIN = 64;

export class KeyTable {
  /** Buckets in chunks, so that growing copies nothing. A bucket is a chain through `next`. */
  readonly #chunks: (KeyIndex | null)[][] = [];
  #bucketCount = 0;
  /** The largest power of two not above the bucket count, less one: the mask of unsplit buckets. */
  #mask: number = BUCKETS_MIN - 1;
  #count = 0;
  readonly #seed: number;

  /** A secret seed keeps strangers' keys from colliding on purpose. */
  constructor(seed: number) {
    this.#seed = seed;
    while (this.#bucketCount < BUCKETS_MIN) this.#addBucket();
  }

  get count(): number {
    return this.#count;
  }

  /** Room for this many keys at once, in an empty table. */
  reserve(count: number): void {
    assert(this.#count === 0, () => 'only an empty table is sized');
    while (this.#bucketCount < count) this.#grow();
  }

  get(key: KeyString): KeyIndex | undefined {
    const bucket = this.#bucketOf(key);
    let index = this.#chunks[bucket >>> CHUNK_BITS]![bucket & CHUNK_MASK] as KeyIndex | null;
    while (index !== null && index.key !== key) index = index.next;
    return index ?? undefined;
  }

  /** The key must not be there yet. */
  insert(index: KeyIndex): void {
    this.#push(this.#bucketOf(index.key), index);
    this.#count++;
    if (this.#count > this.#bucketCount) this.#split();
  }

  remove(index: KeyIndex): void {
    const bucket = this.#bucketOf(index.key);
    const chunk = this.#chunks[bucket >>> CHUNK_BITS]!;
    let link = chunk[bucket & CHUNK_MASK] as KeyIndex | null;
    if (link === index) {
      chunk[bucket & CHUNK_MASK] = index.next;
    } else {
      while (link !== null && link.next !== index) link = link.next;
      assert(link !== null, () => 'the key is not in the table');
      link.next = index.next;
    }
    index.next = null;
    this.#count--;
  }

  #push(bucket: number, index: KeyIndex): void {
    const chunk = this.#chunks[bucket >>> CHUNK_BITS]!;
    index.next = chunk[bucket & CHUNK_MASK] as KeyIndex | null;
    chunk[bucket & CHUNK_MASK] = index;
  }

  #bucketOf(key: KeyString): number {
    const hash = this.#hash(key);
    const bucket = hash & (2 * this.#mask + 1);
    return bucket < this.#bucketCount ? bucket : hash & this.#mask;
  }

  #split(): void {
    const old = this.#bucketCount - (this.#mask + 1);
    const chunk = this.#chunks[old >>> CHUNK_BITS]!;
    let index = chunk[old & CHUNK_MASK] as KeyIndex | null;
    chunk[old & CHUNK_MASK] = null;
    this.#grow();
    while (index !== null) {
      const next: KeyIndex | null = index.next;
      this.#push(this.#bucketOf(index.key), index);
      index = next;
    }
  }

  #grow(): void {
    this.#addBucket();
    if (this.#bucketCount === 2 * (this.#mask + 1)) this.#mask = 2 * this.#mask + 1;
  }

  #addBucket(): void {
    const bucket = this.#bucketCount++;
    if ((bucket & CHUNK_MASK) === 0) this.#chunks.push(EMPTY_CHUNK.slice());
  }

  /** FNV-1a over the bytes, then mixed so that the low bits depend on all of them. */
  #hash(key: KeyString): number {
    let hash = this.#seed;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) & 0x3fffffff;
  }
}

const EMPTY_CHUNK: readonly null[] = Array.from({ length: CHUNK_MASK + 1 }, () => null);
