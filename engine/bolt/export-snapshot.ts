/**
 * An open store as an etcd snapshot, while it is used: the file that `etcdctl snapshot restore` takes (R152),
 * as of one moment. A private view sees nothing that is written later, and no record leaves it; records keep
 * their revisions, and those that compaction has removed are not there.
 *
 * Nothing is given out before everything in it is durable in the store itself.
 */
import type { ConcurrentReadTx } from '../backend/backend.ts';
import { traced } from '../base/tracing.ts';
import { BackupWriter } from '../maintenance/backup-file.ts';
import { diskError } from '../maintenance/disk-error.ts';
import type { Maintenance } from '../maintenance/maintenance.ts';
import type { BackupInfo, CallOptions } from '../types.ts';
import { boltLayout, boltPages, sizeBytesOf } from './bolt-writer.ts';
import { snapshotChunks } from './snapshot-chunks.ts';
import { type Shown, storeBuckets } from './store-buckets.ts';

export interface SnapshotContents {
  /** The current one. */
  readonly revision: number;
  /** -1: never compacted. */
  readonly compactRevision: number;
  /** HashKV at the revision, as etcd computes it (R140). */
  readonly hash: number;
}

/** Must be released, whether or not all of it was read. */
export interface EtcdSnapshot {
  /** Of all chunks together. The SHA-256 of them, which ends a snapshot file, is the receiver's to add. */
  readonly sizeBytes: number;
  readonly revision: number;
  readonly compactRevision: number;
  /** Of 32 KiB, the last one shorter. ERR_CLOSED if the store is closed meanwhile. */
  chunks(): AsyncGenerator<Uint8Array, void, void>;
  release(): void;
}

export interface WriteOptions extends CallOptions {
  /** Told now and then: which part of the file is written, 0 to 1, and how many bytes. */
  readonly onProgress?: (fraction: number, bytes: number) => void;
}

export interface SnapshotOptions extends CallOptions {
  /** Who has raised the alarm NOSPACE, if it is on. */
  readonly memberId?: bigint;
}

/** A store's file in etcd's form. */
export interface ExportInfo extends BackupInfo, SnapshotContents {}

/** The store as it is now. Yields to others while it is measured, and between chunks. */
export async function snapshotOf(
  maintenance: Maintenance,
  options: SnapshotOptions = {},
): Promise<EtcdSnapshot> {
  const { context, pins, jobs } = maintenance;
  const { kv, backend, pacer } = context;
  const revision = kv.rev();
  const compactRevision = kv.firstRev();
  const unpin = pins.hold(compactRevision);
  const view = backend.concurrentReadTx();
  const release = (): void => {
    view.close();
    unpin();
  };
  const { signal, memberId = 0n } = options;
  try {
    const raisedRevision = revision > impliedRevision(view, compactRevision) ? revision : undefined;
    const shown: Shown = { raisedRevision, memberId };
    const buckets = storeBuckets(view, shown);
    const layout = await jobs.run(signal, async (stopped) => {
      const counted = await pacer().run(boltLayout(buckets), stopped);
      await backend.flush();
      stopped();
      return counted;
    });
    const chunks = async function* (): AsyncGenerator<Uint8Array, void, void> {
      const pace = pacer();
      const pieces = snapshotChunks(boltPages(buckets, layout));
      for (;;) {
        // Whoever closes the store waits for one piece at most, and not for a slow receiver.
        const piece = await jobs.run(signal, async (stopped) => {
          await pace.rest();
          stopped();
          return pieces.next();
        });
        if (piece.done === true) return;
        yield piece.value;
      }
    };
    return { sizeBytes: sizeBytesOf(layout), revision, compactRevision, chunks, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** What a store finds to be its revision when it opens from the records alone (R89a). */
function impliedRevision({ revisions }: ConcurrentReadTx, compactRevision: number): number {
  const last = revisions.count === 0 ? 1 : revisions.mainOf(revisions.count - 1);
  return Math.max(1, last, compactRevision);
}

/**
 * Writes the file, with its digest. It gets its name when it is whole.
 *
 * Errors: ERR_INVALID_ARGUMENT (the file exists), ERR_NO_SPACE, ERR_POISONED, ERR_CLOSED.
 */
export function writeSnapshot(
  maintenance: Maintenance,
  target: string,
  options: WriteOptions = {},
): Promise<ExportInfo> {
  const { context, pins, jobs } = maintenance;
  const { kv, fs, directory, logger, pacer } = context;
  // From its first step on it is of this moment too.
  const unpin = pins.hold(kv.firstRev());
  const hashing = kv.hashByRev(0);
  const first = hashing.next();
  return traced('backup', { directory, target }, async (trace) => {
    try {
      const snapshot = await snapshotOf(maintenance, options);
      try {
        logger.debug({ target }, 'export begins');
        const { hash, revision, compactRevision } =
          first.done === true
            ? first.value
            : await jobs.run(options.signal, (stopped) => pacer().run(hashing, stopped));
        const written = await writeTo(new BackupWriter(fs, target), snapshot, options);
        const info = { revision, compactRevision, hash, ...written };
        logger.info({ target, ...info }, 'snapshot exported');
        Object.assign(trace, info);
        return info;
      } finally {
        snapshot.release();
      }
    } catch (error) {
      throw diskError(error, target);
    } finally {
      unpin();
    }
  });
}

async function writeTo(
  writer: BackupWriter,
  snapshot: EtcdSnapshot,
  { onProgress = () => {} }: WriteOptions,
): Promise<Pick<BackupInfo, 'bytes' | 'checksum'>> {
  try {
    let bytes = 0;
    for await (const chunk of snapshot.chunks()) {
      writer.add(chunk);
      bytes += chunk.length;
      onProgress(bytes / snapshot.sizeBytes, bytes);
      await writer.relieve();
    }
    return await writer.finish();
  } catch (error) {
    writer.abandon();
    throw error;
  }
}
