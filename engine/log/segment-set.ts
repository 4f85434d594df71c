/**
 * The segments that make up the log, in log order, and the files behind them: creates, recycles, seals,
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

const SPARE_SUFFIX = '.spare';
const ZEROS: Uint8Array = new Uint8Array(256 * 1024);

export interface SegmentSetInit {
  readonly fs: FileSystem;
  readonly directory: string;
  readonly storeId: string;
  readonly nextSegmentId: number;
  readonly firstSequence: number;
  readonly segmentSizeBytes: number;
}

export class SegmentSet {
  readonly fs: FileSystem;
  readonly directory: string;
  readonly storeId: string;
  /** By slot; null once dropped. */
  readonly slots: (Segment | null)[] = [];
  /** Of the first frame in the log. */
  firstSequence: number;
  readonly #segmentSizeBytes: number;
  /** In log order. */
  #order: Segment[] = [];
  #nextId: number;
  /** Names of dropped segments' files, all of the full size, free for re-use. */
  readonly #spares: string[] = [];

  constructor(init: SegmentSetInit) {
    this.fs = init.fs;
    this.directory = init.directory;
    this.storeId = init.storeId;
    this.#nextId = init.nextSegmentId;
    this.firstSequence = init.firstSequence;
    this.#segmentSizeBytes = init.segmentSizeBytes;
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
    segment.sealed = entry.sealed !== undefined;
    segment.allocated = file.size();
    if (entry.sealed !== undefined) {
      segment.tail = entry.sealed.lengthBytes;
      segment.flushed = segment.tail;
      segment.restoreMarks({ ...NO_MARKS, ...entry.sealed });
    }
    this.#order.push(segment);
    return segment;
  }

  /**
   * Appends a new active segment with room for `needBytes`, its file created and that much of it
   * allocated. Not listed and not durable yet. ERR_NO_SPACE leaves everything as it was.
   */
  create(needBytes: number): Segment {
    const segment = this.createAside(needBytes, this.#order.at(-1));
    this.#order.push(segment);
    return segment;
  }

  /** The same outside the log's order, to follow `before`: a rewrite swaps it in later. */
  createAside(needBytes: number, before: Segment | undefined): Segment {
    const last = before?.capacityBytes ?? limits.segmentSizeBytesMin / 2;
    const usual = Math.min(last * 2, this.#segmentSizeBytes);
    const capacityBytes = Math.max(
      alignUp(usual, SECTOR_BYTES),
      alignUp(SEGMENT_HEADER_BYTES + needBytes, SECTOR_BYTES),
    );
    const id = this.#nextId++;
    const path = `${this.directory}/${segmentName(id)}`;
    const file = this.#makeFile(path, capacityBytes);
    const segment = this.#newSegment(id, capacityBytes, file);
    segment.allocated = file.size();
    try {
      const header = { id, storeId: this.storeId, capacityBytes };
      if (segment.allocated < capacityBytes) {
        this.allocate(segment, SEGMENT_HEADER_BYTES + needBytes);
      }
      file.writeAt(encodeSegmentHeader(header), 0);
    } catch (error) {
      file.close();
      this.fs.remove(path);
      this.slots[segment.slot] = null;
      throw noSpaceOr(error, path);
    }
    segment.attach(Buffer.allocUnsafeSlow(capacityBytes));
    segment.resident = true;
    return segment;
  }

  /** Zero-fills ahead so that `end` lies in the allocated part. ERR_NO_SPACE: nothing has changed. */
  allocate(segment: Segment, end: number): void {
    const target = Math.min(segment.capacityBytes, alignUp(end, limits.zeroFillBytes));
    try {
      while (segment.allocated < target) {
        const length = Math.min(ZEROS.length, target - segment.allocated);
        segment.file.writeAt(ZEROS.subarray(0, length), segment.allocated);
        segment.allocated += length;
      }
    } catch (error) {
      throw noSpaceOr(error, segment.file.path);
    }
  }

  /** Makes `order` the whole log. */
  replaceAll(order: readonly Segment[], firstSequence: number): void {
    this.#order = [...order];
    this.firstSequence = firstSequence;
  }

  /** After the manifest without it is durable: the file becomes a spare or goes. */
  dispose(segment: Segment): void {
    assert(!this.#order.includes(segment), () => `segment ${segment.id} is still in the log`);
    segment.file.close();
    this.slots[segment.slot] = null;
    const name = segmentName(segment.id);
    const spare = `${name}${SPARE_SUFFIX}`;
    const { capacityBytes } = segment;
    if (
      capacityBytes === this.#segmentSizeBytes &&
      segment.allocated === capacityBytes &&
      this.#spares.length < limits.spareSegmentsMax
    ) {
      this.fs.rename(`${this.directory}/${name}`, `${this.directory}/${spare}`);
      this.#spares.push(spare);
    } else {
      this.fs.remove(`${this.directory}/${name}`);
    }
  }

  /** The manifest that lists the log up to `active`, though the writer may have rolled on since. */
  manifest(active: Segment): Manifest {
    const listed = this.#order.slice(0, this.#order.indexOf(active) + 1);
    return {
      storeId: this.storeId,
      nextSegmentId: this.#nextId,
      firstSequence: this.firstSequence,
      segments: listed.map((segment) => {
        const { id, capacityBytes, tail: lengthBytes, firstSequence, lastSequence } = segment;
        if (segment === active) return { id, capacityBytes };
        assert(segment.sealed, () => `segment ${id} is listed as sealed and is not`);
        return { id, capacityBytes, sealed: { lengthBytes, firstSequence, lastSequence } };
      }),
    };
  }

  close(): void {
    for (const segment of this.slots) segment?.file.close();
  }

  #makeFile(path: string, capacityBytes: number): File {
    const spare = capacityBytes === this.#segmentSizeBytes ? this.#spares.pop() : undefined;
    try {
      if (spare === undefined) return this.fs.open(path, 'create');
      this.fs.rename(`${this.directory}/${spare}`, path);
      return this.fs.open(path, 'write');
    } catch (error) {
      throw noSpaceOr(error, path);
    }
  }

  #newSegment(id: number, capacityBytes: number, file: File): Segment {
    const salt = segmentSalt(this.storeId, id);
    const segment = new Segment({ id, slot: this.slots.length, file, capacityBytes, salt });
    this.slots.push(segment);
    return segment;
  }
}

/** ENOSPC and its kin as a typed error: nothing was appended, so the store stays usable. */
function noSpaceOr(error: unknown, path: string): unknown {
  const code = (error as { code?: unknown }).code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new VarveError(
    'ERR_NO_SPACE',
    `${path}: no space left on the device: free some and write again; nothing was changed`,
    { cause: error },
  );
}
