/** Every tunable bound that is not an option of `open`, in one place. Tests may shrink them. */
export const limits: {
  /** A frame is closed at the first transaction end past this many payload bytes. */
  framePayloadBytesTarget: number;
  /** The first segment of a store; each next one doubles up to `segmentSizeBytes`. */
  segmentSizeBytesMin: number;
  /** The active segment is zero-filled this far ahead of the tail, in one go. */
  zeroFillBytes: number;
  /** One transaction's records, all in one frame. */
  transactionBytesMax: number;
  /** What may be buffered without being written while a slow sync is under way. */
  unflushedBytesMax: number;
  /** A sync that takes longer on average is run off the main thread. */
  syncInPlaceMsMax: number;
  /** The main thread goes back to the event loop at least this often while it syncs in place. */
  syncInPlaceStreakMsMax: number;
  /** Idle this long after a commit, the writer appends the mark that claims the last frame durable. */
  idleMarkDelayMs: number;
  /** Records handed from the scan to the index builder at a time. */
  restoreChunkRecords: number;
  /** Fewer new records than this are not worth a checkpoint at close. */
  checkpointRecordsMin: number;
  /** Keys written to an index checkpoint before yielding to the event loop. */
  checkpointSliceKeys: number;
  /** Keys in one page of `iterate`. */
  iteratePageKeys: number;
  /** Revisions looked at by a compaction, and keys, before it rests. */
  compactionSliceRevisions: number;
  /** Bytes read, copied or hashed by background work before it rests. */
  backgroundSliceBytes: number;
  /** How often automatic compaction looks whether it is due; a tenth of a long retention. */
  autoCompactionCheckMs: number;
  /** A segment is cleaned when this share of it would come back. */
  cleanShare: number;
  /** A log shorter than this is scanned faster than a checkpoint of it pays. */
  checkpointBytesMin: number;
} = {
  framePayloadBytesTarget: 16 * 1024,
  segmentSizeBytesMin: 1024 * 1024,
  zeroFillBytes: 1024 * 1024,
  transactionBytesMax: 1024 * 1024 * 1024,
  unflushedBytesMax: 64 * 1024 * 1024,
  syncInPlaceMsMax: 1,
  syncInPlaceStreakMsMax: 1,
  idleMarkDelayMs: 20,
  restoreChunkRecords: 16 * 1024,
  checkpointRecordsMin: 4096,
  checkpointSliceKeys: 2048,
  iteratePageKeys: 256,
  compactionSliceRevisions: 256,
  backgroundSliceBytes: 32 * 1024,
  autoCompactionCheckMs: 100,
  cleanShare: 0.5,
  checkpointBytesMin: 2 * 1024 * 1024,
};
