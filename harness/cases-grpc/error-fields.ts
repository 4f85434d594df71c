/** A status as the recorded cases write it. What is no status is thrown on. */
import { type ServiceError, status } from '@grpc/grpc-js';
import type { Fields } from '../cases/recorded.ts';

export function errorFields(error: unknown): Fields {
  const { code, details } = error as Partial<ServiceError>;
  if (code === undefined || details === undefined) throw error;
  return { error: { code, status: status[code], message: details } };
}
