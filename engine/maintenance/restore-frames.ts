/** A backup's frames one after the other, each read and verified on its own: memory for the largest one. */
import { corrupt } from '../base/errors.ts';
import { SNAPSHOT_SEGMENT, SNAPSHOT_STORE } from '../backend/snapshot.ts';
import {
  alignUp,
  checkVersion,
  decodeSegmentHeader,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  readFrameHeader,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentSalt,
  type Window,
} from '../log/format.ts';
import type { File } from '../vfs/fs.ts';

/** The payload is at FRAME_HEADER_BYTES of the buffer, which is the receiver's own. */
export interface BackupFrame {
  readonly header: FrameHeader;
  readonly buffer: Buffer;
  readonly data: DataView;
}

/** `contentBytes`: without the digest, which was checked. */
export function* backupFrames(
  file: File,
  contentBytes: number,
): Generator<BackupFrame, void, void> {
  checkHeader(file);
  const salt = segmentSalt(SNAPSHOT_STORE, SNAPSHOT_SEGMENT);
  let at = SEGMENT_HEADER_BYTES;
  for (let sequence = 1; at < contentBytes; sequence++) {
    const window = readFrame(file, at, contentBytes);
    const header = window && readFrameHeader(window, at, contentBytes, salt);
    if (header?.sequence !== sequence) {
      throw corrupt(
        `${file.path} at offset ${at}`,
        `frame ${sequence} is expected here: whoever wrote this is no Varve; take another copy`,
      );
    }
    yield { header, buffer: window!.buffer, data: window!.data };
    at = alignUp(at + FRAME_HEADER_BYTES + header.length, SECTOR_BYTES);
  }
}

function checkHeader(file: File): void {
  const sector = Buffer.alloc(SEGMENT_HEADER_BYTES);
  file.readAt(sector, 0);
  const header = decodeSegmentHeader(sector);
  if (header !== undefined) checkVersion(file.path, header.version);
  if (header?.id !== SNAPSHOT_SEGMENT || header.storeId !== SNAPSHOT_STORE) {
    throw corrupt(`${file.path} at offset 0`, 'this is no backup of a Varve store: check the path');
  }
}

function readFrame(file: File, at: number, contentBytes: number): Window | undefined {
  const head = Buffer.alloc(FRAME_HEADER_BYTES);
  file.readAt(head, at);
  const bytes = FRAME_HEADER_BYTES + head.readUInt32LE(8);
  if (at + bytes > contentBytes) return undefined;
  // To the next multiple of 8, for the frame may be written back as it is.
  const buffer = Buffer.alloc(alignUp(bytes, 8));
  file.readAt(buffer.subarray(0, bytes), at);
  const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  return { buffer, data, base: at };
}
