/**
 * Opening a store, each time in a fresh process: after a clean close; after SIGKILL as that left it; and
 * after SIGKILL when there is no index checkpoint to start from and the whole log has to be read. Once
 * full of keys, once with a long history of few keys. The files are in the page cache, as they were when
 * the goals were set.
 */
import { cpSync, rmSync } from 'node:fs';
import type { Contents } from '../children/contents.ts';
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

interface Subject {
  readonly contents: Contents;
  readonly text: string;
  readonly cleanMsMax: number;
  readonly killedMsMax: number;
  readonly etcdMs: number;
}

export const open: Suite = {
  name: 'open',
  title: 'open a store',
  run: async (bench) => {
    const { keys } = bench.options;
    const { history } = bench;
    const full: Subject = {
      contents: { keys, revisions: keys },
      text: `open ${keys} keys`,
      cleanMsMax: 600,
      killedMsMax: 3000,
      etcdMs: ETCD_MEASURED.openMs,
    };
    const long: Subject = {
      contents: history,
      text: `open ${history.revisions} revisions of ${history.keys} keys`,
      cleanMsMax: 400,
      killedMsMax: 1200,
      etcdMs: ETCD_MEASURED.openHistoryMs,
    };
    return [...(await figuresOf(bench, full)), ...(await figuresOf(bench, long))];
  },
};

async function figuresOf(bench: Bench, subject: Subject): Promise<Figure[]> {
  const { inProcess, rounds, progress } = bench.options;
  const { contents, text, cleanMsMax, killedMsMax, etcdMs } = subject;
  progress(`filling: ${text}`);
  const clean = bench.directory();
  const killed = bench.directory();
  await runJob('fill', { directory: clean, ...contents, close: true }, { inProcess });
  const forget = { directory: killed, ...contents, close: false };
  if (inProcess) await runJob('fillAndForget', forget, { inProcess });
  else await runJob('fill', forget, { inProcess, kill: true });

  const cleanly: OpenResult[] = [];
  const afterKill: OpenResult[] = [];
  const withoutCheckpoint: OpenResult[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`${text}: round ${round + 1}`);
    cleanly.push(await opened(bench, clean, contents));
    // Opening repairs, so each round opens a copy.
    afterKill.push(await openedCopy(bench, killed, contents, true));
    withoutCheckpoint.push(await openedCopy(bench, killed, contents, false));
  }
  bench.remove(clean);
  bench.remove(killed);
  return [
    figure(`${text}, clean close`, cleanly, cleanMsMax, etcdMs),
    figure(`${text}, killed`, afterKill, killedMsMax, etcdMs),
    figure(`${text}, killed, no checkpoint`, withoutCheckpoint, killedMsMax, etcdMs),
  ];
}

async function openedCopy(
  bench: Bench,
  directory: string,
  contents: Contents,
  checkpoint: boolean,
): Promise<OpenResult> {
  const copy = bench.directory();
  cpSync(directory, copy, { recursive: true });
  if (!checkpoint) rmSync(`${copy}/CHECKPOINT`, { force: true });
  const result = await opened(bench, copy, contents);
  bench.remove(copy);
  return result;
}

async function opened(
  { options }: Bench,
  directory: string,
  { keys }: Contents,
): Promise<OpenResult> {
  const { inProcess } = options;
  const result = await runJob('openStore', { directory, close: true }, { inProcess });
  if (result.keys !== keys) throw new Error(`${result.keys} of ${keys} keys came back`);
  return result;
}

function figure(
  work: string,
  results: readonly OpenResult[],
  bound: number,
  etcdMs: number,
): Figure {
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
    measurements: [varve, constant(ETCD, etcdMs)],
    goals: [{ ...goal, reached: `${goal.reached} (${processorMs} ms of processor time)` }],
  };
}
