/**
 * What the tests of salvage and diagnosis share: stores in memory with a history that is written down beside
 * them, damage of every kind, and all that can be read of a store.
 */
import { LEASE_BUCKET, type ReadTx } from '../backend/backend.ts';
import { LogBackend } from '../backend/log-backend.ts';
import { keyStringOf } from '../base/bytes.ts';
import { systemClock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { silentLogger } from '../base/logger.ts';
import { encodeLeaseKey, encodeLeaseRecord } from '../lease/lease-record.ts';
import { decodeSegmentHeader, segmentSalt } from '../log/format.ts';
import { intactFrames, isSegmentName, readWindow } from '../log/salvage-segment.ts';
import { KvStore } from '../mvcc/kvstore.ts';
import type { HashResult, KeyValue } from '../types.ts';
import { type FileSystem, memoryFs } from '../vfs/index.ts';

export const DIRECTORY = '/store';
export const OUT = '/out';

/** A change, as it was asked for; no value: a deletion. */
export interface Written {
  readonly key: string;
  readonly value: string | undefined;
  readonly revision: number;
}

/** Small segments and early checkpoints, so that a short history has all the files of a long one. */
const SMALL = {
  segmentSizeBytesMin: 4096,
  checkpointRecordsMin: 16,
  checkpointBytesMin: 4096,
  idleMarkDelayMs: 60_000,
};

export async function withLimits<R>(
  changed: Partial<typeof limits>,
  run: () => Promise<R>,
): Promise<R> {
  const before = { ...limits };
  Object.assign(limits, changed);
  try {
    return await run();
  } finally {
    Object.assign(limits, before);
  }
}

export interface OpenStore {
  readonly kv: KvStore;
  readonly tx: ReadTx;
  readonly flush: () => Promise<void>;
  readonly clean: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The layers of a store, without what works in the background. */
export async function openStore(
  fs: FileSystem,
  directory: string,
  readOnly = false,
): Promise<OpenStore> {
  const { index, restore } = KvStore.newIndex(() => 0.5);
  if (!readOnly) fs.makeDirectory(directory);
  const backend = await LogBackend.open({
    fs,
    directory,
    index: restore,
    readOnly,
    sync: 'commit',
    batchIntervalMs: 100,
    batchLimit: 10_000,
    segmentSizeBytes: 4096,
    cacheSizeBytes: 1024 * 1024,
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
  });
  return {
    kv: new KvStore(backend, index),
    tx: backend.readTx(),
    flush: () => backend.flush(),
    clean: () => backend.defrag(),
    close: () => backend.close(),
  };
}

/** A store that is written to, and a list of what was written. */
export class Scribe {
  readonly written: Written[] = [];
  readonly #store: OpenStore;

  constructor(store: OpenStore) {
    this.#store = store;
  }

  /** One transaction, in a frame of its own. */
  async write(changes: Readonly<Record<string, string | undefined>>): Promise<number> {
    const { kv } = this.#store;
    const revision = kv.rev() + 1;
    const tx = kv.write();
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined) tx.deleteRange(key, undefined);
      else tx.put(key, value, 0n);
      this.written.push({ key, value, revision });
    }
    tx.end();
    await this.#store.flush();
    return revision;
  }

  async grant(id: bigint): Promise<void> {
    const tx = this.#store.kv.write();
    const record = encodeLeaseRecord({ id, ttlSeconds: 60, remainingSeconds: 0 });
    tx.putRecord(LEASE_BUCKET, encodeLeaseKey(id).slice(), record);
    tx.end();
    await this.#store.flush();
  }

  async compact(revision: number): Promise<void> {
    this.#store.kv.compact(revision);
    await this.#store.flush();
    for (const _ of this.#store.kv.removeCompacted(revision));
    await this.#store.flush();
  }

  /** Four segments and more: 90 revisions of twelve keys, a lease, some deletions. */
  async fill(from = 0): Promise<void> {
    for (let i = from; i < from + 90; i++) {
      const key = `key${i % 12}`;
      const isAlive = this.#store.kv.get(key, 0, true) !== undefined;
      if (i === 40) await this.grant(7n);
      if (i % 13 === 12 && isAlive) await this.write({ [key]: undefined });
      else if (i % 10 === 9) await this.write({ [key]: `t${i}`, [`also${i % 4}`]: `${i}` });
      else await this.write({ [key]: `${i}`.repeat((i % 7) * 20 + 1) });
    }
  }
}

export interface Filled {
  readonly fs: FileSystem;
  readonly written: readonly Written[];
}

export interface Filling {
  /** Segments are rewritten where that gives half of them back. */
  readonly isCleaned?: boolean;
  /** The process just ends. */
  readonly isKilled?: boolean;
  readonly more?: (scribe: Scribe, store: OpenStore) => Promise<void>;
}

export function filledStore(filling: Filling = {}): Promise<Filled> {
  const { isCleaned = false, isKilled = false, more } = filling;
  const cleanShare = isCleaned ? limits.cleanShare : Number.POSITIVE_INFINITY;
  return withLimits({ ...SMALL, cleanShare }, async () => {
    const fs = memoryFs();
    const store = await openStore(fs, DIRECTORY);
    const scribe = new Scribe(store);
    await scribe.fill();
    await more?.(scribe, store);
    const left = isKilled ? copyOf(fs) : fs;
    await store.close();
    return { fs: left, written: scribe.written };
  });
}

/** All files as they are at this moment, on a disk of their own. */
export function copyOf(fs: FileSystem, directory: string = DIRECTORY): FileSystem {
  return diskOf(namesOf(fs, directory).map((name) => [name, bytesOf(fs, `${directory}/${name}`)]));
}

export function diskOf(files: Iterable<readonly [string, Buffer]>): FileSystem {
  const fs = memoryFs();
  fs.makeDirectory(DIRECTORY);
  for (const [name, content] of files) {
    const created = fs.open(`${DIRECTORY}/${name}`, 'create');
    created.writeAt(content, 0);
    created.close();
  }
  return fs;
}

/** An intact frame, and where it lies. */
export interface FrameAt {
  readonly path: string;
  readonly at: number;
  readonly sequence: number;
  /** 0 if it has none. */
  readonly firstRevision: number;
  readonly kind: number;
}

/** In the order of the sequences. */
export function framesOf(fs: FileSystem): FrameAt[] {
  const frames = namesOf(fs)
    .filter(isSegmentName)
    .flatMap((name) => {
      const path = `${DIRECTORY}/${name}`;
      const window = readWindow(fs, path);
      const { storeId, id } = decodeSegmentHeader(window.buffer)!;
      return Array.from(intactFrames(window, segmentSalt(storeId, id)), ({ at, header }) => {
        const { sequence, firstRevision, kind } = header;
        return { path, at, sequence, firstRevision, kind };
      });
    });
  return frames.sort((a, b) => a.sequence - b.sequence);
}

/** One bit of this frame's payload, or of its header if it has none. */
export function breakFrame(fs: FileSystem, { path, at, kind }: FrameAt): void {
  change(fs, path, (bytes) => {
    bytes[at + (kind === 1 ? 60 : 24)]! ^= 1;
  });
}

export interface Seen {
  readonly revision: number;
  readonly compactRevision: number;
  readonly kvs: readonly KeyValue[];
  readonly leases: number;
  /** Of bucket `key`, that are not removed. */
  readonly records: number;
  /** From the compacted revision on. */
  readonly hashes: readonly HashResult[];
}

/** All that can be read; `hashes` at every revision, which takes its time. */
export async function seen(
  fs: FileSystem,
  directory: string,
  { hashed = true }: { readonly hashed?: boolean } = {},
): Promise<Seen> {
  const store = await openStore(fs, directory, true);
  try {
    const { kv } = store;
    const { kvs } = kv.range('\0', '\uffff', RANGE_ALL);
    const hashes: HashResult[] = [];
    const first = hashed ? Math.max(1, kv.firstRev()) : kv.rev() + 1;
    for (let revision = first; revision <= kv.rev(); revision++) {
      const job = kv.hashByRev(revision);
      let step = job.next();
      while (step.done !== true) step = job.next();
      hashes.push(step.value);
    }
    let leases = 0;
    store.tx.forEach(LEASE_BUCKET, () => leases++);
    const records = livingIn(store.tx);
    return { revision: kv.rev(), compactRevision: kv.firstRev(), kvs, leases, records, hashes };
  } finally {
    await store.close();
  }
}

function livingIn({ revisions }: ReadTx): number {
  let count = 0;
  let at = revisions.nextLeft(0);
  for (; at < revisions.count; at = revisions.nextLeft(at + 1)) if (!revisions.isDead(at)) count++;
  return count;
}

const RANGE_ALL = { revision: 0, limit: 0, reverse: false, keysOnly: false, want: 'kvs' } as const;

export const keyOf = ({ keyBytes }: KeyValue): string => keyStringOf(keyBytes);

export function namesOf(fs: FileSystem, directory: string = DIRECTORY): string[] {
  return fs.list(directory).filter((name) => !name.startsWith('LOCK'));
}

export function bytesOf(fs: FileSystem, path: string): Buffer {
  const file = fs.open(path, 'read');
  const bytes = Buffer.alloc(file.size());
  file.readAt(bytes, 0);
  file.close();
  return bytes;
}

/** Names and bytes of all files, to compare. */
export function image(fs: FileSystem, directory: string = DIRECTORY): Map<string, string> {
  return new Map(
    fs.list(directory).map((name) => [name, bytesOf(fs, `${directory}/${name}`).toString('hex')]),
  );
}

/** What the tests do to a file. */
export function change(fs: FileSystem, path: string, edit: (bytes: Buffer) => Buffer | void): void {
  const bytes = bytesOf(fs, path);
  const changed = edit(bytes) ?? bytes;
  const file = fs.open(path, 'write');
  file.truncate(0);
  file.writeAt(changed, 0);
  file.close();
}
