/**
 * The small buckets (meta, lease, alarm and whatever else is created): ordered maps in memory. Bucket
 * `key` has a name here and nothing else; its records are the revisions.
 *
 * In the log a bucket is a number: the well-known ones have fixed numbers, others get theirs from the
 * record that creates them.
 */
import type { KeyString } from '../base/bytes.ts';
import { VarveError } from '../base/errors.ts';
import { newOrderedMap, type OrderedMap } from '../base/ordered-map.ts';
import { ALARM_BUCKET, KEY_BUCKET, LEASE_BUCKET, META_BUCKET } from './backend.ts';

export interface Bucket {
  readonly number: number;
  readonly entries: OrderedMap<Entry>;
}

/** The newest value of a key, and where its record lies. */
export interface Entry {
  readonly value: Uint8Array;
  slot: number;
  at: number;
}

/** The bucket of the revisions is number 0. */
const WELL_KNOWN: readonly string[] = [KEY_BUCKET, META_BUCKET, LEASE_BUCKET, ALARM_BUCKET];

/** The fixed number of a well-known bucket, which exists without being created; -1 for others. */
export const wellKnownNumber = (name: string): number => WELL_KNOWN.indexOf(name);
export const FIRST_FREE_NUMBER: number = WELL_KNOWN.length;

/** How a checkpoint carries them. */
export type BucketsImage = readonly {
  readonly name: string;
  readonly number: number;
  readonly entries: readonly (readonly [KeyString, Entry])[];
}[];

export class Buckets {
  readonly #byName: Map<string, Bucket>;

  constructor(byName?: Map<string, Bucket>) {
    this.#byName =
      byName ??
      new Map(WELL_KNOWN.map((name, number) => [name, { number, entries: newOrderedMap() }]));
  }

  names(): readonly string[] {
    return [...this.#byName.keys()].sort();
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  get(name: string): Bucket {
    const bucket = this.#byName.get(name);
    if (bucket === undefined) {
      throw new VarveError('ERR_NOT_FOUND', `there is no bucket "${name}": create it first`);
    }
    return bucket;
  }

  byNumber(number: number): Bucket | undefined {
    for (const bucket of this.#byName.values()) if (bucket.number === number) return bucket;
    return undefined;
  }

  *all(): Generator<[KeyString, Entry], void, void> {
    for (const { entries } of this.#byName.values()) yield* entries.entries();
  }

  nextNumber(): number {
    return Math.max(...[...this.#byName.values()].map(({ number }) => number)) + 1;
  }

  create(name: string, number: number): void {
    this.#byName.set(name, { number, entries: newOrderedMap() });
  }

  drop(name: string): void {
    this.#byName.delete(name);
  }

  /** A copy that later changes do not reach: O(buckets). */
  clone(): Buckets {
    const copy = new Map<string, Bucket>();
    for (const [name, { number, entries }] of this.#byName) {
      copy.set(name, { number, entries: entries.clone() });
    }
    return new Buckets(copy);
  }

  /** As they are now: a later move of a record does not change it. */
  image(): BucketsImage {
    return [...this.#byName].map(([name, { number, entries }]) => ({
      name,
      number,
      entries: entries.toArray().map(([key, entry]) => [key, { ...entry }] as const),
    }));
  }

  /** `slots`: today's slot by the one of the image. */
  static fromImage(image: BucketsImage, slots: readonly number[]): Buckets {
    const byName = new Map<string, Bucket>();
    for (const { name, number, entries } of image) {
      const map = newOrderedMap<Entry>();
      for (const [key, { value, slot, at }] of entries) {
        map.set(key, { value: new Uint8Array(value), slot: slots[slot]!, at });
      }
      byName.set(name, { number, entries: map });
    }
    return new Buckets(byName);
  }
}
