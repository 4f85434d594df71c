/** What a store takes on disk, by its files. */
import { readdirSync, readFileSync, statSync } from 'node:fs';

export interface DiskBytes {
  /** Blocks that the file system gave: what `du` says. */
  readonly allocatedBytes: number;
  /** Lengths of the files. */
  readonly apparentBytes: number;
}

/** Files may come and go meanwhile. */
export function diskBytes(directory: string): DiskBytes {
  let allocatedBytes = 0;
  let apparentBytes = 0;
  for (const path of [directory, ...readdirSync(directory).map((name) => `${directory}/${name}`)]) {
    const found = statSync(path, { throwIfNoEntry: false });
    allocatedBytes += (found?.blocks ?? 0) * 512;
    apparentBytes += found?.size ?? 0;
  }
  return { allocatedBytes, apparentBytes };
}

/** The buffer of the active segment: it is as large as the segment may become, whatever it holds. */
export function activeSegmentBytes(directory: string): number {
  const manifest = readFileSync(`${directory}/MANIFEST`, 'utf8').split('\n')[1]!;
  const { segments } = JSON.parse(manifest) as { segments: { capacityBytes: number }[] };
  return segments.at(-1)!.capacityBytes;
}
