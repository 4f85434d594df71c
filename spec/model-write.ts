/**
 * Writing (R40-R43, R50, R51). A function here either refuses and does nothing, or adds its changes to
 * the list it was given, all of them under the revision it was given.
 *
 * That list is a copy, made by `model.ts` for one transaction. The transaction takes effect by becoming
 * the store's list, and is rolled back by being forgotten: nothing else is needed for R74.
 */
import { type Change, currentRevision, stateAt } from './history.ts';
import { checkSelector, read, type Readable, selects } from './model-range.ts';
import {
  conflict,
  emptyKey,
  invalidArgument,
  keyNotFound,
  leaseNotFound,
  leaseProvided,
  requestTooLarge,
  valueProvided,
} from './refusals.ts';
import type {
  Bytes,
  Delete,
  KeyValue,
  Put,
  Refusal,
  Response,
  StepAnswer,
  Write,
  WriteStep,
} from './types.ts';

export interface Effect {
  /** What was there before: the key put, or every key deleted, in key order. */
  readonly before: readonly KeyValue[];
}

/** What a put is checked against besides the list of changes. */
export interface PutRules {
  readonly requestBytesMax: number;
  readonly hasLease: (id: bigint) => boolean;
}

export function put(
  changes: Change[],
  revision: number,
  request: Put,
  rules: PutRules,
): Effect | Refusal {
  const before = aliveNow(changes, (key) => key === request.key);
  const old = before.at(0);
  const refused = checkPut(request, rules.requestBytesMax) ?? checkPutAgainst(old, request, rules);
  if (refused !== undefined) return refused;
  changes.push({
    type: 'put',
    revision,
    key: request.key,
    value: request.ignoreValue === true ? old!.value : request.value,
    // R43: no lease given is none from now on.
    lease: request.ignoreLease === true ? old!.lease : (request.lease ?? 0n),
  });
  return { before };
}

/** R40, the checks that need no store, in this order. */
export function checkPut(request: Put, requestBytesMax: number): Refusal | undefined {
  const { key, value, lease = 0n, ignoreValue = false, ignoreLease = false } = request;
  if (key === '') return emptyKey;
  if (ignoreValue && value !== '') return valueProvided;
  if (ignoreLease && lease !== 0n) return leaseProvided;
  if (key.length + value.length > requestBytesMax) return requestTooLarge;
  return undefined;
}

/**
 * R40, the checks against the store. `ifModRevision` is not etcd's: it is looked at once the request
 * itself is in order.
 */
function checkPutAgainst(
  old: KeyValue | undefined,
  request: Put,
  { hasLease }: PutRules,
): Refusal | undefined {
  const { lease = 0n, ignoreValue = false, ignoreLease = false, ifModRevision } = request;
  if (lease !== 0n && !hasLease(lease)) return leaseNotFound;
  const isUnlike = ifModRevision !== undefined && (old?.modRevision ?? 0) !== ifModRevision;
  if (isUnlike) return conflict(old);
  if ((ignoreValue || ignoreLease) && old === undefined) return keyNotFound;
  return undefined;
}

/** R51: one tombstone a key, in key order. R3: no key, no change. */
export function deleteRange(
  changes: Change[],
  revision: number,
  request: Delete,
): Effect | Refusal {
  const { selector, ifModRevision } = request;
  const refused = checkSelector(selector);
  if (refused !== undefined) return refused;
  const before = aliveNow(changes, (key) => selects(selector, key));
  if (ifModRevision !== undefined) {
    if (!('key' in selector)) return invalidArgument;
    if ((before.at(0)?.modRevision ?? 0) !== ifModRevision) return conflict(before.at(0));
  }
  for (const { key } of before) changes.push({ type: 'delete', revision, key });
  return { before };
}

/**
 * Several calls under the next revision, each of which sees what those before it did (R71). An answer
 * other than `write` means that nothing of it holds.
 */
export function write(
  changes: Change[],
  { steps, lenient = false }: Write,
  readable: Readable,
  rules: PutRules,
): Response {
  const next = currentRevision(changes) + 1;
  const answers: StepAnswer[] = [];
  for (const step of steps) {
    if (step.op === 'throw') return { kind: 'rolled back', steps: answers };
    const answer = perform(step);
    if (answer.kind === 'refused' && !lenient) return answer;
    answers.push(answer);
  }
  return { kind: 'write', revision: currentRevision(changes), steps: answers };

  function perform(step: Exclude<WriteStep, { op: 'throw' }>): StepAnswer {
    if (step.op === 'get' || step.op === 'range') return read(changes, step, readable);
    if (step.op === 'put') {
      const effect = put(changes, next, step, rules);
      return isRefusal(effect) ? effect : { kind: 'done' };
    }
    const effect = deleteRange(changes, next, step);
    return isRefusal(effect) ? effect : { kind: 'deleted', deleted: effect.before.length };
  }
}

export function isRefusal(effect: Effect | Refusal): effect is Refusal {
  return 'kind' in effect;
}

/** With everything the open transaction has done so far (R71). */
function aliveNow(changes: readonly Change[], isMeant: (key: Bytes) => boolean): KeyValue[] {
  return stateAt(changes, Number.POSITIVE_INFINITY).filter(({ key }) => isMeant(key));
}
