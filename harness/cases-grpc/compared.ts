/** An answer and what was recorded of it, as plain data. */
import { createHash } from 'node:crypto';
import { type Fields, plain, rangesMet, resolved, type Step } from '../cases/recorded.ts';

export interface Compared {
  readonly actual: unknown;
  readonly expected: unknown;
}

export function compared(answer: Fields, step: Step, wanted: Fields, base: number): Compared {
  const expected = plain(resolved(wanted, base));
  const actual = rangesMet(plain(digestsMet(relevant(answer, step, wanted), expected)), expected);
  return { actual, expected };
}

/** Only what was recorded of it. */
export function picked(answer: Fields, { pick }: Step): Fields {
  if (pick === undefined || 'error' in answer) return answer;
  return Object.fromEntries(pick.map((path) => [path, fieldAt(answer, path)]));
}

/** Null if it is absent. */
function fieldAt(answer: Fields, path: string): unknown {
  let found: unknown = answer;
  for (const name of path.split('.')) found = (found as Fields | undefined)?.[name];
  return found ?? null;
}

/**
 * Hashes, and what they are compared with, were recorded only where they are the same in every run. Keys of a
 * lease have no order.
 */
function relevant(answer: Fields, { op }: Step, expected: Fields): Fields {
  if (op === 'leaseTimeToLive' && 'keys' in answer) {
    const keys = (answer['keys'] as readonly Uint8Array[]).toSorted((a, b) => Buffer.compare(a, b));
    return { ...answer, keys };
  }
  if (op !== 'hashKV' || 'error' in answer) return answer;
  const { hash, compact_revision, ...rest } = answer;
  return {
    ...rest,
    ...('hash' in expected && { hash }),
    ...('compact_revision' in expected && { compact_revision }),
  };
}

/** Long bytes were recorded by their digest: those that have it are replaced by it. */
function digestsMet(answer: unknown, expected: unknown): unknown {
  if (typeof expected !== 'object' || expected === null) return answer;
  if (answer instanceof Uint8Array) return '$sha256' in expected ? digestOf(answer) : answer;
  if (Array.isArray(answer)) {
    return answer.map((element, i) => digestsMet(element, (expected as readonly unknown[])[i]));
  }
  if (typeof answer !== 'object' || answer === null) return answer;
  const fields = Object.entries(answer).map(([name, field]) => [
    name,
    digestsMet(field, (expected as Fields)[name]),
  ]);
  return Object.fromEntries(fields);
}

const digestOf = (bytes: Uint8Array): Fields => ({
  $sha256: createHash('sha256').update(bytes).digest('hex'),
  $len: bytes.length,
});
