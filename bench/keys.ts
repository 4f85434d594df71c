/**
 * The same keys and values for every store: 16-byte keys `key-000000000042` and 256-byte values that do
 * not compress. Keys are flat latin1 strings: one put together with `+` would be a rope, which every
 * store has to flatten first, and one cut from a larger text would pin it.
 *
 * All randomness is one xorshift generator with a fixed seed, so every run asks the same.
 */
export const KEY_BYTES = 16;
export const VALUE_BYTES = 256;

const DIGITS = 12;
const ZERO = 0x30;
const scratch: Buffer = Buffer.allocUnsafeSlow(KEY_BYTES);
scratch.latin1Write('key-', 0);

/** Keys sort as their numbers do. */
export function keyOf(number: number): string {
  let rest = number;
  for (let at = KEY_BYTES - 1; at >= KEY_BYTES - DIGITS; at--) {
    scratch[at] = ZERO + (rest % 10);
    rest = Math.trunc(rest / 10);
  }
  return scratch.latin1Slice(0, KEY_BYTES);
}

/** A whole number in [0, bound). */
export type Random = (bound: number) => number;

export function xorshift(seed = 0x2545f491): Random {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

const VALUES: readonly Buffer[] = makeValues();

function makeValues(): Buffer[] {
  const random = xorshift(0x9e3779b9);
  return Array.from({ length: 64 }, () => {
    const value = Buffer.allocUnsafeSlow(VALUE_BYTES);
    for (let at = 0; at < VALUE_BYTES; at++) value[at] = random(256);
    return value;
  });
}

export function valueOf(number: number): Buffer {
  return VALUES[number % VALUES.length]!;
}

/** The numbers below `count`, as they come or shuffled. */
export function orderOf(count: number, order: 'sequential' | 'random'): Uint32Array {
  const numbers = Uint32Array.from({ length: count }, (_, index) => index);
  if (order === 'sequential') return numbers;
  const random = xorshift();
  for (let index = count - 1; index > 0; index--) {
    const other = random(index + 1);
    const number = numbers[index]!;
    numbers[index] = numbers[other]!;
    numbers[other] = number;
  }
  return numbers;
}
