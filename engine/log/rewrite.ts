/**
 * Writes the log anew: fresh segments beside the old ones, then one manifest that lists only the fresh.
 * Until that manifest is in place the old log is the store; afterwards the new one is. At no moment is
 * the only copy of anything unsynced. If putting it in place fails, nobody knows which of the two the
 * next `open` will find, so no file of either goes.
 */
import { FRAME_HEADER_BYTES, FRAME_MARK } from './format.ts';
import { LogWriter } from './log-writer.ts';
import { installManifest, writeManifestAside } from './manifest.ts';
import type { Segment } from './segment.ts';
import type { SegmentSet } from './segment-set.ts';

export interface RewriteHooks {
  /** A fresh segment is full and on disk. */
  readonly sealed: (segment: Segment) => void;
  /** An old segment is no longer part of the log. */
  readonly dropped: (segment: Segment) => void;
}

export function rewriteLog(
  set: SegmentSet,
  lastSequence: number,
  append: (writer: LogWriter) => void,
  hooks: RewriteHooks,
): void {
  const old = set.order;
  const fresh: Segment[] = [];
  const create = (needBytes: number): Segment => {
    const segment = set.createAside(needBytes, fresh.at(-1));
    fresh.push(segment);
    return segment;
  };
  create(FRAME_HEADER_BYTES);
  try {
    const writer = new LogWriter({
      set: {
        get active(): Segment {
          return fresh.at(-1)!;
        },
        create,
        allocate: (segment, end) => set.allocate(segment, end),
      },
      nextSequence: lastSequence + 1,
      onMove: () => {},
      onSeal: (segment) => {
        writeOut(segment);
        hooks.sealed(segment);
      },
    });
    append(writer);
    endWith(writer);
    swap(set, fresh, lastSequence + 1);
  } catch (error) {
    for (const segment of fresh) if (!segment.listed) hooks.dropped(segment);
    throw error;
  }
  for (const segment of old) hooks.dropped(segment);
}

/** A mark claims all that was rewritten: damage to it must not pass for a torn write. */
function endWith(writer: LogWriter): void {
  for (const part of writer.takeBatch()?.parts ?? []) writeOut(part.segment);
  writer.durableSequence = writer.lastSequence;
  writer.mark(FRAME_MARK);
  for (const part of writer.takeBatch()?.parts ?? []) writeOut(part.segment);
}

function writeOut(segment: Segment): void {
  const { file, buffer, flushed, tail } = segment;
  // Sealed before, and perhaps no longer in memory.
  if (flushed === tail) return;
  file.writeAt(buffer!.subarray(flushed, tail), flushed);
  segment.flushed = tail;
  file.sync();
}

function swap(set: SegmentSet, fresh: readonly Segment[], firstSequence: number): void {
  const { fs, directory, order, firstSequence: oldFirstSequence } = set;
  fs.syncDirectory(directory);
  set.replaceAll(fresh, firstSequence);
  try {
    const aside = writeManifestAside(fs, directory, set.manifest(fresh.at(-1)!));
    aside.sync();
    for (const segment of fresh) segment.listed = true;
    installManifest(fs, directory, aside);
  } catch (error) {
    set.replaceAll(order, oldFirstSequence);
    throw error;
  }
}
