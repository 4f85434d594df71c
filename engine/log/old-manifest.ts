/**
 * A disk that lost the last rename, and did not say so, shows a manifest of the past. It lists a log that ends
 * too early, and the segments that came later look like what a crash left while one was being added. What they
 * say of frames that were durable tells the two apart: whoever recovers the active segment must find those in it.
 *
 *     MANIFEST  … 5(active): f18 f19      6: f20(durable 19) f21(durable 20)      refuse: where is f20?
 *     MANIFEST  … 5(active): f18 f19      6: f20(durable 19)                      6 was never listed, and goes
 *
 * A leftover of a crash before the last one may hold other frames of the same numbers, but what it claims was
 * durable then, and is there.
 */
import type { FileSystem } from '../vfs/fs.ts';
import { SEGMENT_HEADER_BYTES, segmentName, segmentSalt, type Window } from './format.ts';
import type { Manifest } from './manifest.ts';
import { type Claim, intactFrames } from './recovery.ts';

/** The most that segments which no manifest lists say. `ids` of the segment files that are there. */
export function claimOfUnlisted(
  fs: FileSystem,
  directory: string,
  manifest: Manifest,
  ids: readonly number[],
): Claim {
  let claim: Claim = { sequence: 0, by: '' };
  for (const id of ids.filter((id) => id >= manifest.nextSegmentId)) {
    const name = segmentName(id);
    const salt = segmentSalt(manifest.storeId, id);
    const window = readWindow(fs, `${directory}/${name}`);
    const size = window.buffer.length;
    for (const { at, header } of intactFrames(window, salt, SEGMENT_HEADER_BYTES, size)) {
      if (header.durableSequence <= claim.sequence) continue;
      const by = `frame ${header.sequence} in ${name} at offset ${at}`;
      claim = { sequence: header.durableSequence, by };
    }
  }
  return claim;
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
