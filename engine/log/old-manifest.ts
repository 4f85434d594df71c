/**
 * A disk that lost the last rename, and did not say so, shows a manifest of the past. It lists a log that ends
 * too early, and the segments that came later look like what a crash left while one was being added:
 *
 *     MANIFEST  … 4 5(active)      6: f20(durable 19) f21(durable 20)      refuse: f20 was durable
 *     MANIFEST  … 4 5(active)      6: f20(durable 19)                      clear away: 6 was never listed
 *
 * Nothing in a segment is durable before a manifest lists it. So a frame in one that is not listed, which claims
 * another one there as durable, tells a lost manifest from a crash. Segments that were to take the place of
 * older ones hold sequences below the active one's first, and say nothing.
 */
import { corrupt } from '../base/errors.ts';
import type { FileSystem } from '../vfs/fs.ts';
import { SEGMENT_HEADER_BYTES, segmentName, segmentSalt, type Window } from './format.ts';
import { MANIFEST, type Manifest } from './manifest.ts';
import { type Claim, intactFrames } from './recovery.ts';

/**
 * `ids` of the segment files that are there. Throws ERR_CORRUPT as described above; else answers what those
 * that are not listed say of the active segment, and that is worth as much as if they were.
 */
export function claimOfUnlisted(
  fs: FileSystem,
  directory: string,
  manifest: Manifest,
  ids: readonly number[],
): Claim {
  const active = manifest.segments.at(-1)!;
  let first = Number.POSITIVE_INFINITY;
  let claimed = 0;
  let claimant = '';
  for (const id of ids.filter((id) => id >= manifest.nextSegmentId)) {
    const name = segmentName(id);
    const salt = segmentSalt(manifest.storeId, id);
    const window = readWindow(fs, `${directory}/${name}`);
    const size = window.buffer.length;
    for (const { at, header } of intactFrames(window, salt, SEGMENT_HEADER_BYTES, size)) {
      if (header.sequence < active.firstSequence!) continue;
      first = Math.min(first, header.sequence);
      if (header.durableSequence <= claimed) continue;
      claimed = header.durableSequence;
      claimant = `frame ${header.sequence} in ${name} at offset ${at}`;
    }
  }
  if (claimed < first) return { sequence: claimed, by: claimant };
  throw oldManifest(
    directory,
    `it ends with segment ${active.id}, and ${claimant} says that frame ${claimed} was durable`,
  );
}

export function oldManifest(directory: string, why: string): Error {
  return corrupt(
    `${directory}/${MANIFEST} at offset 0`,
    `is older than the log: ${why}: restore a backup, or salvage what is readable`,
  );
}

function readWindow(fs: FileSystem, path: string): Window {
  const file = fs.open(path, 'read');
  try {
    const buffer = Buffer.alloc(file.size());
    file.readAt(buffer, 0);
    const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    return { buffer, data, base: 0 };
  } finally {
    file.close();
  }
}
