/** Turns of the event loop. */
import { setImmediate } from 'node:timers/promises';

/** Resolves after so many of them. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}
