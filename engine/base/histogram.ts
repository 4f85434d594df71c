/** Durations counted into buckets: an observation is a few comparisons, so it may stand on a warm path. */
export class Histogram {
  /** Upper bounds in seconds, ascending. */
  readonly boundsSeconds: readonly number[];
  /** Observations in each bucket, not cumulated; the last one holds what is above every bound. */
  readonly counts: number[];
  sumSeconds = 0;

  constructor(boundsSeconds: readonly number[]) {
    this.boundsSeconds = boundsSeconds;
    this.counts = Array.from({ length: boundsSeconds.length + 1 }, () => 0);
  }

  /** etcd's for the disk: 1 ms, doubling, 14 buckets. */
  static forDisk(): Histogram {
    return new Histogram(Array.from({ length: 14 }, (_, i) => 0.001 * 2 ** i));
  }

  observeMs(durationMs: number): void {
    const seconds = durationMs / 1000;
    let bucket = 0;
    while (seconds > this.boundsSeconds[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sumSeconds += seconds;
  }
}
