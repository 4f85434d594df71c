/**
 * The container of a checkpoint: a file of checksummed chunks, each of some section, ended by a chunk of
 * section 0. A checkpoint is a shortcut and never the only copy of anything: one that is missing,
 * unfinished or damaged is ignored, and the log is scanned instead.
 *
 *     'VARVECKP'  u32 version   8 bytes store id
 *     chunk: u32 section, u32 length, u32 crc32 seeded with that of the chunk before, bytes
 *
 * So the checksums are a chain: a chunk of an older checkpoint, come back at its old place, fits neither those
 * before it nor those behind it, though it was right in its time.
 */
import { crc32 } from 'node:zlib';
import type { File, FileSystem } from '../vfs/fs.ts';

export const CHECKPOINT = 'CHECKPOINT';
const CHECKPOINT_ASIDE = 'CHECKPOINT.tmp';
export const CHECKPOINT_MAGIC = 'VARVECKP';
/** Of the container and of what its sections hold: another version is ignored like a missing file. */
export const CHECKPOINT_VERSION = 4;
export const HEAD_BYTES = 20;
export const CHUNK_HEAD_BYTES = 12;
const SECTION_END = 0;

export interface CheckpointChunk {
  /** From 1. */
  readonly section: number;
  readonly bytes: Uint8Array;
}

/** Writes chunk by chunk; counts only after `finish`. */
export class CheckpointWriter {
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #file: File;
  #position = HEAD_BYTES;
  /** Checksum of what is written so far. */
  #sum: number;

  constructor(fs: FileSystem, directory: string, storeId: string) {
    this.#fs = fs;
    this.#directory = directory;
    const path = `${directory}/${CHECKPOINT_ASIDE}`;
    if (fs.list(directory).includes(CHECKPOINT_ASIDE)) fs.remove(path);
    this.#file = fs.open(path, 'create');
    const head = Buffer.alloc(HEAD_BYTES);
    head.write(CHECKPOINT_MAGIC, 0, 'latin1');
    head.writeUInt32LE(CHECKPOINT_VERSION, 8);
    head.write(storeId, 12, 8, 'hex');
    this.#file.writeAt(head, 0);
    this.#sum = crc32(head);
  }

  add({ section, bytes }: CheckpointChunk): void {
    const head = Buffer.alloc(CHUNK_HEAD_BYTES);
    head.writeUInt32LE(section, 0);
    head.writeUInt32LE(bytes.length, 4);
    this.#sum = chunkChecksum(head, bytes, this.#sum);
    head.writeUInt32LE(this.#sum, 8);
    this.#file.writeAt(head, this.#position);
    this.#file.writeAt(bytes, this.#position + CHUNK_HEAD_BYTES);
    this.#position += CHUNK_HEAD_BYTES + bytes.length;
  }

  /** Blocks; `finishInBackground` does not. */
  finish(): void {
    this.add({ section: SECTION_END, bytes: new Uint8Array(0) });
    this.#file.sync();
    this.#install();
    this.#fs.syncDirectory(this.#directory);
  }

  /** Its name is on disk with the directory's next sync: a power cut before costs a longer scan. */
  async finishInBackground(): Promise<void> {
    this.add({ section: SECTION_END, bytes: new Uint8Array(0) });
    await this.#file.syncInBackground();
    const retired = retireCheckpoint(this.#fs, this.#directory);
    // If the next step throws, nobody waits for this one.
    retired.catch(() => {});
    this.#install();
    await retired;
  }

  /** Lets go of the file; what is left of it counts for nothing. */
  dispose(): void {
    this.#file.close();
  }

  abandon(): void {
    this.#file.close();
    this.#fs.remove(`${this.#directory}/${CHECKPOINT_ASIDE}`);
  }

  #install(): void {
    this.#file.close();
    this.#fs.rename(`${this.#directory}/${CHECKPOINT_ASIDE}`, `${this.#directory}/${CHECKPOINT}`);
  }
}

/** It counts no longer at once; the file goes off the main thread. */
export async function retireCheckpoint(fs: FileSystem, directory: string): Promise<void> {
  if (!fs.list(directory).includes(CHECKPOINT)) return;
  const old = `${directory}/${CHECKPOINT}.old`;
  fs.rename(`${directory}/${CHECKPOINT}`, old);
  try {
    await fs.removeInBackground(old);
  } catch {
    // The next one takes its place, or the next open clears it away.
  }
}

/** The chunks of the checkpoint, or undefined if there is none that is whole and of this store. */
export function readCheckpoint(
  fs: FileSystem,
  directory: string,
  storeId: string,
): readonly CheckpointChunk[] | undefined {
  if (!fs.list(directory).includes(CHECKPOINT)) return undefined;
  const file = fs.open(`${directory}/${CHECKPOINT}`, 'read');
  try {
    const bytes = Buffer.allocUnsafeSlow(file.size());
    file.readAt(bytes, 0);
    return parse(bytes, storeId);
  } finally {
    file.close();
  }
}

function parse(bytes: Buffer, storeId: string): readonly CheckpointChunk[] | undefined {
  if (bytes.length < HEAD_BYTES || bytes.latin1Slice(0, 8) !== CHECKPOINT_MAGIC) return undefined;
  if (bytes.readUInt32LE(8) !== CHECKPOINT_VERSION) return undefined;
  if (bytes.toString('hex', 12, 20) !== storeId) return undefined;
  const chunks: CheckpointChunk[] = [];
  let sum = crc32(bytes.subarray(0, HEAD_BYTES));
  for (let at = HEAD_BYTES; at + CHUNK_HEAD_BYTES <= bytes.length; ) {
    const section = bytes.readUInt32LE(at);
    const start = at + CHUNK_HEAD_BYTES;
    const end = start + bytes.readUInt32LE(at + 4);
    const chunk = bytes.subarray(start, end);
    sum = chunkChecksum(bytes.subarray(at, start), chunk, sum);
    if (end > bytes.length || sum !== bytes.readUInt32LE(at + 8)) return undefined;
    if (section === SECTION_END) return chunks;
    chunks.push({ section, bytes: chunk });
    at = end;
  }
  return undefined;
}

/** Covers section, length and bytes, and with `before` everything that stands before them. */
const chunkChecksum = (head: Uint8Array, bytes: Uint8Array, before: number): number =>
  crc32(bytes, crc32(head.subarray(0, 8), before));
