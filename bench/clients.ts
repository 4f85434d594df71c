/**
 * A closed loop of clients: each puts, waits until its put is durable, and puts again. It is timed by
 * hand: tinybench times each call of one function, while here a number of calls are always under way and
 * only how many end per second means anything.
 */
import { keyOf, type Random, valueOf } from './keys.ts';
import type { BenchStore } from './peers/contender.ts';

export interface Load {
  readonly clients: number;
  /** Keys are picked at random below this: at first most are new, later most exist. */
  readonly keys: number;
  readonly random: Random;
  /** Whichever comes first ends it. */
  readonly putsMax: number;
  readonly timeMs: number;
  /** Ends it as well. */
  readonly stopped?: () => boolean;
}

/** Looking at the clock costs as much as a tenth of a put. */
const CLOCK_PUTS = 32;

/** Durable puts a second. */
export async function closedLoop(store: Pick<BenchStore, 'put'>, load: Load): Promise<number> {
  const { clients, keys, random, putsMax, timeMs, stopped = () => false } = load;
  const started = performance.now();
  let puts = 0;
  let over = false;
  const client = async (): Promise<void> => {
    while (!over) {
      puts++;
      if (puts >= putsMax) over = true;
      else if (puts % CLOCK_PUTS === 0) over ||= stopped() || performance.now() - started > timeMs;
      const number = random(keys);
      await store.put(keyOf(number), valueOf(number));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return (puts * 1000) / (performance.now() - started);
}
