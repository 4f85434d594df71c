/**
 * The one interface behind which Varve and its peers are measured. Every method does what the store's own
 * documentation recommends for it; where stores differ in what a call means, the interface says what it
 * has to mean here.
 */
export interface Contender {
  readonly name: string;
  readonly version: string;
  /** Creates a store in a directory that exists and is empty. */
  readonly open: (directory: string) => Promise<BenchStore>;
}

export interface BenchStore {
  /** Resolves when the put is on disk: a power cut cannot take it back. */
  put(key: string, value: Buffer): Promise<unknown>;
  /** Puts `keyOf(n)` for all these numbers, as fast as it goes. */
  load(numbers: Uint32Array): Promise<void>;
  /** Ways to read one key. The value is the caller's to keep, unless the name says otherwise. */
  readonly readers: readonly Reader[];
  /** Reads keys and values of [from, to), at most `limit` (0: all); returns how many. */
  range(from: string, to: string | undefined, limit: number): number | Promise<number>;
  /** Ways to read every key and value in order; each returns how many there were. */
  readonly scanners: readonly Scanner[];
  /**
   * If the key exists: puts the value and reads it back, all in one transaction that the caller need not
   * wait for. Resolves when it is on disk. Absent where the store has no such thing.
   */
  txn?(key: string, value: Buffer): Promise<unknown>;
  /** Removes every key below this one, and gives the space back as far as the store can. */
  forget?(below: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface Reader {
  readonly name: string;
  readonly read: (key: string) => Uint8Array | undefined;
}

export interface Scanner {
  readonly name: string;
  readonly scan: () => number | Promise<number>;
}
