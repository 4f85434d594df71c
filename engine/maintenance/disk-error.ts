/** What the operating system says of a file that is no part of an open store, as an error that says what to do. */
import { type ErrorCode, VarveError } from '../base/errors.ts';

const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['ERR_NOT_FOUND', 'check the path'],
  EEXIST: ['ERR_INVALID_ARGUMENT', 'name another, or remove it if nobody needs it'],
  EISDIR: ['ERR_INVALID_ARGUMENT', 'name a file'],
  ENOTDIR: ['ERR_INVALID_ARGUMENT', 'check the path'],
  EACCES: ['ERR_READ_ONLY', 'check its permissions'],
  EPERM: ['ERR_READ_ONLY', 'check its permissions'],
  EROFS: ['ERR_READ_ONLY', 'check its permissions'],
  ENOSPC: ['ERR_NO_SPACE', 'free some space and try again; nothing was left behind'],
  EDQUOT: ['ERR_NO_SPACE', 'free some space and try again; nothing was left behind'],
};

/** Everything else is passed on as it is. */
export function diskError(error: unknown, path: string): unknown {
  const { code, message } = error as { code?: unknown; message?: string };
  if (error instanceof VarveError || typeof code !== 'string') return error;
  const [known, advice] = CODES[code] ?? ['ERR_UNAVAILABLE', 'look after the disk'];
  return new VarveError(known, `${path}: ${message}: ${advice}`, { cause: error });
}

export function hasCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown }).code === code;
}
