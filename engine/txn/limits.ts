/** What bounds a write. */
export interface WriteLimits {
  /** The most that one put may hold, key and value (R44). */
  readonly maxRequestBytes: number;
  /** Compares, and operations in a branch of a transaction (R60). */
  readonly maxTxnOps: number;
  /** Throws ERR_NO_SPACE if the quota has no room for a put of this cost (R155). */
  admit(putBytes: number): void;
}

/** What R155 counts for a put. */
export const putCost = (keyBytes: number, valueBytes: number): number =>
  256 + keyBytes + valueBytes;
