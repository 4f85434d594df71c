/**
 * A transaction in etcdctl's interactive form: three blocks of lines, each ended by an empty line or the
 * end of the input. Blocks may be empty, the last ones may be left out.
 *
 *     mod("key1") > "0"              compares: all must hold, none always do
 *
 *     put key1 "overwrote-key1"      what is done if they hold
 *
 *     put key1 "created-key1"        what is done if not
 */
import type { Compare, Op, TxnRequest } from '../../types.ts';
import { compareOf } from './compare-text.ts';
import { LineScanner } from './line-scanner.ts';
import { opOf } from './op-text.ts';

export const PROMPTS = [
  'compares:',
  'success requests (get, put, del):',
  'failure requests (get, put, del):',
] as const;

/**
 * Reads lines until the third block has ended. `prompt`, if there is one, is told what comes next; then
 * whoever types is not expected to end the input as well.
 */
export async function textTxn(
  lines: AsyncIterable<string>,
  prompt?: (text: string) => Promise<void>,
): Promise<TxnRequest> {
  const compares: Compare[] = [];
  const branches: readonly [Op[], Op[]] = [[], []];
  let block = 0;
  let number = 0;
  await prompt?.(PROMPTS[0]);
  for await (const text of lines) {
    const line = new LineScanner(text, ++number);
    if (line.isAtEnd()) {
      block++;
      const next = PROMPTS[block];
      if (next !== undefined) await prompt?.(next);
      else if (prompt !== undefined) break;
    } else if (block === 0) {
      compares.push(compareOf(line));
    } else {
      const branch = branches[block - 1];
      if (branch === undefined) {
        throw line.error('a transaction has three blocks: compares, success and failure requests');
      }
      branch.push(opOf(line));
    }
  }
  return { if: compares, then: branches[0], else: branches[1] };
}
