/**
 * Lines that are typed while a watch goes on: `put key value` and `del key`, as in a transaction, each a
 * revision of its own. On a terminal a mistake is told and costs nothing; in a script it is the end.
 */
import { createInterface } from 'node:readline';
import type { Op, Store } from '../types.ts';
import { failureOf } from './cli-error.ts';
import type { Call } from './command.ts';
import { LineScanner } from './txn/line-scanner.ts';
import { opOf } from './txn/op-text.ts';

/** Until the input ends, or the signal aborts. */
export async function writeTyped(
  { io, errors }: Call,
  store: Store,
  signal: AbortSignal,
): Promise<void> {
  const crlfDelay = Number.POSITIVE_INFINITY;
  const lines = createInterface({ input: io.stdin, crlfDelay, signal });
  let number = 0;
  for await (const text of lines) {
    if (signal.aborted) break;
    const line = new LineScanner(text, ++number);
    if (line.isAtEnd()) continue;
    try {
      await store.txn({ then: [writeOf(line)] });
    } catch (error) {
      if (io.stdin.isTTY !== true) throw error;
      for (const said of failureOf(error).lines) await errors.line(said);
      await errors.flush();
    }
  }
}

function writeOf(line: LineScanner): Op {
  const op = opOf(line);
  if (op.op === 'range') throw line.error('put or del, not get: a watch shows what changes', 1);
  return op;
}
