/**
 * A disk that remembers what was written where, in which order, and what stood there before. The former
 * tells later whether a loss may be excused: the log's frames say which earlier ones are durable, so
 * something may only be missing if every byte that could have spoken for it is damaged as well. The
 * latter is what a disk shows that lost a write: a sector, or a file, as it once was.
 */
import { type File, type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { BACKUP, DIRECTORY, type Image, nameOf, pathOf } from './image.ts';

/** Bytes of the log: one frame or several, or a mark. */
export interface LogWrite {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  /** How many writes there were when it was synced: all later ones know it as durable. */
  syncedAt: number;
}

export class RecordedDisk {
  readonly fs: FileSystem;
  readonly writes: LogWrite[] = [];
  /** What each file once was, oldest first; of removed ones, too. */
  readonly past: Map<string, Uint8Array[]> = new Map();
  readonly #inner: FileSystem = memoryFs();
  readonly #step: () => number;
  readonly #active = new Set<string>();
  /** Of the checkpoint that is being written, and of the one that counts. */
  #checkpointAside = 0;
  #checkpoint = 0;

  /** `step`: the number of the last one begun. */
  constructor(step: () => number) {
    this.#step = step;
    const inner = this.#inner;
    this.fs = {
      kind: 'recorded',
      open: (path, mode) => {
        if (nameOf(path) === 'CHECKPOINT.tmp') this.#checkpointAside = this.#step();
        return this.#record(inner.open(path, mode));
      },
      rename: (source, target) => {
        this.#remember(target);
        inner.rename(source, target);
        if (nameOf(target) === 'MANIFEST') {
          this.#active.add(segmentsOf(this.#bytesOf(target)!).at(-1)!);
        }
        if (nameOf(target) === 'CHECKPOINT') this.#checkpoint = this.#checkpointAside;
        else if (nameOf(source) === 'CHECKPOINT') this.#checkpoint = 0;
      },
      remove: (path) => {
        this.#remember(path);
        inner.remove(path);
      },
      removeInBackground: (path) => {
        this.#remember(path);
        return inner.removeInBackground(path);
      },
      list: (directory) => inner.list(directory),
      makeDirectory: (directory) => inner.makeDirectory(directory),
      syncDirectory: (directory) => inner.syncDirectory(directory),
      lock: (path) => inner.lock(path),
    };
  }

  /** The writes to segments that were active once: others are copies, which speak for nothing. */
  get log(): readonly (LogWrite | undefined)[] {
    return this.writes.map((write) => (this.#active.has(write.path) ? write : undefined));
  }

  /** Everything up to this step is in the checkpoint; 0 if there is none. */
  get checkpointStep(): number {
    return this.#checkpoint;
  }

  image(): Image {
    const image = new Map<string, Uint8Array>();
    for (const name of this.#inner.list(DIRECTORY)) {
      const path = `${DIRECTORY}/${name}`;
      image.set(path, this.#bytesOf(path)!);
    }
    const backup = this.#bytesOf(BACKUP);
    if (backup !== undefined) image.set(BACKUP, backup);
    return image;
  }

  #bytesOf(path: string): Uint8Array | undefined {
    let file: File;
    try {
      file = this.#inner.open(path, 'read');
    } catch {
      return undefined;
    }
    const bytes = new Uint8Array(file.size());
    file.readAt(bytes, 0);
    file.close();
    return bytes;
  }

  #remember(path: string): void {
    const bytes = this.#bytesOf(path);
    if (bytes === undefined || bytes.length === 0) return;
    const past = this.past.get(path) ?? [];
    const last = past.at(-1);
    if (last !== undefined && Buffer.compare(last, bytes) === 0) return;
    this.past.set(path, [...past, bytes]);
  }

  #record(file: File): File {
    const { path } = file;
    const isSegment = path.endsWith('.seg');
    const synced = (): void => {
      const { writes } = this;
      for (const write of writes) {
        if (write.path === path) write.syncedAt = Math.min(write.syncedAt, writes.length);
      }
      this.#remember(path);
    };
    return {
      path,
      size: () => file.size(),
      readAt: (target, position) => file.readAt(target, position),
      writeAt: (source, position) => {
        file.writeAt(source, position);
        const isLog = isSegment && position > 0 && source.some((byte) => byte !== 0);
        if (!isLog) return;
        const to = position + source.length;
        this.writes.push({ path, from: position, to, syncedAt: Number.POSITIVE_INFINITY });
      },
      sync: () => {
        file.sync();
        synced();
      },
      syncInBackground: async () => {
        await file.syncInBackground();
        synced();
      },
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
    };
  }
}

/** As a manifest lists them: all but the last are sealed. */
export function segmentsOf(manifest: Uint8Array): string[] {
  const [, body = ''] = Buffer.from(manifest).toString().split('\n');
  const { segments } = JSON.parse(body) as {
    readonly segments: readonly { readonly id: number }[];
  };
  return segments.map(({ id }) => pathOf(`${String(id).padStart(10, '0')}.seg`));
}
