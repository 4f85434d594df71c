/**
 * The small buckets (meta, lease, alarm and whatever else is created): ordered maps in memory. Bucket
 * `key` has a name here and nothing else; its records are the revisions.
 *
 * In the log a bucket is a number: the well-known ones have fixed numbers, others get theirs from the
 * record that creates them.
 */
import type { KeyString } from '../base/bytes.ts';
import { VarveError } from '../base/errors.ts';
import { bulkLoad, newOrderedMap, type OrderedMap } from '../base/ordered-map.ts';
import { ALARM_BUCKET, KEY_BUCKET, LEASE_BUCKET, META_BUCKET } from './backend.ts';

export interface Bucket {
  readonly number: number;
  readonly entries: OrderedMap<Entry>;
}

/** The newest value of a key, and where its record lies. */
export interface Entry {
  /** In the form of a key: a string takes a fifth of the heap that a small Uint8Array takes. */
  readonly value: KeyString;
  slot: number;
  at: number;
}

/** The bucket of the revisions is number 0. */
const WELL_KNOWN: readonly string[] = [KEY_BUCKET, META_BUCKET, LEASE_BUCKET, ALARM_BUCKET];

/** The fixed number of a well-known bucket, which exists without being created; -1 for others. */
export const wellKnownNumber = (name: string): number => WELL_KNOWN.indexOf(name);
export const FIRST_FREE_NUMBER: number = WELL_KNOWN.length;

/** How a checkpoint carries some of a bucket's entries, in key order: column by column. */
export interface EntriesImage {
  readonly bucket: string;
  readonly number: number;
  readonly keys: readonly KeyString[];
  readonly values: readonly KeyString[];
  readonly slots: readonly number[];
  readonly ats: readonly number[];
}

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

  /** At most so many entries at a time; at least one image of each bucket, so that none is forgotten. */
  *images(entriesMax: number): Generator<EntriesImage, void, void> {
    for (const [bucket, { number, entries }] of this.#byName) {
      let [keys, values, slots, ats] = emptyColumns();
      for (const [key, entry] of entries.entries()) {
        if (keys.length === entriesMax) {
          yield { bucket, number, keys, values, slots, ats };
          [keys, values, slots, ats] = emptyColumns();
        }
        keys.push(key);
        values.push(entry.value);
        slots.push(entry.slot);
        ats.push(entry.at);
      }
      yield { bucket, number, keys, values, slots, ats };
    }
  }

  /** `slotOf`: today's slot by the one of the images. */
  static fromImages(images: readonly EntriesImage[], slotOf: readonly number[]): Buckets {
    const columns = new Map<string, { number: number; keys: KeyString[]; values: Entry[] }>();
    for (const { bucket, number, keys, values, slots, ats } of images) {
      let all = columns.get(bucket);
      if (all === undefined) columns.set(bucket, (all = { number, keys: [], values: [] }));
      for (const [i, key] of keys.entries()) {
        all.keys.push(key);
        const slot = slotOf[slots[i]!]!;
        all.values.push({ value: values[i]!, slot, at: ats[i]! });
      }
    }
    const byName = new Map<string, Bucket>();
    for (const [name, { number, keys, values }] of columns) {
      byName.set(name, { number, entries: bulkLoad(keys, values) });
    }
    return new Buckets(byName);
  }
}

const emptyColumns = (): [KeyString[], KeyString[], number[], number[]] => [[], [], [], []];
