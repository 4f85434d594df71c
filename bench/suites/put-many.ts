/**
 * Durable puts with many under way: what group commit is for. The stores start empty and keep what they
 * got from one round to the next; a slow one holds fewer keys in the end, which is to its advantage.
 */
import { closedLoop } from '../clients.ts';
import { atLeastBest, type Figure } from '../figure.ts';
import { xorshift } from '../keys.ts';
import { inTurns } from '../rounds.ts';
import type { Bench, OpenStore, Suite } from '../suite.ts';

export const putMany: Suite = {
  name: 'put-many',
  title: 'durable put, 100 and 1000 in flight',
  run: (bench) =>
    bench.withStores(async (stores) => [
      await figure(bench, stores, 100),
      await figure(bench, stores, 1000),
    ]),
};

async function figure(
  { options }: Bench,
  stores: readonly OpenStore[],
  clients: number,
): Promise<Figure> {
  const { keys, rounds, turnMs, progress } = options;
  progress(`${clients} clients`);
  const measurements = await inTurns(
    rounds,
    stores.map(({ name, store }) => {
      const random = xorshift(0x1234567 + clients);
      const load = { clients, keys, random, putsMax: keys / 2, timeMs: turnMs * 2 };
      return {
        by: name,
        run: async (round: number) => {
          // What is not compiled yet is compiled before it counts.
          if (round === 0) await closedLoop(store, { ...load, timeMs: turnMs / 4 });
          return closedLoop(store, load);
        },
      };
    }),
  );
  const [varve, ...peers] = measurements;
  return {
    work: `put, ${clients} in flight`,
    unit: 'per second',
    better: 'more',
    measurements,
    goals: [atLeastBest(varve!, peers, '>= the best peer in this run')],
  };
}
