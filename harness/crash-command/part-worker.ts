/** A thread that runs one part, chunk by chunk. */
import { parentPort, workerData } from 'node:worker_threads';
import { runPartChunk, type PartInit } from './part-chunks.ts';
import type { Chunk } from '../runner/plan.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { PARTS } from './parts.ts';

const init = workerData as PartInit;
shrinkLimits();
// Refusals are answers here, and by the thousand.
Error.stackTraceLimit = 6;
const { part } = PARTS.get(init.part)!;

parentPort?.on('message', (chunk: Chunk) => void answer(chunk));

/** A bug of the harness itself ends the thread, and whoever waits for it is told. */
async function answer(chunk: Chunk): Promise<void> {
  const result = await runPartChunk(part, init, chunk);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort?.postMessage(result);
}
