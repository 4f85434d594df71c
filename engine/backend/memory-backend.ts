/**
 * A backend that keeps everything in memory and forgets it on close: what `openMemory` stands on. It is
 * always durable, as far as memory goes: commits are immediate and cannot fail.
 */
import type { KeyString } from '../base/bytes.ts';
import type { CommitWaiter } from '../log/commit-job.ts';
import { RECORD_REMOVE, type RecordFields, recordBytesMax } from '../log/record.ts';
import type { Backend, StoredRevision } from './backend.ts';
import { BackendState } from './backend-state.ts';
import type { Storage } from './storage.ts';
import { StorageBackend } from './storage-backend.ts';

export class MemoryBackend {
  static open(): Backend {
    const state = new BackendState();
    return new StorageBackend(state, new MemoryStorage(state));
  }
}

class MemoryRevision implements StoredRevision {
  readonly main: number;
  readonly sub: number;
  readonly create: number;
  readonly version: number;
  readonly lease: bigint;
  readonly bytes: number;
  readonly #key: KeyString;
  readonly #value: Uint8Array;

  constructor(record: RecordFields) {
    this.main = record.main;
    this.sub = record.sub;
    this.create = record.create;
    this.version = record.version;
    this.lease = record.lease;
    this.bytes = recordBytesMax(record);
    this.#key = record.key;
    // Not `slice`: that of a Buffer shares its memory, and the caller may write on.
    this.#value =
      typeof record.value === 'string' ? Buffer.from(record.value) : new Uint8Array(record.value);
  }

  key(): KeyString {
    return this.#key;
  }
  value(): Uint8Array {
    return new Uint8Array(this.#value);
  }
}

class MemoryStorage implements Storage {
  readonly activeSlot = 0;
  readonly failure = undefined;
  readonly syncDurations = undefined;
  appendedBytes = 0;
  readonly #state: BackendState;
  /** The place of a revision is its index here; dead ones stay until `clean`. */
  #revisions: MemoryRevision[] = [];
  #lengthBefore = 0;

  constructor(state: BackendState) {
    this.#state = state;
  }

  get durableRevision(): number {
    return this.#state.table.lastMain;
  }
  get sizeBytes(): number {
    return this.#state.space.liveBytes;
  }

  begin(): void {
    this.#lengthBefore = this.#revisions.length;
  }
  end(): void {}
  rollback(): void {
    this.#revisions.length = this.#lengthBefore;
  }

  append(record: RecordFields): number {
    this.appendedBytes = recordBytesMax(record);
    // The small buckets' entries live in their maps, and what is removed needs no record here.
    if (record.bucket !== 0 || record.kind === RECORD_REMOVE) return 0;
    return this.#revisions.push(new MemoryRevision(record)) - 1;
  }

  read(_slot: number, at: number): StoredRevision {
    return this.#revisions[at]!;
  }

  request(): void {}
  onFailure(): void {}
  wait(waiter: CommitWaiter): void {
    waiter.committed();
  }
  flush(): Promise<void> {
    return Promise.resolve();
  }
  commitNow(): void {}

  defrag(): Promise<void> {
    this.clean();
    return Promise.resolve();
  }

  /** Memory is cleaned at once: it is a walk over an array. */
  clean(): void {
    const { table } = this.#state;
    const alive: MemoryRevision[] = [];
    for (let at = table.nextLeft(0); at < table.count; at = table.nextLeft(at + 1)) {
      if (this.#state.isNeeded(at)) {
        table.move(at, 0, alive.push(this.#revisions[table.placeOf(at)]!) - 1);
      } else {
        table.forget(at);
      }
    }
    this.#revisions = alive;
  }

  *verify(): Generator<void, void, void> {}

  close(): Promise<void> {
    this.#revisions = [];
    return Promise.resolve();
  }
}
