/**
 * Checks a closed store, and changes nothing: first the files by themselves, then, if they are whole, the
 * store that opens from them, its checkpoint against its log.
 */
import { AssertionError } from '../base/assert.ts';
import { invalidArgument, VarveError } from '../base/errors.ts';
import { traced } from '../base/tracing.ts';
import { holdsStore } from '../log/open-log.ts';
import { verifyClosedLog } from '../log/verify-log.ts';
import type { CallOptions, VerifyReport } from '../types.ts';
import type { FileSystem, Lock } from '../vfs/fs.ts';
import { nodeFs } from '../vfs/node-fs.ts';
import { readClosedStore } from './closed-store.ts';
import { diskError, hasCode } from './disk-error.ts';
import { inSlices } from './in-slices.ts';
import { Problems, verifyLayers } from './verify.ts';

export interface VerifyOptions extends CallOptions {
  readonly fs?: FileSystem;
}

/**
 * Every checksum and invariant of the store in this directory, which must not be open. Damage is reported,
 * not thrown; nothing is repaired.
 *
 * Errors: ERR_NOT_FOUND, ERR_LOCKED, ERR_INVALID_ARGUMENT (no store; a format of another version).
 * @public
 */
export function verifyDirectory(
  directory: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  return traced('verify', { directory }, async (trace) => {
    const { fs = nodeFs, signal } = options;
    if (typeof directory !== 'string' || directory === '') {
      throw invalidArgument('verify needs the path of a directory');
    }
    try {
      const lock = lockOf(fs, directory);
      try {
        const report = await verify(fs, directory, signal);
        Object.assign(trace, { problems: report.problems.length });
        return report;
      } finally {
        lock.release();
      }
    } catch (error) {
      throw diskError(error, directory);
    }
  });
}

/** A store on a medium that cannot be written needs no lock: nobody can write it. */
function lockOf(fs: FileSystem, directory: string): Lock {
  if (!holdsStore(fs, directory)) {
    throw new VarveError('ERR_NOT_FOUND', `there is no store in ${directory}: check the path`);
  }
  try {
    return fs.lock(`${directory}/LOCK`);
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].some((code) => hasCode(error, code))) throw error;
    return { release: () => {} };
  }
}

async function verify(
  fs: FileSystem,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<VerifyReport> {
  const problems = new Problems();
  await inSlices(verifyClosedLog(fs, directory, problems.report), signal);
  // The files alone say it; what opens from damaged ones is worth no further look.
  if (!problems.any) await verifyOpened(fs, directory, signal, problems);
  return problems.result();
}

async function verifyOpened(
  fs: FileSystem,
  directory: string,
  signal: AbortSignal | undefined,
  problems: Problems,
): Promise<void> {
  try {
    await readClosedStore(fs, directory, signal, ({ kv, backend }) =>
      inSlices(verifyLayers({ kv, backend }, problems), signal),
    );
  } catch (error) {
    const isDamage = error instanceof VarveError && error.code === 'ERR_CORRUPT';
    if (!isDamage && !(error instanceof AssertionError)) throw error;
    problems.report(
      isDamage
        ? error.message
        : `${directory}: the files contradict each other (${error.message}): restore a backup`,
    );
  }
}
