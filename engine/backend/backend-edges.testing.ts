/** Backends for tests, and what is needed to fill and compare them. Not part of the build. */
import { crc32c } from '../base/crc32c.ts';
import { encodeRevision } from '../base/revision.ts';
import { emptyFs, logOptions } from '../log/log.testing.ts';
import type { FileSystem } from '../vfs/index.ts';
import type { Backend, BatchTx, NewRevision, ReadTx } from './backend.ts';
import { encodeKeyValue } from './key-value-message.ts';
import { LogBackend, type LogBackendOptions } from './log-backend.ts';
import { MemoryBackend } from './memory-backend.ts';

export interface OpenBackend {
  backend: Backend;
  /** Closes it and opens it again; only for backends that keep anything. */
  readonly reopen?: () => Promise<Backend>;
  readonly dispose: () => Promise<void>;
}

export async function openMemoryBackend(): Promise<OpenBackend> {
  const backend = MemoryBackend.open();
  return { backend, dispose: () => backend.close() };
}

export async function openLogBackend(
  options: Partial<LogBackendOptions> = {},
  fs: FileSystem = emptyFs(),
): Promise<OpenBackend> {
  const open = (): Promise<Backend> => LogBackend.open({ ...logOptions(fs), ...options });
  const opened = {
    backend: await open(),
    reopen: async (): Promise<Backend> => {
      await opened.backend.close();
      opened.backend = await open();
      return opened.backend;
    },
    dispose: (): Promise<void> => opened.backend.close(),
  };
  return opened;
}

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

export const revision = (main: number, more: Partial<NewRevision> = {}): NewRevision => ({
  main,
  sub: 0,
  tombstone: false,
  key: `k${main}`,
  value: `v${main}`,
  create: main,
  version: 1,
  lease: 0n,
  ...more,
});

export const tombstone = (main: number, key: string, sub = 0): NewRevision =>
  revision(main, { key, sub, tombstone: true, value: '', create: 0, version: 0 });

/** The same record as bytes: revision key and KeyValue message. */
export function entryOf(record: NewRevision): [key: Uint8Array, value: Uint8Array] {
  const { main, sub, tombstone: deleted, key, create, version, lease } = record;
  const value = typeof record.value === 'string' ? Buffer.from(record.value) : record.value;
  return [
    encodeRevision(main, sub, deleted),
    encodeKeyValue({ key, value, create, version, lease, mod: deleted ? 0 : main }),
  ];
}

/** Everything in it, as text. */
export function contentOf(tx: ReadTx): string[] {
  const lines: string[] = [];
  for (const bucket of tx.buckets()) {
    lines.push(`[${bucket}]`);
    tx.forEach(bucket, (key, value) => {
      lines.push(`${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('hex')}`);
    });
  }
  return lines;
}

/** R146, from the bytes that the backend shows. */
export function hashOf(tx: ReadTx, ignored: readonly string[] = []): number {
  const parts: Uint8Array[] = [];
  for (const bucket of tx.buckets()) {
    parts.push(Buffer.from(bucket));
    tx.forEach(bucket, (key, value) => {
      if (!ignored.includes(`${bucket}/${Buffer.from(key).toString('latin1')}`)) {
        parts.push(key, value);
      }
    });
  }
  return crc32c(Buffer.concat(parts));
}

/** Some of everything. */
export function fill(batch: BatchTx): void {
  batch.begin();
  batch.createBucket('auth');
  batch.put('auth', bytes('root'), bytes('secret'));
  batch.put('meta', bytes('consistent_index'), bytes('\x00\x07'));
  batch.end();
  for (let main = 2; main < 12; main++) {
    batch.putRevision(revision(main, { lease: BigInt(main % 3) }));
  }
  batch.begin();
  batch.putRevision(revision(12, { key: 'x', value: new Uint8Array([0, 255, 128]) }));
  batch.putRevision(tombstone(12, 'k3', 1));
  batch.putRevision(revision(12, { key: 'y', sub: 2, value: '' }));
  batch.end();
}
