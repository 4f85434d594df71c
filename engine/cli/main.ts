#!/usr/bin/env node
/** The `varve` program: the process's streams and signals around `run`. */
import process from 'node:process';
import { run } from './run.ts';

/** The first signal asks the command to stop; a second one ends the process as usual. */
function interrupts(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort());
  }
  return controller.signal;
}

async function main(): Promise<void> {
  const { argv, env, stdin, stdout, stderr } = process;
  // Not process.exit: output that is still on its way to a pipe would be lost.
  process.exitCode = await run(argv.slice(2), { stdin, stdout, stderr, env, interrupts });
}

void main();
