/**
 * Sequential reading: every frame of the log in log order, which is revision order. Sealed segments are
 * read and verified here; the active one was, by recovery.
 */
import { corrupt } from '../base/errors.ts';
import {
  FRAME_HEADER_BYTES,
  frameAfter,
  frameEnd,
  type PlacedFrame,
  readFrameHeader,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  type Window,
} from './format.ts';
import { RecordView } from './record.ts';
import { NO_MARKS, type Segment } from './segment.ts';

/** One frame's records: a view to move along, from `at` to `end` (offsets in the segment). */
export interface FrameSpan {
  readonly segment: Segment;
  readonly window: Window;
  readonly sequence: number;
  readonly at: number;
  readonly end: number;
  readonly recordCount: number;
}

/**
 * Scans one sealed segment, noting its frames' places. The segment's bytes are handed to `keep`, which
 * may attach them. Throws ERR_CORRUPT with the offset at the first frame that is not intact.
 */
export function* scanSealed(
  segment: Segment,
  keep: (buffer: Buffer) => void,
): Generator<FrameSpan, void, void> {
  const { path } = segment.file;
  const buffer = Buffer.allocUnsafeSlow(segment.tail);
  const read = segment.file.readAt(buffer, 0);
  if (read < segment.tail) {
    throw corrupt(
      `${path} at offset ${read}`,
      `the file ends here and the manifest says it holds ${segment.tail} bytes: the directory was copied in part, or the file was cut; restore a backup`,
    );
  }
  const declared = { first: segment.firstSequence, last: segment.lastSequence };
  segment.restoreMarks(NO_MARKS);
  const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const window: Window = { buffer, data, base: 0 };
  let end = SEGMENT_HEADER_BYTES;
  for (const frame of framesOf(segment, window)) {
    segment.addFrame(frame.at, frame.header.sequence);
    yield span(segment, window, frame);
    end = frameEnd(frame.at, frame.header, SECTOR_BYTES);
  }
  if (end !== segment.tail) {
    throw corrupt(
      `${path} at offset ${end}`,
      `a frame of a sealed segment fails its checksum (after frame ${segment.lastSequence}): restore a backup, or salvage what is readable`,
    );
  }
  if (segment.firstSequence !== declared.first || segment.lastSequence !== declared.last) {
    throw corrupt(
      path,
      `holds frames ${segment.firstSequence}-${segment.lastSequence} and the manifest says ${declared.first}-${declared.last}: the files of this directory do not belong together`,
    );
  }
  keep(buffer);
}

/** The frames of the active segment, verified before. */
export function* scanActive(segment: Segment): Generator<FrameSpan, void, void> {
  for (const frame of framesOf(segment, segment.window)) yield span(segment, segment.window, frame);
}

/** The unbroken chain of frames from the segment's start. */
export function* framesOf(segment: Segment, window: Window): Generator<PlacedFrame, void, void> {
  const at = SEGMENT_HEADER_BYTES;
  const header = readFrameHeader(window, at, segment.tail, segment.salt);
  let frame: PlacedFrame | undefined = header && { at, header };
  while (frame !== undefined) {
    yield frame;
    frame = frameAfter(window, frame, segment.tail, segment.salt);
  }
}

/** Calls `visit` with the view at each record of the frame; `place` is the record's offset. */
export function visitRecords(
  frame: FrameSpan,
  view: RecordView,
  visit: (view: RecordView, place: number) => void,
): void {
  view.buffer = frame.window.buffer;
  view.data = frame.window.data;
  view.at = frame.at - frame.window.base;
  const end = frame.end - frame.window.base;
  for (let record = 0; record < frame.recordCount; record++) {
    const next = view.end;
    if (next > end) throw corrupt(frame.segment.file.path, `frame ${frame.sequence} is malformed`);
    visit(view, view.at + frame.window.base);
    view.at = next;
  }
}

export const emptyView = (): RecordView =>
  new RecordView(Buffer.alloc(0), new DataView(new ArrayBuffer(0)));

export function span(segment: Segment, window: Window, { at, header }: PlacedFrame): FrameSpan {
  const start = at + FRAME_HEADER_BYTES;
  return {
    segment,
    window,
    sequence: header.sequence,
    at: start,
    end: start + header.length,
    recordCount: header.recordCount,
  };
}
