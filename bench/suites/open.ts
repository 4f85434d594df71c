/**
 * Opening a full store, each time in a fresh process: after a clean close, and after a kill, when there
 * is no index checkpoint to start from and the whole log has to be read. The files are in the page
 * cache, as they were when the goals were set.
 */
import { cpSync, rmSync } from 'node:fs';
import type { OpenResult } from '../children/jobs.ts';
import { runJob } from '../children/run-job.ts';
import {
  atMost,
  constant,
  ETCD,
  ETCD_MEASURED,
  type Figure,
  measured,
  shortened,
} from '../figure.ts';
import type { Bench, Suite } from '../suite.ts';

const CLEAN_MS_MAX = 600;
const KILLED_MS_MAX = 3000;

export const open: Suite = {
  name: 'open',
  title: 'open a full store',
  run: async (bench) => {
    const { inProcess, keys, rounds, progress } = bench.options;
    progress('filling two stores');
    const clean = bench.directory();
    const killed = bench.directory();
    await runJob('fill', { directory: clean, keys, close: true }, { inProcess });
    const forget = { directory: killed, keys, close: false };
    if (inProcess) await runJob('fillAndForget', forget, { inProcess });
    else await runJob('fill', forget, { inProcess, kill: true });
    rmSync(`${killed}/CHECKPOINT`, { force: true });

    const cleanly: OpenResult[] = [];
    const afterKill: OpenResult[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1}`);
      cleanly.push(await opened(bench, clean));
      // Opening repairs, so each round opens a copy.
      const copy = bench.directory();
      cpSync(killed, copy, { recursive: true });
      afterKill.push(await opened(bench, copy));
      bench.remove(copy);
    }
    bench.remove(clean);
    bench.remove(killed);
    return [
      figure(`open ${keys} keys, clean close`, cleanly, CLEAN_MS_MAX),
      figure(`open ${keys} keys, killed, no checkpoint`, afterKill, KILLED_MS_MAX),
    ];
  },
};

async function opened({ options }: Bench, directory: string): Promise<OpenResult> {
  const { inProcess, keys } = options;
  const result = await runJob('openStore', { directory, close: true }, { inProcess });
  if (result.keys !== keys) throw new Error(`${result.keys} of ${keys} keys came back`);
  return result;
}

function figure(work: string, results: readonly OpenResult[], bound: number): Figure {
  const ms = results.map((result) => result.ms);
  const shares = results.map((result) => result.processorMs && result.processorMs / result.ms);
  const varve = measured('varve', ms, shares);
  const goal = atMost(varve.value, bound, 'ms', `<= ${bound} ms`);
  const { processorShare = 1 } = varve;
  const processorMs = shortened(varve.value * Math.min(1, processorShare));
  return {
    work,
    unit: 'ms',
    better: 'less',
    measurements: [varve, constant(ETCD, ETCD_MEASURED.openMs)],
    goals: [{ ...goal, reached: `${goal.reached} (${processorMs} ms of processor time)` }],
  };
}
