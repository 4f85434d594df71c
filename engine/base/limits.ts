/** Every tunable bound that is not an option of `open`, in one place. Tests may shrink them. */
export const limits: {
  /** A frame is closed at the first transaction end past this many payload bytes. */
  framePayloadBytesTarget: number;
  /** The least that a segment is long: later ones grow with the log, up to `segmentSizeBytes`. */
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
  /** Of the log: files of dropped segments that are kept for the next ones may take no more. */
  spareShare: number;
  /** A log shorter than this is scanned faster than a checkpoint of it pays. */
  checkpointBytesMin: number;
  /** Revisions in one answer to a watcher that catches up (R110). */
  watchRevisionsPerRound: number;
  /** Watchers that catch up in one reading of the log (R110). */
  watchersPerRound: number;
  /** Records looked at in one reading of the log for watchers. */
  watchRecordsPerRound: number;
  /** Bytes of values buffered for a watch stream before it counts as slow. */
  watchBufferBytes: number;
  /** How often a watcher that asked for it hears that nothing happened (R108). */
  watchProgressMs: number;
  /** The shortest life of a lease (R121). */
  leaseMinTtlSeconds: number;
  /** How often expired leases are looked for (R125). */
  leaseCheckMs: number;
  /** Leases revoked at one look (R125). */
  leaseExpiriesPerCheck: number;
  /** A lease that could not be revoked is tried again after this (R125). */
  leaseRetryMs: number;
  /** What is left of a lease is written down at least so often, if it is not renewed (R127). */
  leaseCheckpointIntervalMs: number;
  /** Leases whose rest is written down at one look. */
  leaseCheckpointsPerCheck: number;
  /** What is left of a lease found at open is written down after this. */
  leaseRecoveredCheckpointMs: number;
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
  spareShare: 0.125,
  checkpointBytesMin: 2 * 1024 * 1024,
  watchRevisionsPerRound: 1000,
  watchersPerRound: 512,
  watchRecordsPerRound: 4096,
  watchBufferBytes: 16 * 1024 * 1024,
  watchProgressMs: 600_000,
  leaseMinTtlSeconds: 2,
  leaseCheckMs: 500,
  leaseExpiriesPerCheck: 500,
  leaseRetryMs: 3000,
  leaseCheckpointIntervalMs: 300_000,
  leaseCheckpointsPerCheck: 1000,
  leaseRecoveredCheckpointMs: 1000,
};
