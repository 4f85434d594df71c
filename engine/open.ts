/** From a directory to a store: lock, recover, wire the layers. */
import type { Backend } from './backend/backend.ts';
import { LogBackend } from './backend/log-backend.ts';
import { MemoryBackend } from './backend/memory-backend.ts';
import { AssertionError } from './base/assert.ts';
import { corrupt, invalidArgument, VarveError } from './base/errors.ts';
import { Pacer } from './base/pacer.ts';
import { traced } from './base/tracing.ts';
import { Lessor } from './lease/lessor.ts';
import { restoreLeases } from './lease/restore-leases.ts';
import { holdsStore } from './log/open-log.ts';
import { Maintenance } from './maintenance/maintenance.ts';
import { KvStore } from './mvcc/kvstore.ts';
import { type StoreOptions, storeOptions } from './options.ts';
import { LocalStore } from './store.ts';
import type { EmbeddedStore, OpenOptions } from './types.ts';
import type { Lock } from './vfs/fs.ts';

/**
 * Opens the store in this directory, for this process alone; creates it unless told otherwise.
 *
 * Errors: ERR_LOCKED (another process, or this one, has it open), ERR_NOT_FOUND (no store there and
 * `createIfMissing` is false), ERR_CORRUPT (something durable is damaged; says where), ERR_READ_ONLY
 * (no permission to write), ERR_INVALID_ARGUMENT (options; a directory that is not a store; a format
 * of another version), ERR_NO_SPACE.
 * @public
 */
export async function open(directory: string, options: OpenOptions = {}): Promise<EmbeddedStore> {
  if (typeof directory !== 'string' || directory === '') {
    throw invalidArgument('open needs the path of a directory; openMemory needs none');
  }
  const checked = storeOptions(options);
  checked.signal?.throwIfAborted();
  try {
    return await openDirectory(directory, checked);
  } catch (error) {
    throw typed(error, directory);
  }
}

/** A store that lives in memory and is gone when closed; everything else is the same. @public */
export async function openMemory(options: OpenOptions = {}): Promise<EmbeddedStore> {
  const checked = storeOptions(options);
  checked.signal?.throwIfAborted();
  const { index, restore } = KvStore.newIndex(checked.random);
  restore.finish();
  const backend = MemoryBackend.open();
  return storeOf(new KvStore(backend, index), backend, checked, undefined, () => {});
}

function storeOf(
  kv: KvStore,
  backend: Backend,
  options: StoreOptions,
  directory: string | undefined,
  release: () => void,
): EmbeddedStore {
  const { fs, clock, logger } = options;
  const activity = (): number => kv.rev();
  // What was there at the start is on disk, though no record may bear that revision any more.
  const revisionAtOpen = kv.rev();
  const isAwaited = (): boolean => kv.rev() > Math.max(revisionAtOpen, backend.durableRevision());
  const pacer = (pressure?: () => number): Pacer =>
    new Pacer({ clock, activity, isAwaited, pressure });
  const context = { kv, backend, fs, directory, clock, logger, pacer };
  return new LocalStore(
    new Maintenance(context, options),
    lessorOf(kv, backend, options),
    options,
    release,
  );
}

function lessorOf(kv: KvStore, backend: Backend, options: StoreOptions): Lessor {
  const { clock, random, leaseCheckpoints: checkpoints } = options;
  const lessor = new Lessor({ now: () => clock.now(), random, checkpoints });
  restoreLeases(lessor, backend.readTx(), kv.index);
  return lessor;
}

async function openDirectory(directory: string, options: StoreOptions): Promise<EmbeddedStore> {
  const { fs, createIfMissing, readOnly } = options;
  if (createIfMissing && !readOnly) fs.makeDirectory(directory);
  else requireStore(directory, options);
  holdsStore(fs, directory);
  const lock = readOnly ? lockIfWritable(directory, options) : fs.lock(`${directory}/LOCK`);
  try {
    const { kv, backend } = await traced('recovery', { directory }, async (trace) => {
      const opened = await recover(directory, options);
      Object.assign(trace, { revision: opened.kv.rev(), keys: opened.kv.index.liveCount });
      return opened;
    });
    return storeOf(kv, backend, options, directory, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function recover(
  directory: string,
  options: StoreOptions,
): Promise<{ readonly kv: KvStore; readonly backend: Backend }> {
  const { index, restore } = KvStore.newIndex(options.random);
  const backend = await LogBackend.open({ ...options, directory, index: restore });
  return { kv: new KvStore(backend, index), backend };
}

function requireStore(directory: string, { fs }: StoreOptions): void {
  let exists = false;
  try {
    exists = holdsStore(fs, directory);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  }
  if (!exists) {
    throw new VarveError(
      'ERR_NOT_FOUND',
      `there is no store in ${directory}: check the path, or open it with createIfMissing`,
    );
  }
}

/** A store on a medium that cannot be written needs no lock: nobody can write it. */
function lockIfWritable(directory: string, { fs }: StoreOptions): Lock {
  try {
    return fs.lock(`${directory}/LOCK`);
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(String((error as { code?: unknown }).code))) {
      throw error;
    }
    return { release: () => {} };
  }
}

/** Whatever the operating system or a broken invariant says, as a VarveError that says what to do. */
function typed(error: unknown, directory: string): unknown {
  if (error instanceof VarveError) return error;
  if (error instanceof AssertionError) {
    const what = `the files contradict each other (${error.message}): restore a backup`;
    return corrupt(directory, what, { cause: error });
  }
  const { code, message } = error as { code?: unknown; message?: string };
  const options = { cause: error };
  switch (code) {
    case 'ENOENT':
      return new VarveError(
        'ERR_NOT_FOUND',
        `${directory} cannot be opened (${message}): check the path`,
        options,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new VarveError(
        'ERR_READ_ONLY',
        `${directory} cannot be written (${message}): check its permissions, or open it with readOnly`,
        options,
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new VarveError(
        'ERR_INVALID_ARGUMENT',
        `${directory} is not a directory (${message})`,
        options,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new VarveError(
        'ERR_NO_SPACE',
        `no space left for ${directory} (${message}): free some and open it again`,
        options,
      );
    default:
      if (typeof code !== 'string') return error;
      return new VarveError(
        'ERR_UNAVAILABLE',
        `${directory} cannot be opened (${message}): look after the disk and try again`,
        options,
      );
  }
}
