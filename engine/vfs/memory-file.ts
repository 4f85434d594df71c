/**
 * A file of the memory file system: its content, and the handles open on it. The content outlives
 * its name, as an inode does: a handle keeps it alive after remove and rename.
 *
 * Holds: every byte of `bytes` from `size` on is zero. So growing never clears, and holes read as
 * zeros.
 */
import type { File } from './fs.ts';
import { assertOpen, assertPosition, fsError } from './fs-checks.ts';

export class MemoryContent {
  bytes: Uint8Array = new Uint8Array(0);
  size = 0;
}

export class MemoryFile implements File {
  readonly path: string;
  readonly #content: MemoryContent;
  readonly #isWritable: boolean;
  #isOpen = true;

  constructor(path: string, content: MemoryContent, isWritable: boolean) {
    this.path = path;
    this.#content = content;
    this.#isWritable = isWritable;
  }

  size(): number {
    assertOpen(this.#isOpen, this.path);
    return this.#content.size;
  }

  readAt(target: Uint8Array, position: number): number {
    assertOpen(this.#isOpen, this.path);
    assertPosition(position, this.path);
    const end = Math.min(position + target.byteLength, this.#content.size);
    if (end <= position) return 0;
    target.set(this.#content.bytes.subarray(position, end));
    return end - position;
  }

  writeAt(source: Uint8Array, position: number): void {
    assertOpen(this.#isOpen, this.path);
    assertPosition(position, this.path);
    if (!this.#isWritable) throw fsError('EBADF', 'write', this.path);
    if (source.byteLength === 0) return;
    const end = position + source.byteLength;
    this.#reserve(end);
    this.#content.bytes.set(source, position);
    this.#content.size = Math.max(this.#content.size, end);
  }

  sync(): void {
    assertOpen(this.#isOpen, this.path);
  }

  async syncInBackground(): Promise<void> {
    this.sync();
  }

  truncate(size: number): void {
    assertOpen(this.#isOpen, this.path);
    assertPosition(size, this.path);
    // EINVAL, not EBADF: so says ftruncate(2) of a descriptor that is not open for writing.
    if (!this.#isWritable) throw fsError('EINVAL', 'ftruncate', this.path);
    const content = this.#content;
    if (size === 0) content.bytes = new Uint8Array(0);
    else if (size < content.size) content.bytes.fill(0, size, content.size);
    else this.#reserve(size);
    content.size = size;
  }

  close(): void {
    this.#isOpen = false;
  }

  /** At least doubles, so that appending n bytes copies fewer than 2n. */
  #reserve(size: number): void {
    const content = this.#content;
    if (size <= content.bytes.byteLength) return;
    const capacity = Math.max(size, 2 * content.bytes.byteLength, CAPACITY_BYTES_MIN);
    try {
      const bytes = new Uint8Array(capacity);
      bytes.set(content.bytes.subarray(0, content.size));
      content.bytes = bytes;
    } catch (error) {
      if (error instanceof RangeError) throw fsError('ENOSPC', 'write', this.path);
      throw error;
    }
  }
}

const CAPACITY_BYTES_MIN = 1024;
