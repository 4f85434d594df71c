/**
 * A backup's file: a snapshot (one segment, see `backend/snapshot.ts`), then the SHA-256 of all of it, as in
 * etcd's snapshots (R152). It is written aside and gets its name when it is whole and on disk.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { corrupt, VarveError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { SECTOR_BYTES } from '../log/format.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import { hasCode } from './disk-error.ts';

export const DIGEST_BYTES = 32;
/** A sync of this much at a time does not hold up the log's own syncs for long. */
const SYNC_BYTES = 4 * 1024 * 1024;

export class BackupWriter {
  readonly #fs: FileSystem;
  readonly #target: string;
  readonly #file: File;
  readonly #hash = createHash('sha256');
  #end = 0;
  #synced = 0;

  /** ERR_INVALID_ARGUMENT if the target exists. */
  constructor(fs: FileSystem, target: string) {
    this.#fs = fs;
    this.#target = target;
    refuseExisting(fs, target);
    this.#file = fs.open(`${target}.tmp`, 'create');
  }

  add(chunk: Uint8Array): void {
    this.#file.writeAt(chunk, this.#end);
    this.#hash.update(chunk);
    this.#end += chunk.length;
  }

  /** Now and then a part goes to disk, so that the last sync is short. */
  async relieve(): Promise<void> {
    if (this.#end - this.#synced < SYNC_BYTES) return;
    this.#synced = this.#end;
    await this.#file.syncInBackground();
  }

  async finish(): Promise<{ readonly bytes: number; readonly checksum: string }> {
    const digest = this.#hash.digest();
    this.#file.writeAt(digest, this.#end);
    await this.#file.syncInBackground();
    this.#file.close();
    refuseExisting(this.#fs, this.#target);
    this.#fs.rename(`${this.#target}.tmp`, this.#target);
    this.#fs.syncDirectory(dirname(this.#target));
    return { bytes: this.#end + DIGEST_BYTES, checksum: digest.toString('hex') };
  }

  /** What was written goes. */
  abandon(): void {
    this.#file.close();
    try {
      this.#fs.remove(`${this.#target}.tmp`);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
}

function refuseExisting(fs: FileSystem, target: string): void {
  try {
    fs.open(target, 'read').close();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    if (!hasCode(error, 'EISDIR')) throw error;
  }
  throw new VarveError(
    'ERR_INVALID_ARGUMENT',
    `${target} exists: a backup replaces nothing; name another file, or remove this one`,
  );
}

export interface CheckedBackup {
  /** Without the digest. */
  readonly contentBytes: number;
  readonly checksum: string;
}

/** Reads it all, in slices. ERR_CORRUPT if it is not what was written. */
export function* checkBackup(file: File): Generator<undefined, CheckedBackup, void> {
  const contentBytes = file.size() - DIGEST_BYTES;
  if (contentBytes < SECTOR_BYTES || contentBytes % SECTOR_BYTES !== 0) {
    throw corrupt(
      file.path,
      `${contentBytes + DIGEST_BYTES} bytes is no length that a backup can have: it was cut, or is something else; take another copy`,
    );
  }
  const hash = createHash('sha256');
  const slice = Buffer.allocUnsafe(Math.min(contentBytes, limits.backgroundSliceBytes));
  for (let at = 0; at < contentBytes; at += slice.length) {
    const part = slice.subarray(0, Math.min(slice.length, contentBytes - at));
    file.readAt(part, at);
    hash.update(part);
    yield;
  }
  const digest = Buffer.alloc(DIGEST_BYTES);
  file.readAt(digest, contentBytes);
  const checksum = hash.digest('hex');
  if (checksum !== digest.toString('hex')) {
    throw corrupt(
      file.path,
      `its SHA-256 is ${checksum} and it ends with ${digest.toString('hex')}: it is damaged, take another copy`,
    );
  }
  return { contentBytes, checksum };
}
