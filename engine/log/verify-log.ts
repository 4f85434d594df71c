/**
 * Everything that the log has on disk, read back and checked: in a closed directory, where the files alone
 * say what there should be, or under an open log, which knows better.
 */
import { VarveError } from '../base/errors.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import { segmentName } from './format.ts';
import { MANIFEST, type Manifest, type ManifestSegment, readManifest } from './manifest.ts';
import type { Segment } from './segment.ts';
import type { SegmentSet } from './segment-set.ts';
import { verifyCheckpoint } from './verify-checkpoint.ts';
import { type Report, RESTORE, type SegmentClaim, verifySegment } from './verify-segment.ts';

const TWO_LINES = /^varve-manifest \d+ [0-9a-f]{8}\n[^\n]+\n$/;

/** Of a closed directory, in slices. */
export function* verifyClosedLog(
  fs: FileSystem,
  directory: string,
  report: Report,
): Generator<void, void, void> {
  const manifest = verifyManifest(fs, directory, report);
  if (manifest === undefined) return;
  const { storeId } = manifest;
  for (const entry of manifest.segments) {
    const file = openSegment(fs, directory, entry.id, report);
    if (file === undefined) continue;
    try {
      yield* verifySegment(file, claimOf(entry, storeId), report);
    } finally {
      file.close();
    }
  }
  yield* verifyCheckpoint(fs, directory, storeId, report);
}

/**
 * Under an open log, in slices: what is on disk when it begins. Segments that are cleaned away meanwhile are
 * read to their end; those that take their place are looked at in their turn.
 */
export function* verifyOpenLog(set: SegmentSet, report: Report): Generator<void, void, void> {
  const { fs, directory, storeId } = set;
  verifyManifest(fs, directory, report);
  const last = set.active;
  const seen = new Set<Segment>();
  const next = (): Segment | undefined => {
    const upper = set.order.indexOf(last);
    return set.order.slice(0, upper + 1).find((segment) => !seen.has(segment));
  };
  set.readers++;
  try {
    for (let segment = next(); segment !== undefined; segment = next()) {
      seen.add(segment);
      const claim = claimOfOpen(segment, storeId);
      // A handle of our own: the log may drop its file while we read.
      const file = openSegment(fs, directory, segment.id, report);
      if (file === undefined) continue;
      try {
        yield* verifySegment(file, claim, report);
      } finally {
        file.close();
      }
    }
  } finally {
    set.readers--;
  }
  yield* verifyCheckpoint(fs, directory, storeId, report);
}

function verifyManifest(fs: FileSystem, directory: string, report: Report): Manifest | undefined {
  const path = `${directory}/${MANIFEST}`;
  try {
    const manifest = readManifest(fs, directory);
    if (manifest === undefined) {
      report(`${path} at offset 0: the file is missing: ${RESTORE}`);
      return undefined;
    }
    if (!TWO_LINES.test(textOf(fs, path))) {
      report(`${path} at offset 0: it holds more than the two lines of a manifest: ${RESTORE}`);
    }
    return manifest;
  } catch (error) {
    if (!(error instanceof VarveError)) throw error;
    report(`${path} at offset 0: ${error.message}`);
    return undefined;
  }
}

function textOf(fs: FileSystem, path: string): string {
  const file = fs.open(path, 'read');
  try {
    const bytes = Buffer.alloc(file.size());
    file.readAt(bytes, 0);
    return bytes.toString('utf8');
  } finally {
    file.close();
  }
}

function openSegment(
  fs: FileSystem,
  directory: string,
  id: number,
  report: Report,
): File | undefined {
  const path = `${directory}/${segmentName(id)}`;
  try {
    return fs.open(path, 'read');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    report(`${path} at offset 0: the file is missing, and ${MANIFEST} lists it: ${RESTORE}`);
    return undefined;
  }
}

function claimOf(entry: ManifestSegment, storeId: string): SegmentClaim {
  const { id, sealed, firstSequence = 1, isReused } = entry;
  if (sealed === undefined) {
    const unknown = { lengthBytes: undefined, lastSequence: undefined };
    return { id, storeId, firstSequence, isReused, ...unknown };
  }
  const { lengthBytes } = sealed;
  const isEmpty = sealed.lastSequence === 0;
  const lastSequence = isEmpty ? sealed.firstSequence - 1 : sealed.lastSequence;
  return { id, storeId, firstSequence: sealed.firstSequence, lengthBytes, lastSequence };
}

/** What has been written of it: more may be in memory. */
function claimOfOpen(segment: Segment, storeId: string): SegmentClaim {
  const { id, sealed, flushed, tail, lastSequence: last } = segment;
  const firstSequence = segment.firstSequence || segment.baseSequence;
  const isWhole = sealed && flushed === tail && last > 0;
  const lastSequence = isWhole ? last : undefined;
  return { id, storeId, firstSequence, lengthBytes: flushed, lastSequence };
}
