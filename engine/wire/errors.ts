/**
 * Errors on the wire and in the store: one table both ways (SEMANTICS, section 11). A server sends etcd's text
 * without the advice that follows it in parentheses; a client knows an error by its text, else by its status.
 */
import { status } from '@grpc/grpc-js';
import { CompactedError, type ErrorCode, VarveError } from '../base/errors.ts';

export interface WireStatus {
  /** gRPC's number. */
  readonly code: number;
  readonly details: string;
}

/** What each code is sent as; those that are not named are sent as UNKNOWN. */
const STATUSES: Readonly<Partial<Record<ErrorCode, number>>> = {
  ERR_COMPACTED: status.OUT_OF_RANGE,
  ERR_FUTURE_REVISION: status.OUT_OF_RANGE,
  ERR_CONFLICT: status.FAILED_PRECONDITION,
  ERR_EMPTY_KEY: status.INVALID_ARGUMENT,
  ERR_KEY_NOT_FOUND: status.INVALID_ARGUMENT,
  ERR_VALUE_PROVIDED: status.INVALID_ARGUMENT,
  ERR_LEASE_PROVIDED: status.INVALID_ARGUMENT,
  ERR_DUPLICATE_KEY: status.INVALID_ARGUMENT,
  ERR_TOO_MANY_OPS: status.INVALID_ARGUMENT,
  ERR_REQUEST_TOO_LARGE: status.INVALID_ARGUMENT,
  ERR_INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  ERR_LEASE_NOT_FOUND: status.NOT_FOUND,
  ERR_LEASE_EXISTS: status.FAILED_PRECONDITION,
  ERR_LEASE_TTL_TOO_LARGE: status.OUT_OF_RANGE,
  ERR_NO_SPACE: status.RESOURCE_EXHAUSTED,
  ERR_CORRUPT: status.DATA_LOSS,
  ERR_READ_ONLY: status.FAILED_PRECONDITION,
  ERR_CLOSED: status.UNAVAILABLE,
  ERR_POISONED: status.UNAVAILABLE,
  ERR_UNAVAILABLE: status.UNAVAILABLE,
};

/** Texts of etcd that name an error whatever their status is. */
const TEXTS: readonly (readonly [text: string, code: ErrorCode])[] = [
  ['etcdserver: key is not provided', 'ERR_EMPTY_KEY'],
  ['etcdserver: key not found', 'ERR_KEY_NOT_FOUND'],
  ['etcdserver: value is provided', 'ERR_VALUE_PROVIDED'],
  ['etcdserver: lease is provided', 'ERR_LEASE_PROVIDED'],
  ['etcdserver: too many operations in txn request', 'ERR_TOO_MANY_OPS'],
  ['etcdserver: duplicate key given in txn request', 'ERR_DUPLICATE_KEY'],
  ['etcdserver: request is too large', 'ERR_REQUEST_TOO_LARGE'],
  ['etcdserver: mvcc: required revision is a future revision', 'ERR_FUTURE_REVISION'],
  ['etcdserver: too large lease TTL', 'ERR_LEASE_TTL_TOO_LARGE'],
  ['etcdserver: mvcc: database space exceeded', 'ERR_NO_SPACE'],
  ['etcdserver: requested lease not found', 'ERR_LEASE_NOT_FOUND'],
  ['etcdserver: lease already exists', 'ERR_LEASE_EXISTS'],
  ['etcdserver: corrupt cluster', 'ERR_CORRUPT'],
  ['etcdserver: invalid sort option', 'ERR_INVALID_ARGUMENT'],
  ['etcdserver: too many requests', 'ERR_UNAVAILABLE'],
];
const COMPACTED = 'etcdserver: mvcc: required revision has been compacted';

export function statusOf(error: unknown): WireStatus {
  if (!(error instanceof VarveError)) {
    return {
      code: status.UNKNOWN,
      details: error instanceof Error ? error.message : String(error),
    };
  }
  const { code, message } = error;
  const isEtcds = message.startsWith('etcdserver: ');
  return {
    code: STATUSES[code] ?? status.UNKNOWN,
    details: isEtcds ? message.replace(/ \(.*\)$|(?<=invalid sort option): .*$/s, '') : message,
  };
}

/** `compactRevision`: what to tell with ERR_COMPACTED, if it is known. */
export function errorOf(wire: WireStatus, compactRevision = 0): VarveError {
  const { code, details } = wire;
  if (details === COMPACTED) return new CompactedError(compactRevision);
  const known = TEXTS.find(([text]) => details === text || details.startsWith(`${text} `));
  const cause = { cause: wire };
  if (known !== undefined) return new VarveError(known[1], details, cause);
  return new VarveError(codeOf(code), `${details} (gRPC status ${code} ${status[code]})`, cause);
}

/** Of a status whose text is nothing that is known. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  [status.INVALID_ARGUMENT]: 'ERR_INVALID_ARGUMENT',
  [status.OUT_OF_RANGE]: 'ERR_INVALID_ARGUMENT',
  [status.FAILED_PRECONDITION]: 'ERR_INVALID_ARGUMENT',
  // grpc-js says this of a message that is larger than a side takes.
  [status.RESOURCE_EXHAUSTED]: 'ERR_REQUEST_TOO_LARGE',
  [status.NOT_FOUND]: 'ERR_NOT_FOUND',
  [status.DATA_LOSS]: 'ERR_CORRUPT',
};

const codeOf = (code: number): ErrorCode => CODES[code] ?? 'ERR_UNAVAILABLE';
