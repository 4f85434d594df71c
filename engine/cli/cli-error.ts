/**
 * How a command ends: exit codes, the errors that are the command line's own, and the one or two
 * lines that a person sees of any error. A stack trace is for VARVE_DEBUG=1 only.
 *
 *     varve: no such file or directory: ../etcd (ERR_SOURCE)
 *       hint: a repository elsewhere is cloned first: git clone --bare <url>
 */
import { CompactedError, type ErrorCode, VarveError } from '../base/errors.ts';

export const EXIT = {
  ok: 0,
  nothing: 1,
  usage: 2,
  store: 3,
  source: 4,
  unexpected: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Shown by `varve --help`; scripts may rely on it. */
export const EXIT_HELP = `Exit codes:
  0    done
  1    nothing found: a missing key, an empty range, nothing to delete; doctor and
       repair: something is damaged or lost
  2    usage: an unknown command or option, a value that makes no sense
  3    the store refused: none there, locked, damaged, a future revision, ...
  4    import-git: the source cannot be read, or is another than the store's
  5    anything else, for instance a full disk or a missing package
  130  interrupted: import-git goes on where it was when it is run again, and
       watch says where to go on`;

export type CliErrorCode =
  | 'ERR_USAGE'
  | 'ERR_KEY_NOT_FOUND'
  | 'ERR_MISSING_PACKAGE'
  | 'ERR_INTERRUPTED'
  | 'ERR_VERIFY'
  | 'ERR_UNAVAILABLE'
  | 'ERR_SOURCE'
  | 'ERR_GIT_MISSING'
  | 'ERR_GIT'
  | 'ERR_NOT_A_REPOSITORY'
  | 'ERR_UNKNOWN_REF'
  | 'ERR_BAD_HISTORY'
  | 'ERR_OTHER_HISTORY';

export interface CliErrorOptions extends ErrorOptions {
  readonly exit?: ExitCode;
  readonly hint?: string;
}

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;
  readonly exit: ExitCode;
  readonly hint: string | undefined;

  constructor(code: CliErrorCode, message: string, options: CliErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.exit = options.exit ?? EXIT.source;
    this.hint = options.hint;
  }
}

export const usageError = (message: string, hint?: string): CliError =>
  new CliError('ERR_USAGE', message, {
    exit: EXIT.usage,
    ...(hint === undefined ? {} : { hint }),
  });

/** The engine's messages say what to do in a program; these say it for this command line. */
const STORE_HINTS: Partial<Record<ErrorCode, string>> = {
  ERR_NOT_FOUND: '`varve put` and `varve import-git` create a store; check the directory',
  ERR_FUTURE_REVISION: '`varve status` shows the current revision',
  ERR_EMPTY_KEY: 'a key has at least one byte; `varve range <dir>` shows them all',
  ERR_LEASE_NOT_FOUND: '`varve lease list` shows the leases there are; perhaps it expired',
  ERR_LEASE_EXISTS: '`varve lease keep-alive` renews it; without --id every grant is another lease',
  ERR_CORRUPT: 'nothing was changed; `varve doctor <dir>` says what is damaged, and what to do',
};

export interface Failure {
  readonly exit: ExitCode;
  /** Without line feeds. */
  readonly lines: readonly string[];
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) {
    return { exit: error.exit, lines: linesOf(error.message, error.code, error.hint) };
  }
  if (error instanceof VarveError) {
    const { code, message } = error;
    return { exit: EXIT.store, lines: linesOf(message, code, storeHint(error)) };
  }
  const { message, code } = plain(error);
  const isSystem = code !== '';
  const hint = isSystem ? undefined : 'this looks like a bug: VARVE_DEBUG=1 shows where';
  return { exit: EXIT.unexpected, lines: linesOf(message, code, hint) };
}

function storeHint(error: VarveError): string | undefined {
  if (error instanceof CompactedError) {
    return `the oldest revision that is left is ${error.compactRevision}`;
  }
  return STORE_HINTS[error.code];
}

function linesOf(message: string, code: string, hint: string | undefined): string[] {
  const line = `varve: ${oneLine(message)}${code === '' ? '' : ` (${code})`}`;
  return hint === undefined ? [line] : [line, `  hint: ${oneLine(hint)}`];
}

function plain(error: unknown): { message: string; code: string } {
  if (!(error instanceof Error)) return { message: String(error), code: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Node's own messages begin with the code, which is to be said once.
  const message = error.message.startsWith(`${code}: `)
    ? error.message.slice(code.length + 2)
    : error.message;
  return { message: message === '' ? error.name : message, code };
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*[\r\n]+\s*/g, '; ');
}
