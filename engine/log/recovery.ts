/**
 * What `open` does with the active segment, whose end no file records: walks its frames and judges where
 * the chain breaks.
 *
 *     f1  f2  f3  f4  ✗  ?  ?  f8(durable 4)  ?          cut: nothing after f4 was ever acknowledged
 *     f1  f2  f3  f4  ✗  ?  ?  f8(durable 6)  ?          refuse: f5 was durable, so this is damage
 *
 * A torn write leaves a break that **no later frame claims as durable**: frames are only acknowledged
 * after a sync, and a later frame names the last synced one. So an unclaimed break is cut off, and a
 * claimed one is corruption, refused with its place. A checkpoint is a claim as well. Zeros count as a
 * break like anything else: a lost block in the middle is not the end of the log.
 *
 * Whole frames behind a cut are wiped before anything is appended: once the gap before them were filled
 * again, they would come back to life. So is what is left in the sector where the last frame ends, so that
 * the space between two batches is always zeros.
 */
import { corrupt } from '../base/errors.ts';
import {
  FRAME_MAGIC,
  frameAfter,
  frameEnd,
  type PlacedFrame,
  readFrameHeader,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  type Window,
} from './format.ts';
import type { Segment } from './segment.ts';

export interface RecoverOptions {
  /** Sequence of the first frame this segment can hold. */
  readonly firstSequence: number;
  /** What others than the frames of this segment say. */
  readonly claim: Claim;
  readonly readOnly: boolean;
}

/** Everything up to this sequence was durable; 0 if nothing was. */
export interface Claim {
  readonly sequence: number;
  /** Who says so, for a message. */
  readonly by: string;
}

/** What was cut off, 0 bytes if nothing but empty space follows the last frame. */
export interface Recovery {
  readonly cutAt: number;
  readonly cutFrames: number;
}

const MAGIC_BYTES: Buffer = Buffer.alloc(4);
MAGIC_BYTES.writeUInt32LE(FRAME_MAGIC);

/** Makes the active segment resident and sets its tail. Throws ERR_CORRUPT as described above. */
export function recoverActive(segment: Segment, options: RecoverOptions): Recovery {
  const size = Math.min(segment.file.size(), segment.capacityBytes);
  const buffer = Buffer.allocUnsafeSlow(segment.capacityBytes);
  const read = segment.file.readAt(buffer.subarray(0, size), 0);
  if (read < size) {
    const what = `only ${read} of its ${size} bytes could be read: look after the disk, or restore a backup`;
    throw corrupt(`${segment.file.path} at offset ${read}`, what);
  }
  segment.attach(buffer);
  segment.resident = true;

  let expected = options.firstSequence;
  let lastRevision = 0;
  let frame = firstFrame(segment, size, expected);
  let at = SEGMENT_HEADER_BYTES;
  // Where the last frame's own bytes end; what follows up to `at` is padding.
  let used = SEGMENT_HEADER_BYTES;
  // Frames that none of those after them claims.
  let unclaimed: PlacedFrame[] = [];
  while (frame !== undefined) {
    const { durableSequence } = frame.header;
    if (unclaimed[0] !== undefined && unclaimed[0].header.sequence <= durableSequence) {
      unclaimed = unclaimed.filter(({ header }) => header.sequence > durableSequence);
    }
    unclaimed.push(frame);
    segment.addFrame(frame.at, frame.header.sequence);
    if (frame.header.firstRevision > 0) lastRevision = frame.header.firstRevision;
    at = frameEnd(frame.at, frame.header, 8);
    used = frameEnd(frame.at, frame.header, 1);
    segment.tail = frameEnd(frame.at, frame.header, SECTOR_BYTES);
    expected++;
    frame = frameAfter(segment.window, frame, size, segment.salt);
  }

  const behind = intactFrames(segment.window, segment.salt, at, size);
  const claimant = behind.find(({ header }) => header.durableSequence >= expected);
  if (claimant !== undefined || options.claim.sequence >= expected) {
    const what =
      claimant === undefined
        ? `frame ${expected} is damaged, or MANIFEST is older than the log: ${options.claim.by}`
        : `frame ${expected} is damaged and frame ${claimant.header.sequence} at offset ${claimant.at}`;
    throw corrupt(
      `${segment.file.path} at offset ${at}`,
      `${what} says it was durable; revisions up to about ${lastRevision} before it are intact: restore a backup, or salvage what is readable`,
    );
  }
  wipeGaps(segment, unclaimed, options);
  const last = behind.at(-1);
  const end = last === undefined ? at : frameEnd(last.at, last.header, SECTOR_BYTES);
  // The sector that holds the end of a durable frame is not written again, not even with what it holds.
  // Past the file's end the buffer holds whatever was in that memory.
  const isPadded =
    segment.tail <= size &&
    segment.buffer!.subarray(used, segment.tail).every((byte) => byte === 0);
  wipe(segment, isPadded ? segment.tail : used, Math.max(segment.tail, end), options.readOnly);
  // A killed process may have left frames that were written and not synced: the next one will claim them.
  if (!options.readOnly) segment.file.sync();
  segment.flushed = segment.tail;
  return { cutAt: at, cutFrames: behind.length };
}

function firstFrame(segment: Segment, size: number, expected: number): PlacedFrame | undefined {
  const at = SEGMENT_HEADER_BYTES;
  const header = readFrameHeader(segment.window, at, size, segment.salt);
  return header?.sequence === expected ? { at, header } : undefined;
}

/** Every intact frame at or after `from`, wherever it starts. */
export function intactFrames(
  window: Window,
  salt: number,
  from: number,
  size: number,
): PlacedFrame[] {
  const found: PlacedFrame[] = [];
  const bytes = window.buffer.subarray(0, size);
  let at = bytes.indexOf(MAGIC_BYTES, from);
  while (at >= 0) {
    const header = at % 8 === 0 ? readFrameHeader(window, at, size, salt) : undefined;
    if (header !== undefined) found.push({ at, header });
    at = bytes.indexOf(MAGIC_BYTES, header === undefined ? at + 1 : frameEnd(at, header, 8));
  }
  return found;
}

/**
 * A sector that was torn may hold a whole frame and, behind it, what was there before; the next frame, in a
 * sector of its own, is there all the same. Frames that were durable are left alone: their sectors were not torn.
 */
function wipeGaps(
  segment: Segment,
  unclaimed: readonly PlacedFrame[],
  { claim, readOnly }: RecoverOptions,
): void {
  for (const [i, { at, header }] of unclaimed.entries()) {
    const next = unclaimed[i + 1];
    if (next === undefined || header.sequence <= claim.sequence) continue;
    wipe(segment, frameEnd(at, header, 1), next.at, readOnly);
  }
}

/** Zeros from `from` to `to`, on disk before anything else is written there. */
function wipe(segment: Segment, from: number, to: number, readOnly: boolean): void {
  const end = Math.min(to, segment.capacityBytes);
  const wiped = segment.buffer!.subarray(from, end);
  const short = segment.file.size() < end;
  if (!short && wiped.every((byte) => byte === 0)) return;
  wiped.fill(0);
  if (readOnly) return;
  segment.file.writeAt(wiped, from);
  segment.allocated = Math.max(segment.allocated, end);
}
