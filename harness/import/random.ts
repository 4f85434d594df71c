/** Random numbers that can be had again: VARVE_SEED=<seed> in the environment. */
export interface SeededRandom {
  readonly seed: number;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
}

export function newRandom(): SeededRandom {
  const given = process.env['VARVE_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given) >>> 0;
  return { seed, random: mulberry32(seed) };
}

/** Tommy Ettinger's mulberry32: 32 bits of state are plenty for the moments of a few kills. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
