/**
 * Decides which sealed segments keep their bytes in memory, within a budget, and reads what is not there.
 *
 * A segment is admitted as a whole (its buffer is as long as its file) and filled unit by unit as records
 * are asked for, so the first read of a cold segment costs one unit and not 64 MiB. Over the budget a
 * segment is not admitted: its units are read aside, one at a time. Every so many such misses the cache
 * compares: if the missing segment was asked for clearly more often than the least used resident one,
 * they change places. Whatever comes from disk is verified, frame by frame, before anyone sees it.
 */
import { corrupt, VarveError } from '../base/errors.ts';
import { frameAfter, frameEnd, type PlacedFrame, readFrameHeader } from './format.ts';
import type { RecordView } from './record.ts';
import type { Segment } from './segment.ts';

/** Misses between two comparisons. */
const REBALANCE_MISSES = 1024;

export class SegmentCache {
  readonly #budgetBytes: number;
  readonly #resident = new Set<Segment>();
  #usedBytes = 0;
  #misses = 0;
  /** Where units of segments that are not admitted are read: holds the last one. */
  #aside: Buffer = Buffer.alloc(0);
  #asideData: DataView = new DataView(new ArrayBuffer(0));
  #asideSegment: Segment | null = null;
  #asideStart = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  /** A segment that was just sealed brings its buffer; `trim` makes room once it is written out. */
  admitSealed(segment: Segment): void {
    this.#resident.add(segment);
    this.#usedBytes += segment.capacityBytes;
  }

  /** Back to the budget, as far as what is resident is on disk. */
  trim(): void {
    while (this.#usedBytes > this.#budgetBytes) {
      const victim = this.#leastUsed();
      if (victim === undefined) return;
      this.evict(victim);
    }
  }

  /** A segment read as a whole brings its bytes; they are kept if the budget has room. */
  admit(segment: Segment, buffer: Buffer): void {
    if (this.#usedBytes + segment.capacityBytes > this.#budgetBytes) return;
    segment.attach(buffer);
    segment.resident = true;
    this.#resident.add(segment);
    this.#usedBytes += segment.capacityBytes;
  }

  /** The bytes of a segment that is dropped from the log, or has to make room. */
  evict(segment: Segment): void {
    if (segment === this.#asideSegment) this.#asideSegment = null;
    if (!this.#resident.delete(segment)) return;
    this.#usedBytes -= segment.capacityBytes;
    segment.detach();
  }

  /** Points the view at a record of a segment that is not wholly resident. */
  load(segment: Segment, at: number, view: RecordView): void {
    segment.uses++;
    view.at = at;
    if (segment.resident || this.#makeRoom(segment)) {
      if (!segment.resident) this.#loadUnit(segment, segment.unitOf(at));
      view.buffer = segment.buffer!;
      view.data = segment.data!;
      return;
    }
    this.#readAside(segment, segment.unitOf(at));
    view.buffer = this.#aside;
    view.data = this.#asideData;
    view.at = at - this.#asideStart;
  }

  #makeRoom(segment: Segment): boolean {
    if (this.#resident.has(segment)) return true;
    if (this.#usedBytes + segment.capacityBytes > this.#budgetBytes) {
      if (++this.#misses % REBALANCE_MISSES !== 0) return false;
      const victim = this.#leastUsed();
      const fits =
        victim !== undefined &&
        victim.uses * 2 < segment.uses &&
        this.#usedBytes - victim.capacityBytes + segment.capacityBytes <= this.#budgetBytes;
      for (const resident of this.#resident) resident.uses >>>= 1;
      segment.uses >>>= 1;
      if (!fits) return false;
      this.evict(victim);
    }
    segment.attach(Buffer.allocUnsafeSlow(segment.tail));
    segment.loaded = new Uint8Array(segment.unitCount);
    this.#resident.add(segment);
    this.#usedBytes += segment.capacityBytes;
    return true;
  }

  #loadUnit(segment: Segment, unit: number): void {
    const loaded = segment.loaded!;
    if (loaded[unit] === 1) return;
    const start = segment.unitStart(unit);
    const end = segment.unitEnd(unit);
    readVerified(segment, unit, segment.buffer!.subarray(start, end));
    loaded[unit] = 1;
    if (!loaded.includes(0)) {
      segment.resident = true;
      segment.loaded = null;
    }
  }

  #readAside(segment: Segment, unit: number): void {
    const start = segment.unitStart(unit);
    if (segment === this.#asideSegment && start === this.#asideStart) return;
    const length = segment.unitEnd(unit) - start;
    if (length > this.#aside.length) {
      this.#aside = Buffer.allocUnsafeSlow(length * 2);
      this.#asideData = new DataView(this.#aside.buffer);
    }
    this.#asideSegment = null;
    readVerified(segment, unit, this.#aside.subarray(0, length));
    this.#asideSegment = segment;
    this.#asideStart = start;
  }

  /** Of those that are wholly on disk. */
  #leastUsed(): Segment | undefined {
    let least: Segment | undefined;
    for (const segment of this.#resident) {
      if (segment.flushed < segment.tail) continue;
      if (least === undefined || segment.uses < least.uses) least = segment;
    }
    return least;
  }
}

/** Reads a unit into `target`, which is as long, and verifies each of its frames. */
function readVerified(segment: Segment, unit: number, target: Buffer): void {
  const start = segment.unitStart(unit);
  const place = `${segment.file.path} at offset ${start}`;
  const read = readOrExplain(segment, start, target);
  if (read < target.length) {
    throw corrupt(
      place,
      `the file ends ${target.length - read} bytes early: restore a backup, or salvage what is readable`,
    );
  }
  const bad = firstDamagedFrame(segment, unit, target);
  if (bad >= 0) {
    throw corrupt(
      `${segment.file.path} at offset ${bad}`,
      'a durable frame fails its checksum: restore a backup, or salvage what is readable',
    );
  }
}

function readOrExplain(segment: Segment, start: number, target: Buffer): number {
  try {
    return segment.file.readAt(target, start);
  } catch (cause) {
    throw new VarveError(
      'ERR_UNAVAILABLE',
      `${segment.file.path} at offset ${start} cannot be read (${String(cause)}): look after the disk`,
      { cause },
    );
  }
}

/**
 * Offset in the segment of the first frame that is not intact, or -1. Reaching the unit's end is not
 * enough: a small frame that was lost may look like the zeros behind the one before. All must be there.
 */
function firstDamagedFrame(segment: Segment, unit: number, buffer: Buffer): number {
  const base = segment.unitStart(unit);
  const [firstSequence, lastSequence] = segment.unitSequences(unit);
  const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const window = { buffer, data, base };
  const end = base + buffer.length;
  const header = readFrameHeader(window, base, end, segment.salt);
  if (header?.sequence !== firstSequence) return base;
  let last: PlacedFrame = { at: base, header };
  for (;;) {
    const next = frameAfter(window, last, end, segment.salt);
    if (next === undefined) break;
    last = next;
  }
  return last.header.sequence === lastSequence ? -1 : frameEnd(last.at, last.header, 8);
}
