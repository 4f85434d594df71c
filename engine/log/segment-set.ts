/**
 * The segments that make up the log, in log order, and the files behind them: creates, seals,
 * drops and lists them. Slots never move while the store is open, so a record's place is (slot, offset).
 */
import { assert } from '../base/assert.ts';
import { VarveError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import {
  alignUp,
  encodeSegmentHeader,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentName,
  segmentSalt,
} from './format.ts';
import type { Manifest, ManifestSegment } from './manifest.ts';
import { NO_MARKS, Segment } from './segment.ts';
import { Spares } from './spares.ts';

/** Of the log. */
const SEGMENT_SHARE = 1 / 16;
const ZERO_FILL_BYTES_MIN = 64 * 1024;
const ZEROS: Uint8Array = new Uint8Array(256 * 1024);

export interface SegmentSetInit {
  readonly fs: FileSystem;
  readonly directory: string;
  readonly storeId: string;
  readonly nextSegmentId: number;
  readonly segmentSizeBytes: number;
}

export class SegmentSet {
  readonly fs: FileSystem;
  readonly directory: string;
  readonly storeId: string;
  /** By slot; null once dropped, until another segment takes the slot. */
  readonly slots: (Segment | null)[] = [];
  /** Who reads segments by file handles of their own: meanwhile no file is kept to be used again. */
  readers = 0;
  readonly spares: Spares;
  readonly #segmentSizeBytes: number;
  /** In log order. */
  #order: Segment[] = [];
  #nextId: number;
  #lastRemoval: Promise<void> = Promise.resolve();

  constructor(init: SegmentSetInit) {
    this.fs = init.fs;
    this.directory = init.directory;
    this.storeId = init.storeId;
    this.#nextId = init.nextSegmentId;
    this.#segmentSizeBytes = init.segmentSizeBytes;
    this.spares = new Spares(init.fs);
  }

  get order(): readonly Segment[] {
    return this.#order;
  }

  get active(): Segment {
    return this.#order.at(-1)!;
  }

  /** Takes in a segment that the manifest lists. */
  adopt(entry: ManifestSegment, file: File): Segment {
    const segment = this.#newSegment(entry.id, entry.capacityBytes, file);
    segment.listed = true;
    segment.isReused = entry.isReused === true;
    segment.sealed = entry.sealed !== undefined;
    segment.baseSequence = entry.firstSequence ?? 1;
    segment.allocated = file.size();
    if (entry.sealed !== undefined) {
      segment.tail = entry.sealed.lengthBytes;
      segment.flushed = segment.tail;
      segment.restoreMarks({ ...NO_MARKS, ...entry.sealed });
    }
    this.#order.push(segment);
    return segment;
  }

  /** The newest segment that the manifest lists: as the active one, whatever became of it since. */
  get lastListed(): Segment {
    return this.#order.findLast(({ listed }) => listed)!;
  }

  /**
   * Appends a new active segment with room for `needBytes`, its file created, or a spare one, and that
   * much of it allocated. Not listed and not durable yet. ERR_NO_SPACE leaves everything as it was.
   */
  create(needBytes: number): Segment {
    const leastBytes = alignUp(SEGMENT_HEADER_BYTES + needBytes, SECTOR_BYTES);
    const id = this.takeId();
    const segment =
      this.spares.next >= leastBytes
        ? this.#createFromSpare(id)
        : this.createAside(id, Math.max(this.#usualBytes(), leastBytes));
    const { file, capacityBytes } = segment;
    try {
      this.allocate(segment, SEGMENT_HEADER_BYTES + needBytes);
      file.writeAt(encodeSegmentHeader({ id, storeId: this.storeId, capacityBytes }), 0);
    } catch (error) {
      this.dispose(segment);
      throw refusedBy(error, file.path);
    }
    segment.attach(Buffer.allocUnsafeSlow(capacityBytes));
    segment.resident = true;
    this.#order.push(segment);
    return segment;
  }

  /** A small part of the log, within bounds: a small store stays small, and comes back in small pieces. */
  #usualBytes(): number {
    const usual = Math.max(limits.segmentSizeBytesMin, this.#logBytes() * SEGMENT_SHARE);
    return alignUp(Math.min(usual, this.#segmentSizeBytes), SECTOR_BYTES);
  }

  #logBytes(): number {
    return this.#order.reduce((sum, { tail }) => sum + tail, 0);
  }

  #createFromSpare(id: number): Segment {
    const path = `${this.directory}/${segmentName(id)}`;
    const bytes = this.spares.next;
    try {
      const segment = this.#newSegment(id, bytes, this.spares.take(path));
      segment.allocated = bytes;
      segment.isReused = true;
      return segment;
    } catch (error) {
      throw refusedBy(error, path);
    }
  }

  takeId(): number {
    return this.#nextId++;
  }

  /** A segment with an empty file, outside the log's order. */
  createAside(id: number, capacityBytes: number): Segment {
    const file = this.#makeFile(`${this.directory}/${segmentName(id)}`);
    return this.#newSegment(id, capacityBytes, file);
  }

  /** Zero-fills ahead so that `end` lies in the allocated part. ERR_NO_SPACE: nothing has changed. */
  allocate(segment: Segment, end: number): void {
    // A small segment is filled ahead in small steps, and takes little more room than what it holds.
    const step = Math.min(
      limits.zeroFillBytes,
      Math.max(ZERO_FILL_BYTES_MIN, 2 ** Math.ceil(Math.log2(end / 4))),
    );
    const target = Math.min(segment.capacityBytes, alignUp(end, step));
    try {
      fillWithZeros(segment, target);
    } catch (error) {
      const isMoreToBeHad = isNoSpace(error) && this.spares.discardOne();
      if (!isMoreToBeHad) throw refusedBy(error, segment.file.path);
      this.allocate(segment, end);
    }
  }

  /** Puts one segment, or none, in the place of neighbours. */
  replace(sources: readonly Segment[], target: Segment | undefined): void {
    const at = this.#order.indexOf(sources[0]!);
    assert(
      at >= 0 && this.#order[at + sources.length - 1] === sources.at(-1),
      () => 'no neighbours',
    );
    this.#order = this.#order.toSpliced(
      at,
      sources.length,
      ...(target === undefined ? [] : [target]),
    );
  }

  /** Takes `replace` back. */
  reset(order: readonly Segment[]): void {
    this.#order = [...order];
  }

  /** Of a segment that never was part of the log. */
  dispose(segment: Segment): void {
    const { path } = this.#release(segment);
    segment.file.close();
    try {
      this.fs.remove(path);
    } catch {
      // No manifest lists it: the next open clears it away.
    }
  }

  /**
   * After the manifest without it is durable: the file goes, off the main thread, unless it may be used again and is
   * worth it. One after the other: together they would keep every thread of the pool from syncing.
   */
  retire(segment: Segment, mayReuse: boolean): Promise<void> {
    const file = this.#release(segment);
    const isKept =
      mayReuse && this.#isWorthKeeping(segment) && this.spares.keep(file, segment.allocated);
    file.close();
    if (isKept) return Promise.resolve();
    const removal = this.#lastRemoval.then(() => this.fs.removeInBackground(file.path));
    this.#lastRemoval = removal.catch(() => {});
    return removal;
  }

  /** About as large as the next one would be, and all spares together small beside the log. */
  #isWorthKeeping({ allocated }: Segment): boolean {
    const usual = this.#usualBytes();
    const isFit = allocated % SECTOR_BYTES === 0 && allocated >= usual / 2 && allocated <= usual;
    const sparesBytes = this.spares.bytes + allocated;
    return this.readers === 0 && isFit && sparesBytes <= this.#logBytes() * limits.spareShare;
  }

  /** The manifest that lists the log up to `active`, though the writer may have rolled on since. */
  manifest(active: Segment): Manifest {
    const listed = this.#order.slice(0, this.#order.indexOf(active) + 1);
    return {
      storeId: this.storeId,
      nextSegmentId: this.#nextId,
      segments: listed.map((segment) => {
        const { id, capacityBytes, tail: lengthBytes, firstSequence, lastSequence } = segment;
        if (segment === active) {
          const { baseSequence: first, isReused } = segment;
          return { id, capacityBytes, firstSequence: first, ...(isReused && { isReused }) };
        }
        assert(segment.sealed, () => `segment ${id} is listed as sealed and is not`);
        return { id, capacityBytes, sealed: { lengthBytes, firstSequence, lastSequence } };
      }),
    };
  }

  close(): void {
    for (const segment of this.slots) segment?.file.close();
  }

  #release(segment: Segment): File {
    assert(!this.#order.includes(segment), () => `segment ${segment.id} is still in the log`);
    this.slots[segment.slot] = null;
    return segment.file;
  }

  #makeFile(path: string): File {
    try {
      return this.fs.open(path, 'create');
    } catch (error) {
      throw refusedBy(error, path);
    }
  }

  #newSegment(id: number, capacityBytes: number, file: File): Segment {
    const salt = segmentSalt(this.storeId, id);
    const free = this.slots.indexOf(null);
    const slot = free < 0 ? this.slots.length : free;
    const segment = new Segment({ id, slot, file, capacityBytes, salt });
    this.slots[slot] = segment;
    return segment;
  }
}

function fillWithZeros(segment: Segment, target: number): void {
  while (segment.allocated < target) {
    const length = Math.min(ZEROS.length, target - segment.allocated);
    segment.file.writeAt(ZEROS.subarray(0, length), segment.allocated);
    segment.allocated += length;
  }
}

/** What the operating system said, as a typed error: nothing was appended, so the store stays usable. */
export function refusedBy(error: unknown, path: string): unknown {
  const { code, message } = error as { code?: unknown; message?: string };
  if (error instanceof VarveError || typeof code !== 'string') return error;
  if (isNoSpace(error)) {
    const what = 'no space left on the device: free some and write again; nothing was changed';
    return new VarveError('ERR_NO_SPACE', `${path}: ${what}`, { cause: error });
  }
  return new VarveError(
    'ERR_UNAVAILABLE',
    `${path} cannot be written (${message}): nothing was changed; look after that and write again`,
    { cause: error },
  );
}

/** EFBIG: the process may make no file longer than its limit. */
const isNoSpace = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String((error as { code?: unknown }).code));
