/** Long work on a closed directory, step by step. */
import type { File } from '../vfs/fs.ts';

const SLICE_MS = 5;

/** Syncs the files that the job yields; lets others run between slices. Ends with the signal's reason. */
export async function inSlices<R>(
  job: Generator<File | undefined | void, R>,
  signal: AbortSignal | undefined,
): Promise<R> {
  let begun = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const step = job.next();
    if (step.done === true) return step.value;
    if (step.value !== undefined) await step.value.syncInBackground();
    else if (performance.now() - begun > SLICE_MS) await new Promise(setImmediate);
    else continue;
    begun = performance.now();
  }
}
