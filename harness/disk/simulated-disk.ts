/**
 * A disk in memory whose power may fail between any two operations. It does what it is told at once; what
 * is certain to be there afterwards is only what was synced, as the contract of `varve/vfs` has it. Of all the
 * rest `doubts` lists what a power cut would have to decide, and `crash` says what is left for one such
 * decision.
 *
 *     const disk = new SimulatedDisk();
 *     // … open a store on disk.fs, write …
 *     for (const choice of choicesOf(disk.doubts(), { atMost: 64, random })) {
 *       const left = new SimulatedDisk({ image: disk.crash(choice) });
 *       // … open a store on left.fs: is everything there?
 *     }
 *
 * Deterministic: no clock, no randomness, and no state outside the instance.
 */
import { posix } from 'node:path';
import { memoryFs, type File, type FileSystem } from '../../engine/vfs/index.ts';
import {
  type ContentDoubt,
  contentAfter,
  DoubtfulContent,
  SECTOR_BYTES,
  type SectorVersion,
} from './doubtful-content.ts';
import { diskError } from './disk-error.ts';
import type { FileFate, SectorFate } from './fates.ts';
import { NameJournal } from './name-journal.ts';
import { type FileOperation, openContent } from './simulated-file.ts';

/** All files there are, by their paths. */
export type Image = ReadonlyMap<string, Uint8Array>;

export type OperationKind = FileOperation | 'create' | 'rename' | 'remove' | 'sync names';

/** Something that is about to be done to the disk. */
export interface DiskOperation {
  readonly kind: OperationKind;
  readonly path: string;
}

/** One thing that a power cut decides. Option 0 is what was synced, the last one what the process saw. */
export type Doubt =
  | { readonly about: 'name'; readonly what: string; readonly options: 2 }
  | {
      readonly about: 'size';
      readonly file: DoubtfulContent;
      readonly options: number;
    }
  | {
      readonly about: 'sector';
      readonly file: DoubtfulContent;
      readonly index: number;
      readonly versions: readonly SectorVersion[];
      readonly options: number;
    };

/** An option for each doubt, in their order. */
export type Choice = readonly number[];

export interface SimulatedDiskInit {
  /** What is on it at first, all of it certain. The arrays must not change any more. */
  readonly image?: Image | undefined;
  /** How many turns of the event loop a sync in the background takes; 0 if absent. */
  readonly syncTurns?: (() => number) | undefined;
}

export class SimulatedDisk {
  readonly fs: FileSystem;
  /** Called before anything is done that changes what is there or what is certain. */
  onOperation: (operation: DiskOperation) => void = () => {};
  #names: NameJournal<DoubtfulContent>;
  readonly #syncTurns: () => number;
  readonly #directories = new Set<string>();
  readonly #first: ReadonlyMap<string, DoubtfulContent>;

  constructor({ image = new Map(), syncTurns = () => 0 }: SimulatedDiskInit = {}) {
    const files = [...image].map(([path, bytes]) => [path, new DoubtfulContent(bytes)] as const);
    this.#first = new Map(files);
    this.#names = new NameJournal(this.#first);
    this.#syncTurns = syncTurns;
    // Directories, and whoever holds a lock; both are certain at once.
    const directories = memoryFs();
    this.fs = this.#fileSystem(directories);
    for (const path of image.keys()) this.fs.makeDirectory(posix.dirname(path));
  }

  /**
   * As a process leaves it that is killed: what it has written is there, and what was in doubt is in doubt
   * for the next one as well. Nobody has it open, and the lock is free.
   */
  killed(): SimulatedDisk {
    const twins = new Map<DoubtfulContent, DoubtfulContent>();
    const twinOf = (file: DoubtfulContent): DoubtfulContent => {
      const twin = twins.get(file) ?? file.fork();
      twins.set(file, twin);
      return twin;
    };
    const disk = new SimulatedDisk({ syncTurns: this.#syncTurns });
    disk.#names = this.#names.fork(twinOf);
    for (const directory of this.#directories) disk.fs.makeDirectory(directory);
    return disk;
  }

  /**
   * Files that were there at first and have been read since. What is in the others can have made no difference
   * to whoever used the disk.
   */
  readPaths(): string[] {
    return [...this.#first].filter(([, { wasRead }]) => wasRead).map(([path]) => path);
  }

  /** As the process sees it. */
  current(): Image {
    return new Map([...this.#names.current].map(([path, file]) => [path, file.current()]));
  }

  doubts(): readonly Doubt[] {
    const names = this.#names.pending.map((change): Doubt => {
      const target = change.kind === 'rename' ? ` to ${change.target}` : '';
      return { about: 'name', what: `${change.kind} ${change.path}${target}`, options: 2 };
    });
    return [...names, ...this.#doubtfulFiles().flatMap((file) => fileDoubts(file, file.doubt()))];
  }

  /** What is left. Files of which nothing is in doubt are shared between images. */
  crash(choice: Choice): Image {
    const { pending } = this.#names;
    const kept = pending.map((_, at) => choice[at] === 1);
    const contents = new Map<DoubtfulContent, Uint8Array>();
    let at = pending.length;
    for (const file of this.#doubtfulFiles()) {
      const { sizes, sectors } = file.doubt();
      const size = sizes.length > 1 ? sizes[choice[at++]!]! : sizes[0]!;
      const left = sectors.map(({ index, versions }) => {
        const { bytes } = versions[choice[at++]!]!;
        return { index, bytes };
      });
      contents.set(file, contentAfter(file.synced, size, left));
    }
    const names = this.#names.after(kept);
    return new Map([...names].map(([path, file]) => [path, contents.get(file) ?? file.synced]));
  }

  /** The same in words: what the process saw, and what is left of it. */
  fates(choice: Choice): FileFate[] {
    const image = this.crash(choice);
    const { current } = this.#names;
    const left = this.#names.after(this.#names.pending.map((_, at) => choice[at] === 1));
    const paths = [...new Set([...current.keys(), ...left.keys()])].sort();
    return paths.map((path) => {
      const before = current.get(path);
      const after = left.get(path);
      const isOther = before === after ? 'kept' : 'older';
      return {
        path,
        name: after === undefined ? 'lost' : before === undefined ? 'back' : isOther,
        bytesBefore: before?.size ?? 0,
        bytesAfter: image.get(path)?.length ?? 0,
        sectors: after === undefined ? [] : this.#sectorFates(after, choice),
      };
    });
  }

  #sectorFates(file: DoubtfulContent, choice: Choice): SectorFate[] {
    const known = new Map<number, SectorFate>();
    let size = file.synced.length;
    for (const [at, doubt] of this.doubts().entries()) {
      if (doubt.about === 'name' || doubt.file !== file) continue;
      if (doubt.about === 'size') size = file.doubt().sizes[choice[at]!]!;
      else known.set(doubt.index, doubt.versions[choice[at]!]!.fate);
    }
    const count = Math.ceil(Math.max(size, file.size) / SECTOR_BYTES);
    return Array.from({ length: count }, (_, index) =>
      index * SECTOR_BYTES >= size ? 'cut' : (known.get(index) ?? 'synced'),
    );
  }

  /** Those that a name may lead to after a crash. */
  #doubtfulFiles(): DoubtfulContent[] {
    const files = new Set([
      ...this.#names.after([]).values(),
      ...this.#names.pending.map(({ node }) => node),
    ]);
    return [...files].filter((file) => !file.isCertain);
  }

  #fileSystem(directories: FileSystem): FileSystem {
    const about = (kind: OperationKind, path: string): void => this.onOperation({ kind, path });
    const found = (path: string, call: string): DoubtfulContent => {
      const file = this.#names.current.get(path);
      if (file === undefined) throw diskError('ENOENT', call, path);
      return file;
    };
    const remove = (path: string): void => {
      const node = found(path, 'unlink');
      about('remove', path);
      this.#names.change({ kind: 'remove', path, node });
    };
    return {
      kind: 'simulated',
      open: (given, mode) => {
        const path = absolute(given);
        if (mode !== 'create') return this.#open(path, found(path, 'open'), mode === 'write');
        if (this.#names.current.has(path)) throw diskError('EEXIST', 'open', path);
        // For its errors, if there is no such directory.
        directories.list(posix.dirname(path));
        about('create', path);
        const node = new DoubtfulContent();
        this.#names.change({ kind: 'create', path, node });
        return this.#open(path, node, true);
      },
      rename: (from, to) => {
        const [path, target] = [absolute(from), absolute(to)];
        const node = found(path, 'rename');
        directories.list(posix.dirname(target));
        about('rename', path);
        this.#names.change({ kind: 'rename', path, target, node });
      },
      remove: (path) => remove(absolute(path)),
      removeInBackground: async (path) => remove(absolute(path)),
      list: (given) => {
        const directory = absolute(given);
        const below = [...this.#names.current.keys()].filter(
          (path) => posix.dirname(path) === directory,
        );
        const names = [
          ...directories.list(directory),
          ...below.map((path) => posix.basename(path)),
        ];
        return names
          .map((name) => Buffer.from(name))
          .sort((a, b) => a.compare(b))
          .map((name) => name.toString());
      },
      makeDirectory: (directory) => {
        directories.makeDirectory(directory);
        this.#directories.add(absolute(directory));
      },
      syncDirectory: (directory) => {
        directories.syncDirectory(directory);
        about('sync names', absolute(directory));
        this.#names.sync(absolute(directory));
      },
      lock: (path) => directories.lock(path),
    };
  }

  #open(path: string, content: DoubtfulContent, isWritable: boolean): File {
    const about = (kind: OperationKind): void => this.onOperation({ kind, path });
    return openContent(path, content, { isWritable, about, syncTurns: this.#syncTurns });
  }
}

const absolute = (path: string): string => posix.resolve('/', path);

function fileDoubts(file: DoubtfulContent, { sizes, sectors }: ContentDoubt): Doubt[] {
  const size: Doubt[] = sizes.length > 1 ? [{ about: 'size', file, options: sizes.length }] : [];
  return [
    ...size,
    ...sectors.map(
      ({ index, versions }): Doubt => ({
        about: 'sector',
        file,
        index,
        versions,
        options: versions.length,
      }),
    ),
  ];
}
