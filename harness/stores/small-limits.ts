/**
 * Bounds made so small that a short history crosses them: pages of `iterate`, chunks of restore and
 * checkpoint, frames, what is zero-filled ahead. To be called before any store is opened; each test file
 * has a process to itself.
 */
import { limits } from '../../engine/base/limits.ts';

export function shrinkLimits(): void {
  limits.framePayloadBytesTarget = 1500;
  limits.zeroFillBytes = 1024;
  limits.restoreChunkRecords = 7;
  // Some closes write a checkpoint, some are not worth one.
  limits.checkpointRecordsMin = 8;
  limits.checkpointBytesMin = 1;
  limits.checkpointSliceKeys = 3;
  limits.iteratePageKeys = 3;
  limits.idleMarkDelayMs = 1;
  // Background work rests all the time, and segments are cleaned for little.
  limits.compactionSliceRevisions = 3;
  limits.backgroundSliceBytes = 700;
  limits.cleanShare = 0.3;
  limits.segmentSizeBytesMin = 4096;
  // Files of dropped segments are used again though the log is small.
  limits.spareShare = 1;
}
