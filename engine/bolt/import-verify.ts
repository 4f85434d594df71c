/** Whether the store that an import has written is what the snapshot holds: read back as an open would. */
import { type Backend, LEASE_BUCKET } from '../backend/backend.ts';
import { revisionEntry } from '../backend/read-tx.ts';
import { AssertionError } from '../base/assert.ts';
import { crc32c } from '../base/crc32c.ts';
import { corrupt } from '../base/errors.ts';
import { type ClosedStore, readClosedStore } from '../maintenance/closed-store.ts';
import { inSlices } from '../maintenance/in-slices.ts';
import { Problems, verifyLayers } from '../maintenance/verify.ts';
import type { FileSystem } from '../vfs/fs.ts';
import type { Seen } from './import-records.ts';

/** Of the new store. */
export interface Imported {
  readonly revision: number;
  /** -1: never compacted. */
  readonly compactRevision: number;
  /** HashKV at the revision (R140): the number that the source gives for it. */
  readonly hash: number;
  /** That exist now. */
  readonly keys: number;
  readonly leases: number;
}

/** ERR_CORRUPT if not: the records contradict each other, or what was written cannot be read back. */
export async function verifyImport(
  fs: FileSystem,
  directory: string,
  source: string,
  seen: Seen,
  signal: AbortSignal | undefined,
): Promise<Imported> {
  try {
    return await readClosedStore(fs, directory, signal, (store) =>
      compared(store, source, seen, signal),
    );
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    throw corrupt(source, `its records contradict each other (${error.message})`, { cause: error });
  }
}

async function compared(
  { kv, backend, index }: ClosedStore,
  source: string,
  seen: Seen,
  signal: AbortSignal | undefined,
): Promise<Imported> {
  await inSlices(checkRecords(backend, source, seen), signal);
  const problems = new Problems();
  await inSlices(verifyLayers({ kv, backend }, problems), signal);
  const [problem] = problems.result().problems;
  if (problem !== undefined) throw corrupt(source, `it contradicts itself (${problem})`);
  const { hash, compactRevision, revision } = await inSlices(kv.hashByRev(0), signal);
  let leases = 0;
  backend.readTx().forEach(LEASE_BUCKET, () => void leases++);
  return { revision, compactRevision, hash, keys: index.liveCount, leases };
}

function* checkRecords(backend: Backend, source: string, seen: Seen): Generator<void, void, void> {
  const { revisions } = backend.readTx();
  let checksum = 0;
  let records = 0;
  let ordinal = revisions.nextLeft(0);
  for (; ordinal < revisions.count; ordinal = revisions.nextLeft(ordinal + 1)) {
    const { key, value } = revisionEntry(revisions, ordinal);
    checksum = crc32c(value, crc32c(key, checksum));
    if (++records % SLICE_RECORDS === 0) yield;
  }
  if (records === seen.records && checksum === seen.checksum) return;
  throw corrupt(
    source,
    `${seen.records} records with checksum ${seen.checksum} were read, and ${records} with ${checksum} are in the store: look after the disk`,
  );
}

const SLICE_RECORDS = 256;
