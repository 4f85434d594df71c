/**
 * The new store that a salvage writes: a directory that opens as nothing until its manifest is there, and
 * frames cut anew from whole frames of the old one, so that a transaction stays in one.
 */
import { invalidArgument } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { alignUp, FRAME_DATA, FRAME_HEADER_BYTES } from '../log/format.ts';
import type { RecordView } from '../log/record.ts';
import type { FileSystem } from '../vfs/fs.ts';
import { MARKER } from './restore-backup.ts';
import type { BackupFrame } from './restore-frames.ts';

/** ERR_INVALID_ARGUMENT if the directory holds anything but what an interrupted salvage left. */
export function claimTarget(fs: FileSystem, directory: string): void {
  const names = namesIn(fs, directory);
  const isLeftover = names.includes(MARKER) && !names.includes('MANIFEST');
  if (names.length > 0 && !isLeftover) {
    throw invalidArgument(
      `${directory} is not empty (it holds ${names[0]}): salvage into a new directory`,
    );
  }
  if (isLeftover) clearTarget(fs, directory);
  fs.open(`${directory}/${MARKER}`, 'create').close();
  fs.syncDirectory(directory);
}

/** After the manifest: the directory is a store. */
export function finishTarget(fs: FileSystem, directory: string): void {
  fs.remove(`${directory}/${MARKER}`);
  fs.syncDirectory(directory);
}

/** The marker goes last. */
export function clearTarget(fs: FileSystem, directory: string): void {
  const names = namesIn(fs, directory);
  for (const name of names) if (name !== MARKER) fs.remove(`${directory}/${name}`);
  fs.syncDirectory(directory);
  if (names.includes(MARKER)) fs.remove(`${directory}/${MARKER}`);
  fs.syncDirectory(directory);
}

const namesIn = (fs: FileSystem, directory: string): string[] =>
  fs.list(directory).filter((name) => !name.startsWith('LOCK'));

/** Gathers records, as they are, into one frame. */
export class FrameDraft {
  #buffer: Buffer = Buffer.alloc(2 * limits.framePayloadBytesTarget);
  #end: number = FRAME_HEADER_BYTES;
  #records = 0;
  #firstRevision = 0;

  get isFull(): boolean {
    return this.#end - FRAME_HEADER_BYTES >= limits.framePayloadBytesTarget;
  }

  add({ buffer, at, bytes, main }: RecordView): void {
    const end = this.#end + bytes;
    if (end + 8 > this.#buffer.length) {
      const larger = Buffer.alloc(2 * (end + 8));
      this.#buffer.copy(larger, 0, 0, this.#end);
      this.#buffer = larger;
    }
    buffer.copy(this.#buffer, this.#end, at, at + bytes);
    this.#end = end;
    this.#records++;
    if (this.#firstRevision === 0) this.#firstRevision = main;
  }

  /** Undefined if there is none. The draft is empty afterwards. */
  take(): BackupFrame | undefined {
    if (this.#records === 0) return undefined;
    const buffer = this.#buffer.subarray(0, alignUp(this.#end, 8));
    const header = {
      length: this.#end - FRAME_HEADER_BYTES,
      recordCount: this.#records,
      firstRevision: this.#firstRevision,
      sequence: 0,
      durableSequence: 0,
      kind: FRAME_DATA,
    };
    this.#buffer = Buffer.alloc(2 * limits.framePayloadBytesTarget);
    this.#end = FRAME_HEADER_BYTES;
    this.#records = 0;
    this.#firstRevision = 0;
    const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    return { header, buffer, data };
  }
}
