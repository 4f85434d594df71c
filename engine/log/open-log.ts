/**
 * From a directory to its segments: creates a store's first files, or opens what the manifest lists and
 * clears away what a crash left beside it. Every refusal names the file.
 */
import { corrupt, invalidArgument, VarveError } from '../base/errors.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import { checkVersion, decodeSegmentHeader, SEGMENT_HEADER_BYTES, segmentName } from './format.ts';
import {
  installManifest,
  MANIFEST,
  type Manifest,
  type ManifestSegment,
  readManifest,
  writeManifestAside,
} from './manifest.ts';
import { claimOfUnlisted } from './old-manifest.ts';
import type { Claim } from './recovery.ts';
import { SegmentSet } from './segment-set.ts';

export interface OpenLogOptions {
  readonly fs: FileSystem;
  readonly directory: string;
  readonly segmentSizeBytes: number;
  readonly readOnly: boolean;
  readonly random: () => number;
}

const SEGMENT_NAME = /^(\d{10})\.seg(\.spare)?$/;
/** Names that are ours but hold nothing durable. */
const IS_ASIDE = /\.(tmp|old)$/;

/** True if the directory holds a store or the beginnings of one, false if it is empty. */
export function holdsStore(fs: FileSystem, directory: string): boolean {
  const names = fs.list(directory).filter((name) => !name.startsWith('LOCK'));
  if (names.includes(MANIFEST)) return true;
  const foreign = names.find((name) => !SEGMENT_NAME.test(name) && !IS_ASIDE.test(name));
  if (foreign !== undefined) {
    throw invalidArgument(
      `${directory} is not a Varve store (it holds ${foreign} and no ${MANIFEST}): name an empty or a new directory`,
    );
  }
  return false;
}

export interface OpenedSegments {
  readonly set: SegmentSet;
  /** What leftovers of a crash say of the active segment. */
  readonly claim: Claim;
  /** Once recovery needs the leftovers no more: they go. */
  readonly clearAway: () => void;
}

export function openSegments(options: OpenLogOptions): OpenedSegments {
  const { fs, directory } = options;
  const manifest = readManifest(fs, directory);
  if (manifest === undefined) {
    return { set: createSegments(options), claim: { sequence: 0, by: '' }, clearAway: () => {} };
  }
  const names = fs.list(directory);
  const seenIds = names.map((name) => Number(SEGMENT_NAME.exec(name)?.[1] ?? 0));
  const set = new SegmentSet({
    ...options,
    storeId: manifest.storeId,
    // A crash may have left a file that no manifest lists: its id is used up all the same.
    nextSegmentId: Math.max(manifest.nextSegmentId, ...seenIds.map((id) => id + 1)),
  });
  try {
    for (const entry of manifest.segments) {
      set.adopt(entry, openSegmentFile(options, manifest, entry));
    }
    const claim = claimOfUnlisted(fs, directory, manifest, segmentIds(names));
    return { set, claim, clearAway: () => clearAway(set, manifest, names) };
  } catch (error) {
    set.close();
    throw error;
  }
}

/** Of the files of these names; spares of version 1 are none. */
const segmentIds = (names: readonly string[]): number[] =>
  names.flatMap((name) => {
    const [, digits, spare] = SEGMENT_NAME.exec(name) ?? [];
    return digits === undefined || spare !== undefined ? [] : [Number(digits)];
  });

function createSegments(options: OpenLogOptions): SegmentSet {
  const { fs, directory, random } = options;
  if (options.readOnly) {
    throw new VarveError(
      'ERR_NOT_FOUND',
      `${directory} holds no store: open it without readOnly to create one`,
    );
  }
  // Nothing was ever acknowledged without a manifest, but half a copied directory looks like this too.
  for (const name of fs.list(directory).filter((name) => SEGMENT_NAME.test(name))) {
    refuseOrphanWithFrames(options, name);
    fs.remove(`${directory}/${name}`);
  }
  const digits = Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16));
  const storeId = digits.join('');
  const set = new SegmentSet({ ...options, storeId, nextSegmentId: 1 });
  const first = set.create(0);
  first.file.sync();
  fs.syncDirectory(directory);
  const aside = writeManifestAside(fs, directory, set.manifest(first));
  aside.sync();
  installManifest(fs, directory, aside);
  first.listed = true;
  return set;
}

function refuseOrphanWithFrames({ fs, directory }: OpenLogOptions, name: string): void {
  const path = `${directory}/${name}`;
  const file = fs.open(path, 'read');
  const bytes = Buffer.alloc(file.size());
  const read = file.readAt(bytes, SEGMENT_HEADER_BYTES);
  file.close();
  if (bytes.subarray(0, read).some((byte) => byte !== 0)) {
    throw corrupt(
      `${directory}/${MANIFEST}`,
      `is missing, though ${name} holds data: the directory was copied in part; copy it whole, or restore a backup`,
    );
  }
}

function openSegmentFile(
  { fs, directory, readOnly }: OpenLogOptions,
  { storeId }: Manifest,
  entry: ManifestSegment,
): File {
  const path = `${directory}/${segmentName(entry.id)}`;
  let file: File;
  try {
    file = fs.open(path, readOnly ? 'read' : 'write');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    const what = `is missing, though ${MANIFEST} lists it: the directory was copied in part; copy it whole, or restore a backup`;
    throw corrupt(path, what, { cause: error });
  }
  const sector = Buffer.alloc(SEGMENT_HEADER_BYTES);
  file.readAt(sector, 0);
  const header = decodeSegmentHeader(sector);
  try {
    if (header !== undefined) checkVersion(path, header.version);
  } catch (error) {
    file.close();
    throw error;
  }
  if (header?.id !== entry.id || header.storeId !== storeId) {
    file.close();
    const what =
      header === undefined
        ? 'the segment header fails its checksum'
        : `is segment ${header.id} of store ${header.storeId}, not segment ${entry.id} of ${storeId}`;
    throw corrupt(`${path} at offset 0`, `${what}: restore a backup of the directory`);
  }
  return file;
}

/**
 * What no manifest lists holds nothing durable and goes. Also the spares of version 1: a power cut may have undone
 * the renaming of one that was in use again, and then it holds frames of an id that is still to be given out.
 *
 * A killed process may have left a manifest whose name is not durable yet. Whatever relies on it comes after that:
 * the removal of what only the manifest before it lists, and all that is written from now on.
 */
function clearAway(set: SegmentSet, manifest: Manifest, names: readonly string[]): void {
  set.fs.syncDirectory(set.directory);
  const listed = new Set(manifest.segments.map(({ id }) => segmentName(id)));
  for (const name of names) {
    if (IS_ASIDE.test(name) || (SEGMENT_NAME.test(name) && !listed.has(name))) {
      set.fs.remove(`${set.directory}/${name}`);
    }
  }
}
