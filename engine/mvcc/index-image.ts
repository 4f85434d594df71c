/**
 * The key index as bytes, for a checkpoint: keys in order, front-coded, with their generations. All
 * numbers are varints; ordinals are deltas to the one before.
 *
 *     key      shared u, suffix length u, suffix bytes       'app/db' after 'app/cache': 4, 2, 'db'
 *     head     2 × open revisions + (1 if generations are closed)
 *     open     created, version, ordinals                    if there are open revisions
 *     closed   count, then for each: created, version, count, ordinals
 */
import { assert } from '../base/assert.ts';
import type { KeyString } from '../base/bytes.ts';
import { type Generation, KeyIndex } from './key-index.ts';

export class IndexImageWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(256 * 1024);
  #end = 0;
  #previousKey: KeyString = '';

  /** Adds the index as it was when only ordinals below `count` existed; nothing if it did not exist. */
  add(index: KeyIndex, count: number): void {
    if (index.isFlat) {
      if (index.modified < count) this.#flat(index);
      return;
    }
    const state = stateBelow(index, count);
    if (state === undefined) return;
    this.#key(index.key);
    this.#integer(2 * state.open.length + (state.closed.length > 0 ? 1 : 0));
    if (state.open.length > 0) {
      this.#integer(state.created);
      this.#integer(state.version);
      this.#ordinals(state.open);
    }
    if (state.closed.length === 0) return;
    this.#integer(state.closed.length);
    for (const { created, version, revisions } of state.closed) {
      this.#integer(created);
      this.#integer(version);
      this.#integer(revisions.length);
      this.#ordinals(revisions);
    }
  }

  /** One revision: nearly every key. */
  #flat({ key, created, version, modified }: KeyIndex): void {
    this.#key(key);
    this.#integer(2);
    this.#integer(created);
    this.#integer(version);
    this.#integer(modified);
  }

  /** Bytes added since the last `take`. */
  get length(): number {
    return this.#end;
  }

  /** What was added since the last call; each chunk is read on its own. */
  take(): Uint8Array {
    const chunk = new Uint8Array(this.#buffer.subarray(0, this.#end));
    this.#end = 0;
    this.#previousKey = '';
    return chunk;
  }

  #key(key: KeyString): void {
    let shared = 0;
    const most = Math.min(key.length, this.#previousKey.length);
    while (shared < most && key[shared] === this.#previousKey[shared]) shared++;
    this.#previousKey = key;
    this.#integer(shared);
    this.#integer(key.length - shared);
    this.#room(key.length);
    this.#end += this.#buffer.latin1Write(key.slice(shared), this.#end);
  }

  #ordinals(ordinals: readonly number[]): void {
    let previous = 0;
    for (const ordinal of ordinals) {
      this.#integer(ordinal - previous);
      previous = ordinal;
    }
  }

  #integer(value: number): void {
    this.#room(8);
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
      this.#buffer[this.#end++] = (rest % 0x80) | 0x80;
    }
    this.#buffer[this.#end++] = rest;
  }

  #room(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#buffer.length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}

/** Calls `visit` for each index of a chunk, in order. */
export function readIndexImage(chunk: Buffer, visit: (index: KeyIndex) => void): void {
  const reader = new IndexImageReader(chunk);
  while (!reader.atEnd) visit(reader.next());
}

class IndexImageReader {
  readonly #chunk: Buffer;
  #at = 0;
  /** The key before, of which the next one shares a prefix. */
  #key: Buffer = Buffer.allocUnsafe(256);

  constructor(chunk: Buffer) {
    this.#chunk = chunk;
  }

  get atEnd(): boolean {
    return this.#at >= this.#chunk.length;
  }

  next(): KeyIndex {
    const key = this.#keyString();
    const head = this.#integer();
    let index: KeyIndex;
    if (head === 2) {
      const created = this.#integer();
      const version = this.#integer();
      index = new KeyIndex(key, this.#integer(), created, version);
    } else {
      const openCount = head >>> 1;
      const created = openCount > 0 ? this.#integer() : 0;
      const version = openCount > 0 ? this.#integer() : 0;
      const open = this.#ordinals(openCount);
      const closedCount = head & 1 ? this.#integer() : 0;
      const closed = Array.from({ length: closedCount }, () => this.#generation());
      index = KeyIndex.of(key, closed, open, created, version);
    }
    assert(this.#at <= this.#chunk.length, () => 'the index image ends in the middle of a key');
    return index;
  }

  #generation(): Generation {
    const created = this.#integer();
    const version = this.#integer();
    return { created, version, revisions: this.#ordinals(this.#integer()) };
  }

  #keyString(): KeyString {
    const shared = this.#integer();
    const length = shared + this.#integer();
    if (length > this.#key.length) this.#key = Buffer.concat([this.#key], 2 * length);
    const key = this.#key;
    const chunk = this.#chunk;
    // Suffixes are a few bytes: a loop beats a call.
    let at = this.#at;
    for (let i = shared; i < length; i++) key[i] = chunk[at++]!;
    this.#at = at;
    return key.latin1Slice(0, length);
  }

  #ordinals(count: number): number[] {
    let previous = 0;
    return Array.from({ length: count }, () => {
      previous += this.#integer();
      return previous;
    });
  }

  /** Past the end this ends at once, and `next` finds out. */
  #integer(): number {
    const chunk = this.#chunk;
    let at = this.#at;
    let byte = chunk[at++]!;
    let value = byte & 0x7f;
    for (let scale = 0x80; byte >= 0x80; scale *= 0x80) {
      byte = chunk[at++]!;
      value += (byte & 0x7f) * scale;
    }
    this.#at = at;
    return value;
  }
}

/** The generations an index had when only ordinals below `count` existed. */
function stateBelow(
  index: KeyIndex,
  count: number,
): { open: readonly number[]; closed: Generation[]; created: number; version: number } | undefined {
  const { created, version, open } = index;
  if (index.modified < count) return { open, closed: [...index.closed], created, version };
  const closed: Generation[] = [];
  for (const generation of [...index.closed, { created, version, revisions: open }]) {
    const left = generation.revisions.filter((ordinal) => ordinal < count);
    const cut = generation.revisions.length - left.length;
    if (cut === 0 && generation.revisions.length > 0) {
      closed.push(generation as Generation);
    } else if (left.length > 0) {
      // What closed this generation came later: at the time it was the open one.
      const { created: since, version: latest } = generation;
      return { open: left, closed, created: since, version: latest - cut };
    } else break;
  }
  return closed.length === 0 ? undefined : { open: [], closed, created: 0, version: 0 };
}
