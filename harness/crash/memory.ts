/**
 * What came of opening a disk, to be known again for every disk on which nothing differs that mattered: the
 * same names are there, and the files that were read hold the same bytes. A file that was only removed, like
 * the unfinished copy of something, may hold what it likes. (A recovery is a function of the disk.)
 *
 *     opened   MANIFEST m1, 1.seg s1, CHECKPOINT.tmp c1      MANIFEST and 1.seg were read
 *     known    MANIFEST m1, 1.seg s1, CHECKPOINT.tmp c2      the same
 *     not      MANIFEST m1, 1.seg s2, CHECKPOINT.tmp c1
 */
import type { DigestedImage } from '../disk/image.ts';

export class Memory<T> {
  /** By names, and then by which of them were read. */
  readonly #shapes = new Map<string, Map<string, Shape<T>>>();

  recall(image: DigestedImage): T | undefined {
    for (const { read, known } of this.#shapes.get(namesOf(image))?.values() ?? []) {
      const found = known.get(digestsOf(image, read));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** `read`: the paths of files whose content made a difference. */
  remember(image: DigestedImage, read: readonly string[], result: T): void {
    const names = namesOf(image);
    const shapes = this.#shapes.get(names) ?? new Map<string, Shape<T>>();
    this.#shapes.set(names, shapes);
    const sorted = [...read].sort();
    const key = sorted.join('\n');
    const shape = shapes.get(key) ?? { read: sorted, known: new Map<string, T>() };
    shapes.set(key, shape);
    shape.known.set(digestsOf(image, sorted), result);
  }
}

interface Shape<T> {
  readonly read: readonly string[];
  readonly known: Map<string, T>;
}

const namesOf = (image: DigestedImage): string => [...image.keys()].sort().join('\n');

const digestsOf = (image: DigestedImage, paths: readonly string[]): string =>
  paths.map((path) => image.get(path)).join();
