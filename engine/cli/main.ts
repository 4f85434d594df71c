#!/usr/bin/env node
/** The `varve` program: the process's streams and signals around `run`. */
import process from 'node:process';
import { run } from './run.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** One signal may come twice: from a terminal or a supervisor, and again from whatever was started between. */
const ECHO_MS = 200;

/** The first signal asks the command to stop; a later one ends the process as usual. */
function interrupts(): AbortSignal {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstAtMs === undefined) {
      firstAtMs = performance.now();
      controller.abort();
    } else if (performance.now() - firstAtMs > ECHO_MS) {
      for (const each of SIGNALS) process.off(each, onSignal);
      process.kill(process.pid, signal);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return controller.signal;
}

async function main(): Promise<void> {
  // Of packages and their use of Node: nothing that whoever types a command can do anything about.
  process.noDeprecation = true;
  const { argv, env, stdin, stdout, stderr } = process;
  // Not process.exit: output that is still on its way to a pipe would be lost.
  process.exitCode = await run(argv.slice(2), { stdin, stdout, stderr, env, interrupts });
}

void main();
