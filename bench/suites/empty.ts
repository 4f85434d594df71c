/** An empty store must cost next to nothing: opened in a directory without one, in a fresh process. */
import { runJob } from '../children/run-job.ts';
import { type DiskBytes, diskBytes } from '../disk.ts';
import { atMost, type Figure, measured } from '../figure.ts';
import type { Suite } from '../suite.ts';

const MS_MAX = 20;
const BYTES_MAX = 2 * 1024 * 1024;

interface Cost extends DiskBytes {
  readonly ms: number;
  readonly memoryBytes: number;
}

export const empty: Suite = {
  name: 'empty',
  title: 'open an empty directory',
  run: async (bench) => {
    const { inProcess, rounds } = bench.options;
    const costs: Cost[] = [];
    for (let round = 0; round < rounds; round++) {
      const directory = bench.directory();
      // Left open by the process: this is what lies on disk while a store is in use.
      const request = { directory, close: inProcess };
      const { ms, bytes } = await runJob('openStore', request, { inProcess });
      costs.push({ ms, memoryBytes: bytes, ...diskBytes(directory) });
      bench.remove(directory);
    }
    const mib = `<= 2 MiB`;
    return [
      figure(
        'time',
        'ms',
        costs.map(({ ms }) => ms),
        MS_MAX,
        `<= ${MS_MAX} ms`,
      ),
      figure(
        'heap + external',
        'bytes',
        costs.map((cost) => cost.memoryBytes),
        BYTES_MAX,
        mib,
      ),
      figure(
        'disk, allocated',
        'bytes',
        costs.map((cost) => cost.allocatedBytes),
        BYTES_MAX,
        mib,
      ),
      figure(
        'disk, apparent',
        'bytes',
        costs.map((cost) => cost.apparentBytes),
        BYTES_MAX,
        mib,
      ),
    ];
  },
};

function figure(
  work: string,
  unit: string,
  rounds: readonly number[],
  bound: number,
  text: string,
): Figure {
  const varve = measured('varve', rounds);
  return {
    work: `empty: ${work}`,
    unit,
    better: 'less',
    measurements: [varve],
    goals: [atMost(varve.value, bound, unit, text)],
  };
}
