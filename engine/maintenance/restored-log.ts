/**
 * The log of a store that is being restored: sealed segments of the usual size, one after the other, and an
 * empty active one. The manifest comes last; before that nothing here is a store.
 */
import { limits } from '../base/limits.ts';
import {
  alignUp,
  encodeSegmentHeader,
  FRAME_DATA,
  FRAME_HEADER_BYTES,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentName,
  segmentSalt,
  writeFrameHeader,
} from '../log/format.ts';
import { installManifest, type ManifestSegment, writeManifestAside } from '../log/manifest.ts';
import { encodeRecord, type RecordFields, recordBytesMax } from '../log/record.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import type { BackupFrame } from './restore-frames.ts';

export class RestoredLog {
  /** The manifest may be there: the directory is a store. */
  isComplete = false;
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #storeId: string;
  readonly #segmentSizeBytes: number;
  readonly #segments: ManifestSegment[] = [];
  #file: File | undefined;
  #salt = 0;
  #at = 0;
  #firstSequence = 1;
  #sequence = 0;
  #slice = 0;

  constructor(fs: FileSystem, directory: string, segmentSizeBytes: number, random: () => number) {
    this.#fs = fs;
    this.#segmentSizeBytes = segmentSizeBytes;
    this.#directory = directory;
    const digits = Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16));
    this.#storeId = digits.join('');
  }

  /** Takes the buffer over. Yields a file to sync, or nothing where others may run. */
  *addFrame({ header, buffer, data }: BackupFrame): Generator<File | undefined, void, void> {
    const isFull = this.#at + buffer.length > this.#segmentSizeBytes;
    if (this.#file !== undefined && isFull) yield* this.#seal();
    this.#file ??= this.#create();
    const sequence = ++this.#sequence;
    const { length, recordCount, firstRevision } = header;
    const numbers = { sequence, durableSequence: sequence - 1, kind: FRAME_DATA };
    const window = { buffer, data, base: this.#at };
    const fields = { length, recordCount, firstRevision, ...numbers };
    writeFrameHeader(window, this.#at, this.#salt, fields);
    this.#file.writeAt(buffer, this.#at);
    this.#at += buffer.length;
    this.#slice += buffer.length;
    if (this.#slice < limits.backgroundSliceBytes) return;
    this.#slice = 0;
    yield;
  }

  /** As one frame; none of them has a revision. */
  *addRecords(records: readonly RecordFields[]): Generator<File | undefined, void, void> {
    if (records.length === 0) return;
    const most = records.reduce((sum, record) => sum + recordBytesMax(record), 0);
    const bytes = Buffer.alloc(alignUp(FRAME_HEADER_BYTES + most, 8));
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let end = FRAME_HEADER_BYTES;
    for (const record of records) end = encodeRecord(bytes, data, end, record);
    const length = end - FRAME_HEADER_BYTES;
    const header = { length, recordCount: records.length, firstRevision: 0 };
    const buffer = bytes.subarray(0, alignUp(end, 8));
    const numbers = { sequence: 0, durableSequence: 0, kind: FRAME_DATA };
    yield* this.addFrame({ header: { ...header, ...numbers }, buffer, data });
  }

  /** Everything on disk, and a store. */
  *finish(): Generator<File | undefined, void, void> {
    const fs = this.#fs;
    if (this.#file !== undefined) yield* this.#seal();
    const capacityBytes = limits.segmentSizeBytesMin;
    this.#file = this.#create();
    yield* this.#close(capacityBytes);
    fs.syncDirectory(this.#directory);
    const id = this.#segments.length + 1;
    const active = { id, capacityBytes, firstSequence: this.#sequence + 1 };
    const aside = writeManifestAside(fs, this.#directory, {
      storeId: this.#storeId,
      nextSegmentId: id + 1,
      segments: [...this.#segments, active],
    });
    yield aside;
    this.isComplete = true;
    installManifest(fs, this.#directory, aside);
  }

  /** Lets go of the file that is being written. */
  dispose(): void {
    this.#file?.close();
  }

  #create(): File {
    const id = this.#segments.length + 1;
    this.#salt = segmentSalt(this.#storeId, id);
    this.#at = SEGMENT_HEADER_BYTES;
    this.#firstSequence = this.#sequence + 1;
    return this.#fs.open(`${this.#directory}/${segmentName(id)}`, 'create');
  }

  *#seal(): Generator<File | undefined, void, void> {
    const lengthBytes = alignUp(this.#at, SECTOR_BYTES);
    this.#file!.writeAt(new Uint8Array(lengthBytes - this.#at), this.#at);
    yield* this.#close(lengthBytes);
    const sealed = {
      lengthBytes,
      firstSequence: this.#firstSequence,
      lastSequence: this.#sequence,
    };
    const id = this.#segments.length + 1;
    this.#segments.push({ id, capacityBytes: lengthBytes, sealed });
  }

  *#close(capacityBytes: number): Generator<File | undefined, void, void> {
    const file = this.#file!;
    const id = this.#segments.length + 1;
    file.writeAt(encodeSegmentHeader({ id, storeId: this.#storeId, capacityBytes }), 0);
    yield file;
    file.close();
    this.#file = undefined;
  }
}
