/** Numbers that look random and are the same for the same beginning. */
export interface Numbers {
  /** A whole number from 0 to below `count`. */
  below(count: number): number;
  oneOf<T>(choices: readonly T[]): T;
  /** True once in so many times. */
  oneIn(times: number): boolean;
}

/** `parts` may be anything that has a text. */
export function numbersOf(...parts: readonly (number | string)[]): Numbers {
  let state = 0x811c9dc5;
  for (const char of parts.join(' ')) {
    state = Math.imul(state ^ char.charCodeAt(0), 0x01000193);
  }
  /** Mulberry32. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return {
    below,
    oneOf: (choices) => choices[below(choices.length)]!,
    oneIn: (times) => below(times) === 0,
  };
}
