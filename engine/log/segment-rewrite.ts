/**
 * The copy of a few neighbouring sealed segments without what is dead in them, as one new segment that takes
 * their place: log order stays revision order.
 *
 *     before   … │ 4: a b c d e │ 5: f g h │ 6: i j …         b c d f g are dead
 *     after    … │ 9: a e h │ 6: i j …
 *
 * Records are copied as they are, frames are cut anew: the records left of one or more whole frames, so a
 * transaction stays in one frame and there are never more frames than before. They are numbered from the
 * first number the sources had, so numbers grow along the log as before.
 *
 * Until the manifest lists the new segment instead of the old ones, the old ones are the log. The new one is
 * complete and synced before that, so at no moment is the only copy of anything unsynced.
 */
import { corrupt } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { File } from '../vfs/fs.ts';
import {
  alignUp,
  encodeSegmentHeader,
  FRAME_DATA,
  FRAME_HEADER_BYTES,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentSalt,
  type Window,
  writeFrameHeader,
} from './format.ts';
import { emptyView, framesOf, span, visitRecords } from './log-reader.ts';
import { installManifest, writeManifestAside } from './manifest.ts';
import type { RecordView } from './record.ts';
import type { Segment } from './segment.ts';
import { refusedBy, type SegmentSet } from './segment-set.ts';

/** Decides what stays, record by record in log order. */
export interface Survival {
  /** Nothing of the segment stays, so it need not be read. */
  drops(segment: Segment): boolean;
  keeps(record: RecordView, segment: Segment, at: number): boolean;
  /** The record that was kept last lies here in the new segment. */
  placed(at: number): void;
}

/** A sync of this much at a time does not hold up the syncs of the log itself for long. */
const SYNC_BYTES = 4 * 1024 * 1024;

export class SegmentRewrite {
  readonly sources: readonly Segment[];
  readonly #set: SegmentSet;
  readonly #id: number;
  readonly #salt: number;
  #target: Segment | undefined;
  #swapping = false;
  #buffer: Buffer;
  #end: number = SEGMENT_HEADER_BYTES;
  /** The open frame's start. */
  #frameAt: number = SEGMENT_HEADER_BYTES;
  #frameRecords = 0;
  #frameRevision = 0;
  readonly #frames: { readonly at: number; readonly sequence: number }[] = [];

  /** Neighbours in log order, sealed and on disk; about how many bytes of them stay. */
  constructor(set: SegmentSet, sources: readonly Segment[], liveBytes: number) {
    this.#set = set;
    this.sources = sources;
    // Growing would copy, which is a pause.
    this.#buffer = Buffer.allocUnsafeSlow(Math.ceil(liveBytes * 1.05) + 64 * 1024);
    this.#id = set.takeId();
    this.#salt = segmentSalt(set.storeId, this.#id);
  }

  /** Undefined until `write`, and if nothing is left of the sources. */
  get target(): Segment | undefined {
    return this.#target;
  }

  /** In slices. Throws ERR_CORRUPT if a source is damaged. */
  *copy(survival: Survival): Generator<void, void, void> {
    const view = emptyView();
    for (const source of this.sources) {
      if (survival.drops(source)) continue;
      const window = yield* readWhole(source);
      let slice = 0;
      let last = 0;
      for (const frame of framesOf(source, window)) {
        visitRecords(span(source, window, frame), view, (record, at) => {
          if (survival.keeps(record, source, at)) survival.placed(this.#append(record));
        });
        if (this.#end - this.#frameAt >= limits.framePayloadBytesTarget) this.#closeFrame();
        last = frame.header.sequence;
        slice += frame.header.length + FRAME_HEADER_BYTES;
        if (slice < limits.backgroundSliceBytes) continue;
        yield;
        slice = 0;
      }
      if (last !== source.lastSequence) {
        throw corrupt(
          source.file.path,
          `frame ${last + 1} fails its checksum: restore a backup, or salvage what is readable`,
        );
      }
    }
    if (this.#frameRecords > 0) this.#closeFrame();
  }

  /** The new segment on disk, in slices; not part of the log yet. ERR_NO_SPACE leaves nothing behind. */
  async write(rest: () => Promise<void>): Promise<void> {
    if (this.#frames.length === 0) return;
    const length = alignUp(this.#end, SECTOR_BYTES);
    this.#reserve(length);
    // As long as the file: a segment's buffer is what the cache counts.
    const buffer = this.#buffer.subarray(0, length);
    buffer.fill(0, this.#end, length);
    const header = { id: this.#id, storeId: this.#set.storeId, capacityBytes: length };
    encodeSegmentHeader(header).copy(buffer);
    const target = this.#set.createAside(this.#id, length);
    this.#target = target;
    try {
      for (let at = 0, synced = 0; at < length; at += limits.backgroundSliceBytes) {
        const end = Math.min(length, at + limits.backgroundSliceBytes);
        target.file.writeAt(buffer.subarray(at, end), at);
        if (end - synced >= SYNC_BYTES || end === length) {
          await target.file.syncInBackground();
          synced = end;
        }
        await rest();
      }
    } catch (error) {
      throw refusedBy(error, target.file.path);
    }
    for (const { at, sequence } of this.#frames) target.addFrame(at, sequence);
    target.tail = length;
    target.flushed = length;
    target.allocated = length;
    target.sealed = true;
    target.attach(buffer);
    target.resident = true;
  }

  /** Yields the files to sync, one after the other; afterwards the new segment is the log's. */
  *swap(): Generator<File, void, void> {
    const { fs, directory } = this.#set;
    this.#swapping = true;
    if (this.#target !== undefined) fs.syncDirectory(directory);
    const before = this.#set.order;
    this.#set.replace(this.sources, this.#target);
    let aside: File;
    try {
      aside = writeManifestAside(fs, directory, this.#set.manifest(this.#set.lastListed));
    } catch (error) {
      this.#set.reset(before);
      this.#swapping = false;
      throw refusedBy(error, directory);
    }
    yield aside;
    if (this.#target !== undefined) this.#target.listed = true;
    installManifest(fs, directory, aside);
  }

  /** What was written goes, unless a swap failed halfway: then nobody knows which log the next open finds. */
  abandon(): void {
    if (this.#target !== undefined && !this.#swapping) this.#set.dispose(this.#target);
  }

  #append(record: RecordView): number {
    const { bytes, main } = record;
    if (this.#frameRecords === 0) {
      this.#frameAt = this.#end;
      this.#frameRevision = 0;
      this.#end += FRAME_HEADER_BYTES;
    }
    this.#reserve(this.#end + bytes);
    const at = this.#end;
    record.buffer.copy(this.#buffer, at, record.at, record.at + bytes);
    this.#end += bytes;
    this.#frameRecords++;
    if (this.#frameRevision === 0) this.#frameRevision = main;
    return at;
  }

  #closeFrame(): void {
    if (this.#frameRecords === 0) return;
    const first = this.sources.find(({ firstSequence }) => firstSequence > 0)!.firstSequence;
    const sequence = first + this.#frames.length;
    const buffer = this.#buffer;
    const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    writeFrameHeader({ buffer, data, base: 0 }, this.#frameAt, this.#salt, {
      length: this.#end - this.#frameAt - FRAME_HEADER_BYTES,
      recordCount: this.#frameRecords,
      sequence,
      durableSequence: sequence - 1,
      firstRevision: this.#frameRevision,
      kind: FRAME_DATA,
    });
    this.#frames.push({ at: this.#frameAt, sequence });
    this.#frameRecords = 0;
    const end = alignUp(this.#end, 8);
    this.#reserve(end);
    this.#buffer.fill(0, this.#end, end);
    this.#end = end;
  }

  #reserve(end: number): void {
    if (end <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}

/** The bytes of a sealed segment: those in memory, or else read in slices. */
function* readWhole(segment: Segment): Generator<void, Window, void> {
  if (segment.resident) return segment.window;
  const buffer = Buffer.allocUnsafeSlow(segment.tail);
  for (let at = 0; at < segment.tail; at += limits.backgroundSliceBytes) {
    const end = Math.min(segment.tail, at + limits.backgroundSliceBytes);
    const read = segment.file.readAt(buffer.subarray(at, end), at);
    if (read < end - at) {
      const what = `the file ends at ${at + read}: restore a backup, or salvage what is readable`;
      throw corrupt(segment.file.path, what);
    }
    yield;
  }
  const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  return { buffer, data, base: 0 };
}
