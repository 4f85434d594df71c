/**
 * A copy of the whole store, while it is used. It shows the store as of one moment, the one of the call:
 * a private view sees nothing written later, and keeps what it sees on disk while segments are rewritten.
 * The copy gets its name only after everything in it is durable in the store itself, so that a crash never
 * leaves a backup that is ahead of its store.
 */
import type { BackendSnapshot } from '../backend/backend.ts';
import { snapshotChunks } from '../backend/snapshot.ts';
import { invalidArgument } from '../base/errors.ts';
import { traced } from '../base/tracing.ts';
import type { BackupInfo } from '../types.ts';
import { BackupWriter } from './backup-file.ts';
import type { MaintenanceContext } from './context.ts';
import { diskError } from './disk-error.ts';
import type { Stopped } from './jobs.ts';
import type { Pins } from './pins.ts';

/**
 * Errors: ERR_INVALID_ARGUMENT (the target exists, or `target.tmp`, which somebody writes or a killed
 * process left), ERR_NO_SPACE, ERR_POISONED. Whatever happens, no half of a file is left.
 */
export function backupTo(
  context: MaintenanceContext,
  pins: Pins,
  target: string,
  stopped: Stopped,
): Promise<BackupInfo> {
  if (typeof target !== 'string' || target === '') {
    return Promise.reject(invalidArgument('backup needs the path of a file that does not exist'));
  }
  const { kv, backend, directory } = context;
  const revision = kv.rev();
  const release = pins.hold(kv.firstRev());
  const view = backend.concurrentReadTx();
  const snapshot = { chunks: () => snapshotChunks(view), close: () => view.close() };
  return traced('backup', { directory, target }, async (trace) => {
    try {
      const info = { revision, ...(await write(context, snapshot, target, stopped)) };
      context.logger.info({ target, ...info }, 'backup written');
      Object.assign(trace, info);
      return info;
    } catch (error) {
      throw diskError(error, target);
    } finally {
      snapshot.close();
      release();
    }
  });
}

async function write(
  { fs, backend, logger, pacer }: MaintenanceContext,
  snapshot: BackendSnapshot,
  target: string,
  stopped: Stopped,
): Promise<{ readonly bytes: number; readonly checksum: string }> {
  const writer = new BackupWriter(fs, target);
  logger.debug({ target }, 'backup begins');
  const pace = pacer();
  try {
    for (const chunk of snapshot.chunks()) {
      writer.add(chunk);
      await pace.rest();
      await writer.relieve();
      stopped();
    }
    await backend.flush();
    stopped();
    return await writer.finish();
  } catch (error) {
    writer.abandon();
    throw error;
  }
}
