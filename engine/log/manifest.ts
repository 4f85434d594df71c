/**
 * MANIFEST says which segments are the log, in order. It is replaced as a whole: written aside, synced,
 * renamed, directory synced. What is not listed is not part of the store, whatever files lie around.
 *
 * Every segment but the last is sealed: its entry fixes length and sequences, and so claims every frame
 * in it durable. The last one is active, and only a scan of its frames tells where it ends.
 *
 *     varve-manifest 2 5a3c91e0             <- format version, crc32 of the next line
 *     {"storeId":"…","nextSegmentId":3,"segments":[{"id":1,…,"sealed":{…}},{"id":2,…,"firstSequence":8}]}
 */
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { corrupt } from '../base/errors.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import { checkVersion, FORMAT_VERSION } from './format.ts';

export const MANIFEST = 'MANIFEST';
const MANIFEST_ASIDE = 'MANIFEST.tmp';

export interface ManifestSegment {
  readonly id: number;
  readonly capacityBytes: number;
  readonly sealed?: SealedSegment;
  /** Of the active one: sequence of the first frame it can hold. */
  readonly firstSequence?: number;
  /** Of the active one: behind its frames lies what is left of another segment, not zeros. */
  readonly isReused?: boolean;
}
export interface SealedSegment {
  readonly lengthBytes: number;
  /** 0 and 0 if it holds no frame. */
  readonly firstSequence: number;
  readonly lastSequence: number;
}
export interface Manifest {
  readonly storeId: string;
  readonly nextSegmentId: number;
  readonly segments: readonly ManifestSegment[];
}

/** Undefined if there is none. */
export function readManifest(fs: FileSystem, directory: string): Manifest | undefined {
  if (!fs.list(directory).includes(MANIFEST)) return undefined;
  const path = `${directory}/${MANIFEST}`;
  const file = fs.open(path, 'read');
  try {
    const bytes = Buffer.alloc(file.size());
    file.readAt(bytes, 0);
    return decodeManifest(bytes.toString('utf8'), path);
  } finally {
    file.close();
  }
}

/** Writes the manifest aside; it counts only after the file was synced and `installManifest` returned. */
export function writeManifestAside(fs: FileSystem, directory: string, manifest: Manifest): File {
  const last = manifest.segments.length - 1;
  for (const [index, segment] of manifest.segments.entries()) {
    assert(
      (segment.sealed === undefined) === (index === last),
      () => `segment ${segment.id}: all but the last are sealed`,
    );
  }
  const path = `${directory}/${MANIFEST_ASIDE}`;
  if (fs.list(directory).includes(MANIFEST_ASIDE)) fs.remove(path);
  const file = fs.open(path, 'create');
  file.writeAt(Buffer.from(encodeManifest(manifest)), 0);
  return file;
}

export function installManifest(fs: FileSystem, directory: string, aside: File): void {
  aside.close();
  fs.rename(`${directory}/${MANIFEST_ASIDE}`, `${directory}/${MANIFEST}`);
  fs.syncDirectory(directory);
}

export function encodeManifest(manifest: Manifest): string {
  const body = JSON.stringify(manifest);
  return `varve-manifest ${FORMAT_VERSION} ${checksum(body)}\n${body}\n`;
}

export function decodeManifest(text: string, path: string): Manifest {
  const [head = '', body = ''] = text.split('\n');
  const [name, version, sum] = head.split(' ');
  if (name !== 'varve-manifest') {
    throw corrupt(path, 'this is not a Varve manifest: restore a backup of the directory');
  }
  checkVersion(path, Number(version));
  if (sum !== checksum(body)) {
    throw corrupt(
      path,
      'the manifest fails its checksum: restore it from a backup of the directory',
    );
  }
  return upgraded(JSON.parse(body) as Manifest & { readonly firstSequence?: number });
}

/** Version 1 gave the log's first sequence, and the active segment's followed from what is sealed. */
function upgraded({
  firstSequence = 1,
  ...manifest
}: Manifest & { readonly firstSequence?: number }): Manifest {
  const sealed = manifest.segments.findLast(
    (entry) => (entry.sealed?.lastSequence ?? 0) > 0,
  )?.sealed;
  const next = sealed === undefined ? firstSequence : sealed.lastSequence + 1;
  return {
    ...manifest,
    segments: manifest.segments.map((entry) =>
      entry.sealed === undefined ? { firstSequence: next, ...entry } : entry,
    ),
  };
}

const checksum = (body: string): string => crc32(body).toString(16).padStart(8, '0');
