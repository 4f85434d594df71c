/**
 * What traffic may contain. In swarm testing each run has some of these switched off at random: a bug that
 * needs a hundred puts and no compaction is not found by runs that compact all the time.
 */

export const FEATURES = [
  'reads',
  'counts',
  'deletes',
  'writes',
  'txns',
  'concurrency',
  'clients',
  'compaction',
  'defragment',
  'restarts',
  'snapshots',
  'history',
  'hashes',
  'leases',
  'clock',
  'watches',
] as const;

export type Feature = (typeof FEATURES)[number];

export type Features = ReadonlySet<Feature>;

export const ALL_FEATURES: Features = new Set(FEATURES);

/** Each is off once in four times. `random` in [0, 1). */
export function swarm(random: () => number, among: Iterable<Feature> = FEATURES): Features {
  return new Set([...among].filter(() => random() >= OFF_SHARE));
}

const OFF_SHARE = 0.25;
