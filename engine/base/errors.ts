/**
 * Every error that a caller can meet. `code` is stable and made for programs; `message` says what to do,
 * and is etcd's own text where etcd has one (SEMANTICS, section 11).
 */
export type ErrorCode =
  | 'ERR_COMPACTED'
  | 'ERR_FUTURE_REVISION'
  | 'ERR_CONFLICT'
  | 'ERR_EMPTY_KEY'
  | 'ERR_KEY_NOT_FOUND'
  | 'ERR_VALUE_PROVIDED'
  | 'ERR_LEASE_PROVIDED'
  | 'ERR_DUPLICATE_KEY'
  | 'ERR_TOO_MANY_OPS'
  | 'ERR_REQUEST_TOO_LARGE'
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_LEASE_NOT_FOUND'
  | 'ERR_LEASE_EXISTS'
  | 'ERR_LEASE_TTL_TOO_LARGE'
  | 'ERR_NO_SPACE'
  | 'ERR_CORRUPT'
  | 'ERR_LOCKED'
  | 'ERR_NOT_FOUND'
  | 'ERR_READ_ONLY'
  | 'ERR_CLOSED'
  | 'ERR_POISONED'
  | 'ERR_SLOW_WATCHER'
  | 'ERR_UNAVAILABLE';

/** @public */
export class VarveError extends Error {
  override readonly name: string = 'VarveError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The revision asked for lies below the compacted one (R20): re-read at `compactRevision` or later. @public */
export class CompactedError extends VarveError {
  override readonly name = 'CompactedError';
  readonly compactRevision: number;

  constructor(compactRevision: number) {
    super('ERR_COMPACTED', 'etcdserver: mvcc: required revision has been compacted');
    this.compactRevision = compactRevision;
  }
}

/** etcd's own texts, one maker a text. */
export const futureRevision = (): VarveError =>
  new VarveError('ERR_FUTURE_REVISION', 'etcdserver: mvcc: required revision is a future revision');
export const emptyKey = (): VarveError =>
  new VarveError('ERR_EMPTY_KEY', 'etcdserver: key is not provided');
export const keyNotFound = (): VarveError =>
  new VarveError('ERR_KEY_NOT_FOUND', 'etcdserver: key not found');
export const valueProvided = (): VarveError =>
  new VarveError('ERR_VALUE_PROVIDED', 'etcdserver: value is provided');
export const leaseProvided = (): VarveError =>
  new VarveError('ERR_LEASE_PROVIDED', 'etcdserver: lease is provided');
export const leaseNotFound = (): VarveError =>
  new VarveError('ERR_LEASE_NOT_FOUND', 'etcdserver: requested lease not found');
export const leaseExists = (): VarveError =>
  new VarveError('ERR_LEASE_EXISTS', 'etcdserver: lease already exists');
export const leaseTtlTooLarge = (): VarveError =>
  new VarveError('ERR_LEASE_TTL_TOO_LARGE', 'etcdserver: too large lease TTL');
export const requestTooLarge = (sizeBytes: number, limitBytes: number): VarveError =>
  new VarveError(
    'ERR_REQUEST_TOO_LARGE',
    `etcdserver: request is too large (${sizeBytes} bytes, the limit is ${limitBytes}: raise maxRequestBytes or split the value)`,
  );
export const invalidArgument = (message: string): VarveError =>
  new VarveError('ERR_INVALID_ARGUMENT', message);
export const closed = (): VarveError =>
  new VarveError('ERR_CLOSED', 'the store is closed: open it again to go on');
/** Damage to something durable: `where` names file and offset. */
export const corrupt = (where: string, what: string, options?: ErrorOptions): VarveError =>
  new VarveError('ERR_CORRUPT', `${where}: ${what}`, options);
