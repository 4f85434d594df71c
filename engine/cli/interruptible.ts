/** For commands that can stop halfway: Ctrl-C is an end of its own, not an unexpected error. */
import { CliError, EXIT } from './cli-error.ts';
import type { CliIo } from './io.ts';

/** `afterwards` says in what state an interruption leaves everything; a function, as of that moment. */
export async function interruptible<R>(
  io: CliIo,
  afterwards: string | (() => string),
  run: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const signal = io.interrupts();
  try {
    return await run(signal);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    throw new CliError('ERR_INTERRUPTED', 'interrupted', {
      exit: EXIT.interrupted,
      hint: typeof afterwards === 'string' ? afterwards : afterwards(),
      cause: error,
    });
  }
}
