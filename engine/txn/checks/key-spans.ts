/**
 * A set of keys made of single keys and of spans [key, end), which may overlap. Spans are kept apart and in
 * order, so looking a key up is one look into a Set and one binary search, however many there are.
 */
import type { KeyString } from '../../base/bytes.ts';

export class KeySpans {
  readonly #keys = new Set<KeyString>();
  /** Disjoint, ascending; `#ends[i]` belongs to `#starts[i]`. */
  readonly #starts: KeyString[] = [];
  readonly #ends: KeyString[] = [];

  addKey(key: KeyString): void {
    this.#keys.add(key);
  }

  /** Nothing if the bounds are the wrong way round. */
  addSpan(key: KeyString, end: KeyString): void {
    if (key >= end) return;
    // Those from `first` on end at `key` or later; those before `last` begin at `end` or earlier.
    const first = countBefore(this.#ends, (other) => other < key);
    const last = countBefore(this.#starts, (other) => other <= end);
    const isAlone = first >= last;
    const start = isAlone || key < this.#starts[first]! ? key : this.#starts[first]!;
    const stop = isAlone || end > this.#ends[last - 1]! ? end : this.#ends[last - 1]!;
    this.#starts.splice(first, last - first, start);
    this.#ends.splice(first, last - first, stop);
  }

  addAll(other: KeySpans): void {
    for (const key of other.#keys) this.#keys.add(key);
    for (const [i, start] of other.#starts.entries()) this.addSpan(start, other.#ends[i]!);
  }

  has(key: KeyString): boolean {
    if (this.#keys.has(key)) return true;
    const candidate = countBefore(this.#starts, (start) => start <= key) - 1;
    return candidate >= 0 && key < this.#ends[candidate]!;
  }
}

/** How many elements at the front are `before`; the rest is not. */
function countBefore(list: readonly KeyString[], before: (element: KeyString) => boolean): number {
  let lower = 0;
  let upper = list.length;
  while (lower < upper) {
    const middle = (lower + upper) >>> 1;
    if (before(list[middle]!)) lower = middle + 1;
    else upper = middle;
  }
  return lower;
}
