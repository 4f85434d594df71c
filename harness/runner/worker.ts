/** A thread that runs what it is told, chunk by chunk. */
import { parentPort, workerData } from 'node:worker_threads';
import { openTarget } from '../targets/targets.ts';
import { runChunk } from './chunks.ts';
import type { Chunk } from './plan.ts';
import { LEAVE, type WorkerInit } from './pool.ts';
import { Runner } from './run-one.ts';

const { target, plan, path } = workerData as WorkerInit;
// Refusals are answers, and by the thousand: a full stack for each would cost more than the rest of it.
Error.stackTraceLimit = 4;
const opened = openTarget(target);
const runner = new Runner(opened, plan);

parentPort?.on('message', (message: Chunk | typeof LEAVE) => {
  if (message === LEAVE) void leave();
  else void answer(message);
});

/** What was started beside the programs ends before the thread does. */
async function leave(): Promise<void> {
  await opened.close?.();
  parentPort?.close();
}

/** A bug of the harness itself ends the thread, and whoever waits for it is told. */
async function answer(chunk: Chunk): Promise<void> {
  const result = await runChunk(runner, chunk, path);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort?.postMessage(result);
}
