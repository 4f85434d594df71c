/**
 * Makes a list smaller that fails as it is: leaves out halves, then quarters, and in the end one at a time, as
 * long as what is left still fails. (fast-check does that for what it has generated; this is for lists that
 * were written down.)
 */

/** Places of what is left, in order. `fails` is asked about places as well. */
export async function reduced(
  length: number,
  fails: (places: readonly number[]) => Promise<boolean>,
  isOver: () => boolean,
): Promise<number[]> {
  let kept = Array.from({ length }, (_, place) => place);
  for (let size = Math.ceil(length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    let from = 0;
    while (from < kept.length && !isOver()) {
      const without = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (without.length > 0 && (await fails(without))) kept = without;
      else from += size;
    }
  }
  return kept;
}
