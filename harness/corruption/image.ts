/**
 * The files of a closed store as plain bytes by path, and a disk made of them. The disk copies a file only
 * when it is written to, so a store of a hundred kilobytes opens from a damaged image at the price of the
 * damage; the image itself never changes.
 */
import type { File, FileSystem, Lock, OpenMode } from '../../engine/vfs/index.ts';

export const DIRECTORY = '/store';
/** A file beside the store. */
export const BACKUP = '/backup';

/** By whole path. */
export type Image = ReadonlyMap<string, Uint8Array>;

export const pathOf = (name: string): string =>
  name.startsWith('/') ? name : `${DIRECTORY}/${name}`;

/** Short: within the store its name, else the path. */
export const nameOf = (path: string): string =>
  path.startsWith(`${DIRECTORY}/`) ? path.slice(DIRECTORY.length + 1) : path;

interface Content {
  bytes: Uint8Array;
  size: number;
  /** Not the image's own. */
  isOwn: boolean;
}

export function diskOf(image: Image): FileSystem {
  return new ImageDisk(image);
}

class ImageDisk implements FileSystem {
  readonly kind = 'image';
  readonly #files = new Map<string, Content>();
  readonly #locks = new Set<string>();

  constructor(image: Image) {
    for (const [path, bytes] of image) {
      this.#files.set(path, { bytes, size: bytes.length, isOwn: false });
    }
  }

  open(path: string, mode: OpenMode): File {
    let content = this.#files.get(path);
    if (mode === 'create') {
      if (content !== undefined) throw errorOf('EEXIST', path);
      content = { bytes: new Uint8Array(0), size: 0, isOwn: true };
      this.#files.set(path, content);
    }
    if (content === undefined) throw errorOf('ENOENT', path);
    return new ImageFile(path, content);
  }

  rename(source: string, target: string): void {
    const content = this.#files.get(source);
    if (content === undefined) throw errorOf('ENOENT', source);
    this.#files.delete(source);
    this.#files.set(target, content);
  }

  remove(path: string): void {
    if (!this.#files.delete(path)) throw errorOf('ENOENT', path);
  }

  async removeInBackground(path: string): Promise<void> {
    this.remove(path);
  }

  list(directory: string): readonly string[] {
    const prefix = `${directory}/`;
    const names: string[] = [];
    for (const path of this.#files.keys()) {
      if (path.startsWith(prefix)) names.push(path.slice(prefix.length));
    }
    return names.sort();
  }

  makeDirectory(): void {}
  syncDirectory(): void {}

  lock(path: string): Lock {
    if (this.#locks.has(path)) throw errorOf('EEXIST', path);
    this.#locks.add(path);
    return { release: () => void this.#locks.delete(path) };
  }
}

class ImageFile implements File {
  readonly path: string;
  readonly #content: Content;

  constructor(path: string, content: Content) {
    this.path = path;
    this.#content = content;
  }

  size(): number {
    return this.#content.size;
  }

  readAt(target: Uint8Array, position: number): number {
    const { bytes, size } = this.#content;
    const end = Math.min(position + target.length, size);
    if (end <= position) return 0;
    target.set(bytes.subarray(position, end));
    return end - position;
  }

  writeAt(source: Uint8Array, position: number): void {
    this.#own(position + source.length);
    this.#content.bytes.set(source, position);
  }

  truncate(size: number): void {
    this.#own(size);
    this.#content.bytes.fill(0, size);
    this.#content.size = size;
  }

  sync(): void {}
  async syncInBackground(): Promise<void> {}
  close(): void {}

  /** Every byte from `size` on is zero. */
  #own(end: number): void {
    const content = this.#content;
    if (!content.isOwn || end > content.bytes.length) {
      const bytes = new Uint8Array(Math.max(content.size, end));
      bytes.set(content.bytes.subarray(0, content.size));
      content.bytes = bytes;
      content.isOwn = true;
    }
    content.size = Math.max(content.size, end);
  }
}

function errorOf(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: '${path}'`), { code, path });
}
