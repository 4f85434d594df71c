/**
 * Which segments a directory has that may be damaged anywhere, and in which order. The manifest says it; without
 * one the frames' own sequences do.
 */
import { VarveError } from '../base/errors.ts';
import type { FileSystem } from '../vfs/fs.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, segmentName } from './format.ts';
import { type Manifest, type ManifestSegment, readManifest } from './manifest.ts';
import { type FoundSegment, identify, isSegmentName } from './salvage-segment.ts';

export interface ListedSegment {
  readonly path: string;
  readonly id: number;
  /** Undefined if the manifest is lost. */
  readonly entry: ManifestSegment | undefined;
  /** Undefined if the file is missing. */
  readonly found: FoundSegment | undefined;
}

export interface FoundLog {
  /** Empty if nothing tells. */
  readonly storeId: string;
  /** What is wrong with the manifest; undefined if it is sound. */
  readonly manifestProblem: string | undefined;
  /** In log order. */
  readonly segments: readonly ListedSegment[];
  /** Segment files that are no part of the log. */
  readonly leftovers: readonly string[];
}

/** `checkpointStoreId`: another witness of which store this is. Yields between segments. */
export function* findLog(
  fs: FileSystem,
  directory: string,
  checkpointStoreId: string | undefined,
): Generator<void, FoundLog, void> {
  const names = fs.list(directory).filter(isSegmentName);
  const { manifest, problem } = manifestOf(fs, directory);
  const storeIds =
    manifest === undefined
      ? storeIdsOf(fs, directory, names, checkpointStoreId)
      : [manifest.storeId];
  const found: FoundSegment[] = [];
  for (const name of storeIds.length === 0 ? [] : names) {
    found.push(identify(fs, directory, name, storeIds));
    yield;
  }
  if (manifest === undefined) return withoutManifest(found, names, directory, problem!);
  const segments = manifest.segments.map((entry) => {
    const path = `${directory}/${segmentName(entry.id)}`;
    return { path, id: entry.id, entry, found: bestOf(found, entry.id, path) };
  });
  const used = new Set(segments.map((segment) => segment.found?.path));
  const leftovers = names.filter((name) => !used.has(`${directory}/${name}`));
  return { storeId: manifest.storeId, manifestProblem: undefined, segments, leftovers };
}

function manifestOf(
  fs: FileSystem,
  directory: string,
): { readonly manifest: Manifest | undefined; readonly problem: string | undefined } {
  try {
    const manifest = readManifest(fs, directory);
    return { manifest, problem: manifest === undefined ? 'the file is missing' : undefined };
  } catch (error) {
    if (!(error instanceof VarveError) && !(error instanceof SyntaxError)) throw error;
    return { manifest: undefined, problem: 'the file is damaged' };
  }
}

function storeIdsOf(
  fs: FileSystem,
  directory: string,
  names: readonly string[],
  checkpointStoreId: string | undefined,
): string[] {
  const ids = new Set(checkpointStoreId === undefined ? [] : [checkpointStoreId]);
  for (const name of names) {
    const sector = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const file = fs.open(`${directory}/${name}`, 'read');
    file.readAt(sector, 0);
    file.close();
    const header = decodeSegmentHeader(sector);
    if (header !== undefined) ids.add(header.storeId);
  }
  return [...ids];
}

/** The one under its own name, unless another file has more of it. */
function bestOf(
  found: readonly FoundSegment[],
  id: number,
  path: string,
): FoundSegment | undefined {
  const candidates = found.filter((each) => each.id === id);
  return candidates.sort(
    (a, b) => b.frameBytes - a.frameBytes || Number(b.path === path) - Number(a.path === path),
  )[0];
}

function withoutManifest(
  found: readonly FoundSegment[],
  names: readonly string[],
  directory: string,
  manifestProblem: string,
): FoundLog {
  const bytesOf = (storeId: string): number =>
    found.reduce((sum, each) => sum + (each.storeId === storeId ? each.frameBytes : 0), 0);
  const stores = [...new Set(found.map(({ storeId }) => storeId))];
  const storeId = stores.sort((a, b) => bytesOf(b) - bytesOf(a))[0] ?? '';
  const own = found.filter((each) => each.storeId === storeId);
  const newestId = Math.max(0, ...own.map(({ id }) => id));
  const order: FoundSegment[] = [];
  const usable = own
    .filter(({ frameBytes, id, isBlank }) => frameBytes > 0 || (id === newestId && !isBlank))
    .sort((a, b) => (a.firstSequence || Infinity) - (b.firstSequence || Infinity) || a.id - b.id);
  for (const segment of usable) place(segment, order);
  const used = new Set(order.map(({ path }) => path));
  return {
    storeId,
    manifestProblem,
    segments: order.map((each) => ({
      path: each.path,
      id: each.id,
      entry: undefined,
      found: each,
    })),
    leftovers: names.filter((name) => !used.has(`${directory}/${name}`)),
  };
}

/**
 * Two segments with the same sequences: one that cleaning wrote, under the greater id, and what it was made of.
 * If the copy is whole it has everything; if not, nothing was removed yet.
 */
function place(segment: FoundSegment, order: FoundSegment[]): void {
  const before = order.at(-1);
  if (
    before === undefined ||
    segment.firstSequence === 0 ||
    segment.firstSequence > before.lastSequence
  ) {
    order.push(segment);
    return;
  }
  const [source, copy] = before.id < segment.id ? [before, segment] : [segment, before];
  order.pop();
  place(copy.isWhole ? copy : source, order);
}
