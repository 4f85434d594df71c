/**
 * Taking turns. The machine is never quiet, and what disturbs it lasts longer than a turn; so the stores
 * are measured A B C A B C …, and each one's figure is the median of its turns.
 */
import { Bench as TinyBench } from 'tinybench';
import { measured, type Measurement } from './figure.ts';
import { ProcessorMeter } from './processor.ts';

export interface Turn {
  readonly by: string;
  /** Does the work for a while; returns how many times it was done a second, or another measure. */
  readonly run: (round: number) => number | Promise<number>;
}

export async function inTurns(rounds: number, turns: readonly Turn[]): Promise<Measurement[]> {
  const values: number[][] = turns.map(() => []);
  const shares: (number | undefined)[][] = turns.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, turn] of turns.entries()) {
      const meter = new ProcessorMeter();
      values[index]!.push(await turn.run(round));
      shares[index]!.push(meter.share);
    }
  }
  return turns.map(({ by }, index) => measured(by, values[index]!, shares[index]));
}

export interface Task {
  readonly by: string;
  /** Does the work as often as the batch says, synchronously or not. */
  readonly run: () => unknown;
}

/** The same by tinybench: warmed up, then for `turnMs`; the result is how often a second. */
export async function benched(
  { rounds, turnMs }: { readonly rounds: number; readonly turnMs: number },
  tasks: readonly Task[],
  batch = 1,
): Promise<Measurement[]> {
  const turns = tasks.map(({ by, run }) => ({
    by,
    run: async (): Promise<number> => {
      const bench = new TinyBench({
        time: turnMs,
        iterations: 3,
        warmupTime: turnMs / 5,
        warmupIterations: 1,
        throws: true,
      });
      bench.add(by, run);
      const [task] = await bench.run();
      const result = task!.result;
      if (result.state !== 'completed') throw new Error(`${by}: the benchmark is ${result.state}`);
      return (batch * 1000) / result.latency.mean;
    },
  }));
  return await inTurns(rounds, turns);
}

/** The rate of work that ends by itself. */
export async function rateOf(count: number, work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (count * 1000) / (performance.now() - started);
}
