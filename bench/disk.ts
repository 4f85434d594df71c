/** What a store takes on disk, by its files. */
import { readdirSync, statSync } from 'node:fs';

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

const MIB = 1024 * 1024;
const SEGMENT_BYTES_MIN = MIB;
const SEGMENT_BYTES_MAX = 64 * MIB;

/**
 * The buffer of the active segment, in a log that was never cleaned: it is as large as the segment may
 * become, whatever it holds. A new segment is half as large as the log before it, within bounds.
 */
export function activeSegmentBytes(directory: string): number {
  const sizes = readdirSync(directory)
    .filter((name) => name.endsWith('.seg'))
    .toSorted()
    .map((name) => statSync(`${directory}/${name}`).size);
  const last = sizes.pop() ?? 0;
  const before = sizes.reduce((sum, size) => sum + size, 0);
  const usual = Math.min(Math.max(SEGMENT_BYTES_MIN, before / 2), SEGMENT_BYTES_MAX);
  return Math.max(usual, last);
}
