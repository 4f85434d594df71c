/**
 * Every error the specification knows: its code, and etcd's own words where etcd has this error
 * (SEMANTICS, section 11). Errors that etcd does not have are told apart by their code alone.
 */
import type { KeyValue, Refusal } from './types.ts';

const codes = new Set<string>();

/** All of their codes. */
export const refusalCodes: ReadonlySet<string> = codes;

export const emptyKey: Refusal = refusal('ERR_EMPTY_KEY', 'etcdserver: key is not provided');

export const keyNotFound: Refusal = refusal('ERR_KEY_NOT_FOUND', 'etcdserver: key not found');

export const valueProvided: Refusal = refusal(
  'ERR_VALUE_PROVIDED',
  'etcdserver: value is provided',
);

export const leaseProvided: Refusal = refusal(
  'ERR_LEASE_PROVIDED',
  'etcdserver: lease is provided',
);

export const leaseNotFound: Refusal = refusal(
  'ERR_LEASE_NOT_FOUND',
  'etcdserver: requested lease not found',
);

export const leaseExists: Refusal = refusal('ERR_LEASE_EXISTS', 'etcdserver: lease already exists');

export const leaseTtlTooLarge: Refusal = refusal(
  'ERR_LEASE_TTL_TOO_LARGE',
  'etcdserver: too large lease TTL',
);

export const requestTooLarge: Refusal = refusal(
  'ERR_REQUEST_TOO_LARGE',
  'etcdserver: request is too large',
);

export const futureRevision: Refusal = refusal(
  'ERR_FUTURE_REVISION',
  'etcdserver: mvcc: required revision is a future revision',
);

const belowCompacted = refusal(
  'ERR_COMPACTED',
  'etcdserver: mvcc: required revision has been compacted',
);

export const compacted = (compactRevision: number): Refusal =>
  compactRevision > 0 ? { ...belowCompacted, compactRevision } : belowCompacted;

export const tooManyOps: Refusal = refusal(
  'ERR_TOO_MANY_OPS',
  'etcdserver: too many operations in txn request',
);

export const duplicateKey: Refusal = refusal(
  'ERR_DUPLICATE_KEY',
  'etcdserver: duplicate key given in txn request',
);

/** A condition on a mod revision did not hold. In etcd that is a transaction that did not succeed. */
const unlikeExpected = refusal('ERR_CONFLICT', '');

export const conflict = (current: KeyValue | undefined): Refusal =>
  current === undefined ? unlikeExpected : { ...unlikeExpected, current };

export const invalidArgument: Refusal = refusal('ERR_INVALID_ARGUMENT', '');

function refusal(code: string, text: string): Refusal {
  codes.add(code);
  return { kind: 'refused', code, text };
}
