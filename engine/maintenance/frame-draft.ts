/** Frames cut anew from whole frames of a damaged store, so that a transaction stays in one. */
import { limits } from '../base/limits.ts';
import { alignUp, FRAME_DATA, FRAME_HEADER_BYTES } from '../log/format.ts';
import type { RecordView } from '../log/record.ts';
import type { BackupFrame } from './restore-frames.ts';

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
