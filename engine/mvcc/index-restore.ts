/**
 * The consumer of a restore: builds the tree index from a checkpoint's chunks and from the revisions
 * after it (R89b), and writes the chunks of the next checkpoint.
 */
import { AFTER_ALL_KEYS, type KeyString } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { RevisionChunk, RevisionIndex } from '../backend/revision-index.ts';
import { IndexImageWriter, readIndexImage } from './index-image.ts';
import { KeyIndex } from './key-index.ts';
import type { TreeIndex } from './tree-index.ts';

export class IndexRestore implements RevisionIndex {
  readonly #index: TreeIndex;

  #begun = false;

  constructor(index: TreeIndex) {
    this.#index = index;
  }

  load(chunk: Buffer): void {
    if (this.#begun) readIndexImage(chunk, (index) => this.#index.insert(index));
    else this.#begin(chunk.readUInt32LE(0));
  }

  #begin(keys: number): void {
    this.#begun = true;
    this.#index.beginRestore(keys);
  }

  add(chunk: RevisionChunk): void {
    if (!this.#begun) this.#begin(0);
    for (let i = 0; i < chunk.count; i++) {
      const ordinal = chunk.firstOrdinal + i;
      if (chunk.tombstones[i]!) this.#addTombstone(chunk.keys[i]!, ordinal);
      else this.#addPut(chunk, i, ordinal);
    }
  }

  finish(isDead?: (ordinal: number) => boolean): void {
    if (!this.#begun) this.#begin(0);
    this.#index.endRestore(isDead);
  }

  /** The first chunk says about how many keys follow, so that the hash table is sized once. */
  *save(count: number): Generator<Uint8Array, void, void> {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(Math.min(this.#index.size, 0xffff_ffff));
    yield head;
    const writer = new IndexImageWriter();
    let from: KeyString | undefined = '';
    while (from !== undefined) {
      let left = limits.checkpointSliceKeys;
      const start: KeyString = from;
      from = undefined;
      this.#index.visitIndices(start, AFTER_ALL_KEYS, (index) => {
        if (left-- === 0 || writer.length >= limits.backgroundSliceBytes) {
          from = index.key;
          return false;
        }
        writer.add(index, count);
        return true;
      });
      const bytes = writer.take();
      if (bytes.length > 0) yield bytes;
    }
  }

  #addPut(chunk: RevisionChunk, i: number, ordinal: number): void {
    const key = chunk.keys[i]!;
    const found = this.#index.keyIndex(key);
    if (found !== undefined) {
      found.restorePut(ordinal, chunk.creates[i]!, chunk.versions[i]!);
      this.#index.restored(ordinal);
    } else this.#index.insert(new KeyIndex(key, ordinal, chunk.creates[i]!, chunk.versions[i]!));
  }

  #addTombstone(key: KeyString, ordinal: number): void {
    const found = this.#index.keyIndex(key);
    if (found === undefined) this.#index.insert(KeyIndex.ofTombstone(key, ordinal));
    else {
      found.restoreTombstone(ordinal);
      this.#index.restored(ordinal);
    }
  }
}
