/**
 * Builds the tree of one bucket from entries in key order, page by page, from the left: a page is finished
 * as soon as it is known to be full, and the level above learns its first key. What is in memory is one page
 * of each level.
 *
 * Two entries at least share a page, unless there is only one, so that no branch has a single child; what
 * does not fit into a page runs over into further ones.
 */
import { assert } from '../base/assert.ts';
import {
  ELEMENT_BYTES,
  FLAG_BRANCH,
  FLAG_LEAF,
  PAGE_HEADER_BYTES,
  writePageHeader,
  writeU64,
} from './format.ts';

export interface TreeEntry {
  readonly key: Uint8Array;
  readonly valueBytes: number;
  /** Absent while pages are only counted. */
  readonly value?: Uint8Array;
  /** ELEMENT_BUCKET, or absent. */
  readonly flags?: number;
}

/** A branch's element. */
interface Child extends TreeEntry {
  readonly child: number;
}

/** Numbers pages in the order in which they are written, and holds those that are ready. */
export class PageRun {
  /** The next page's number. */
  next: number;
  readonly pageBytes: number;
  readonly isCounting: boolean;
  #ready: Buffer[] = [];

  constructor(first: number, pageBytes: number, isCounting: boolean) {
    this.next = first;
    this.pageBytes = pageBytes;
    this.isCounting = isCounting;
  }

  /** Pages since the last call. */
  take(): readonly Buffer[] {
    if (this.#ready.length === 0) return NONE;
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** Returns the page's number. */
  add(flags: number, elements: readonly TreeEntry[], bytes: number): number {
    const id = this.next;
    const pages = Math.max(1, Math.ceil(bytes / this.pageBytes));
    this.next += pages;
    if (this.isCounting) return id;
    const page = Buffer.alloc(pages * this.pageBytes);
    writePageHeader(page, { id, flags, count: elements.length, overflow: pages - 1 });
    let element = PAGE_HEADER_BYTES;
    let at = element + elements.length * ELEMENT_BYTES;
    for (const each of elements) {
      if (flags === FLAG_BRANCH) writeChild(page, element, at, each as Child);
      else writeEntry(page, element, at, each);
      page.set(each.key, at);
      at += each.key.length + each.valueBytes;
      element += ELEMENT_BYTES;
    }
    assert(at === bytes, () => `page ${id} ends at ${at} and not at ${bytes}`);
    this.#ready.push(page);
    return id;
  }
}

const NONE: readonly Buffer[] = [];

function writeChild(page: Buffer, element: number, at: number, { key, child }: Child): void {
  page.writeUInt32LE(at - element, element);
  page.writeUInt32LE(key.length, element + 4);
  writeU64(page, element + 8, child);
}

function writeEntry(page: Buffer, element: number, at: number, entry: TreeEntry): void {
  const { key, value, valueBytes } = entry;
  assert(value?.length === valueBytes, () => `a value of ${valueBytes} bytes is not that long`);
  page.writeUInt32LE(entry.flags ?? 0, element);
  page.writeUInt32LE(at - element, element + 4);
  page.writeUInt32LE(key.length, element + 8);
  page.writeUInt32LE(valueBytes, element + 12);
  page.set(value, at + key.length);
}

/** One level of the tree: the page that is being filled. */
class Level {
  readonly #run: PageRun;
  readonly #flags: number;
  #elements: TreeEntry[] = [];
  #bytes = PAGE_HEADER_BYTES;
  /** Came when the page was full: the next one begins with it, or with the one before it. */
  #held: TreeEntry | undefined;
  /** Pages that are finished. */
  pages = 0;

  constructor(run: PageRun, flags: number) {
    this.#run = run;
    this.#flags = flags;
  }

  /** A page that was finished, if any. */
  add(entry: TreeEntry): Child | undefined {
    let finished: Child | undefined;
    if (this.#held !== undefined) {
      finished = this.#finish();
      this.#push(this.#held);
      this.#held = undefined;
    }
    const isFull = this.#bytes + sizeOf(entry) > this.#run.pageBytes;
    if (isFull && this.#elements.length >= 2) this.#held = entry;
    else this.#push(entry);
    return finished;
  }

  /** The pages that were left: one or two. */
  close(): Child[] {
    const held = this.#held;
    if (held === undefined) return [this.#finish()];
    if (this.#elements.length === 2) {
      this.#push(held);
      return [this.#finish()];
    }
    const last = this.#elements.pop()!;
    this.#bytes -= sizeOf(last);
    const finished = this.#finish();
    this.#push(last);
    this.#push(held);
    return [finished, this.#finish()];
  }

  #push(entry: TreeEntry): void {
    this.#elements.push(entry);
    this.#bytes += sizeOf(entry);
  }

  #finish(): Child {
    const child = this.#run.add(this.#flags, this.#elements, this.#bytes);
    const key = this.#elements[0]?.key ?? NO_KEY;
    this.#elements = [];
    this.#bytes = PAGE_HEADER_BYTES;
    this.pages++;
    return { key, valueBytes: 0, child };
  }
}

const NO_KEY = new Uint8Array(0);
const sizeOf = ({ key, valueBytes }: TreeEntry): number => ELEMENT_BYTES + key.length + valueBytes;

export class TreeWriter {
  readonly #run: PageRun;
  readonly #levels: Level[];

  constructor(run: PageRun) {
    this.#run = run;
    this.#levels = [new Level(run, FLAG_LEAF)];
  }

  /** Keys ascend from call to call. */
  add(entry: TreeEntry): void {
    let finished = this.#levels[0]!.add(entry);
    for (let height = 1; finished !== undefined; height++) {
      finished = this.#levelAt(height).add(finished);
    }
  }

  /** Returns the number of the root page. */
  finish(): number {
    for (let height = 0; ; height++) {
      const last = this.#levels[height]!.close();
      if (height === this.#levels.length - 1 && last.length === 1) return last[0]!.child;
      for (const child of last) {
        let finished: Child | undefined = child;
        for (let above = height + 1; finished !== undefined; above++) {
          finished = this.#levelAt(above).add(finished);
        }
      }
    }
  }

  #levelAt(height: number): Level {
    const level = this.#levels[height] ?? new Level(this.#run, FLAG_BRANCH);
    this.#levels[height] = level;
    return level;
  }
}
