/**
 * Several clients asked at the same time. Their answers are right if there is an order in which the calls
 * could have happened one after another, each at some moment between its start and its answer, such that
 * the model gives the same answers.
 *
 *     client 1   |-- put a=1: revision 2 --|   |-- get a: 1 --|
 *     client 2          |------ delete a: revision 3, deleted 1 ------|
 *
 * Put, get, delete explains all three; put, delete, get does not.
 */
import type { Call } from '../../spec/guarantees/calls.ts';
import type { Model } from '../../spec/model.ts';
import { isSame } from './same.ts';

/** An order that explains the answers, or undefined. The one in which they were called is tried first. */
export function linearize(model: Model, calls: readonly Call[]): readonly Call[] | undefined {
  return search(
    model,
    calls.toSorted((a, b) => a.invokedAt - b.invokedAt),
  );
}

function search(model: Model, left: readonly Call[]): readonly Call[] | undefined {
  // What was never answered need not have happened at all.
  if (left.every(({ response }) => response === undefined)) return [];
  const firstReturn = Math.min(...left.map(({ returnedAt }) => returnedAt));
  for (const call of left) {
    // What was called after another one had answered cannot have come before it.
    if (call.invokedAt > firstReturn) continue;
    const after = model.clone();
    const response = after.step(call.operation);
    if (call.response !== undefined && !isSame(response, call.response)) continue;
    const rest = search(
      after,
      left.filter((other) => other !== call),
    );
    if (rest !== undefined) return [call, ...rest];
  }
  return undefined;
}
