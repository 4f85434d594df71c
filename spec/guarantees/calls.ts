/** What clients asked, what they were answered and when, as plain data: what `kv.ts` judges by. */
import { selects } from '../model-range.ts';
import type { Bytes, Operation, Response, Selector, StepAnswer, WriteStep } from '../types.ts';

/** Times are integers on one scale. Calls of different clients may overlap. */
export interface Call {
  readonly operation: Operation;
  /** Undefined: no answer came. */
  readonly response: Response | undefined;
  readonly invokedAt: number;
  readonly returnedAt: number;
}

/** The current revision as the answer tells it; undefined if it does not. */
export function revisionIn(response: Response | undefined): number | undefined {
  return response !== undefined && 'revision' in response ? response.revision : undefined;
}

/** The revision that the call made; undefined if it made none, or does not say which. */
export function madeBy({ operation, response }: Call): number | undefined {
  if (response === undefined || !hasEffect(operation, response)) return undefined;
  return revisionIn(response);
}

function hasEffect(operation: Operation | WriteStep, response: Response | StepAnswer): boolean {
  if (response.kind === 'put') return true;
  if (response.kind === 'delete' || response.kind === 'deleted') return response.deleted > 0;
  // A put inside a write transaction.
  if (response.kind === 'done') return operation.op === 'put';
  return pairs(operation, response).some(([step, answer]) => hasEffect(step, answer));
}

/** Steps that ran, each with its answer. */
function pairs(
  operation: Operation | WriteStep,
  response: Response,
): [Operation | WriteStep, Response][] {
  if (operation.op === 'write' && response.kind === 'write') {
    return response.steps.map((answer, i) => [operation.steps[i]!, answer]);
  }
  if (operation.op === 'txn' && response.kind === 'txn') {
    const taken = response.succeeded ? operation.then : operation.else;
    return response.responses.map((answer, i) => [taken[i]!, answer]);
  }
  return [];
}

export interface Effects {
  /** Keys that it put and did not delete again. */
  readonly put: ReadonlySet<Bytes>;
  /** Of what these select it left nothing that was there before. */
  readonly deleted: readonly Selector[];
}

export function effectsOf({ operation, response }: Call): Effects {
  const put = new Set<Bytes>();
  const deleted: Selector[] = [];
  const follow = (step: Operation | WriteStep, answer: Response): void => {
    if (answer.kind === 'refused') return;
    if (step.op === 'put') put.add(step.key);
    if (step.op === 'delete') {
      deleted.push(step.selector);
      for (const key of put) if (selects(step.selector, key)) put.delete(key);
    }
    for (const [inner, its] of pairs(step, answer)) follow(inner, its);
  };
  if (response !== undefined) follow(operation, response);
  return { put, deleted };
}
