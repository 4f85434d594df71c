/**
 * What may be done after a failed call. A request that only reads may be asked again whatever has happened;
 * any other only when it is certain that nobody has looked at it.
 */
import { type ServiceError, status } from '@grpc/grpc-js';
import { VarveError } from '../base/errors.ts';
import { errorOf } from '../wire/errors.ts';

/** Words of grpc-js for calls that never left, and of etcd for those it would not begin with. */
const UNSEEN = /^(No connection established|Name resolution failed|etcdserver: too many requests)/;
const STALE_TOKEN = /^etcdserver: (invalid auth token|revision of auth store is old)/;
/** The answer was lost, or somebody on the way has given up. */
const IN_DOUBT: ReadonlySet<number> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
  status.UNKNOWN,
  status.INTERNAL,
]);

export const wasUnseen = ({ details }: ServiceError): boolean => UNSEEN.test(details);
export const isTokenStale = ({ details }: ServiceError): boolean => STALE_TOKEN.test(details);

/** A server that is ended may cancel what it is asked; a call that is given up here is not looked at. */
const isLost = ({ code }: ServiceError): boolean =>
  code === status.UNAVAILABLE || code === status.CANCELLED;

/** Whoever was asked is of no use now. */
export const isEndpointLost = (error: ServiceError): boolean =>
  isLost(error) || error.code === status.DEADLINE_EXCEEDED;

export function isWorthRepeating(error: ServiceError, isRepeatable: boolean): boolean {
  return wasUnseen(error) || (isRepeatable && isLost(error));
}

/** What the caller is told. */
export function callError(error: ServiceError, isRepeatable: boolean): VarveError {
  if (wasUnseen(error)) return new VarveError('ERR_UNAVAILABLE', error.details, { cause: error });
  const told = errorOf(error);
  const isInDoubt = told.code === 'ERR_UNAVAILABLE' && IN_DOUBT.has(error.code);
  if (isRepeatable || !isInDoubt) return told;
  return new VarveError(
    'ERR_UNAVAILABLE',
    `${told.message}: whether it took effect is unknown, look before you repeat it`,
    { cause: error },
  );
}
