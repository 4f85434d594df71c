/** A store that is asked what a real etcd was asked: one step after another, in the protocol's words. */
import { type EmbeddedStore, open, openMemory } from '../../engine/index.ts';
import { type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { DIRECTORY, diskWith, imageOf } from '../properties/disk-image.ts';
import {
  deleteAnswer,
  errorAnswer,
  headerOf,
  putAnswer,
  rangeAnswer,
  txnAnswer,
} from './answers.ts';
import type { Fields } from './recorded.ts';
import {
  type DeleteMessage,
  deleteOp,
  type PutMessage,
  putOp,
  type RangeMessage,
  rangeOp,
  type TxnMessage,
  txnOf,
} from './requests.ts';

export type Kind = 'memory' | 'directory';

/** Steps that a store of this kind understands. */
export function understands(kind: Kind, op: string): boolean {
  if (kind === 'memory' && (op === 'restart' || op === 'kill')) return false;
  return Object.hasOwn(CALLS, op) || op === 'restart' || op === 'kill' || op === 'sleep';
}

const CALLS: Readonly<Record<string, (store: EmbeddedStore, req: Fields) => Promise<Fields>>> = {
  async range(store, req: RangeMessage) {
    const { selector, options = {} } = rangeOp(req);
    if (req.count_only !== true) return rangeAnswer(req, await store.range(selector, options));
    const count = await store.count(selector, options);
    return { header: headerOf(store.revision), count: count || undefined };
  },
  async put(store, req: PutMessage) {
    const { key, value, options } = putOp(req);
    return putAnswer(await store.put(key, value, options));
  },
  async deleteRange(store, req: DeleteMessage) {
    const { selector, options } = deleteOp(req);
    return deleteAnswer(await store.delete(selector, options));
  },
  async txn(store, req: TxnMessage) {
    return txnAnswer(req, await store.txn(txnOf(req)));
  },
  async compact(store, req: { revision?: number; physical?: boolean }) {
    await store.compact(req.revision ?? 0, { physical: req.physical ?? false });
    return { header: headerOf(store.revision) };
  },
  async hashKV(store, req: { revision?: number }) {
    const { hash, compactRevision, revision } = await store.hashKv(req.revision);
    return { header: headerOf(revision), hash, compact_revision: compactRevision };
  },
  async status(store) {
    return { header: headerOf((await store.status()).revision) };
  },
  async defragment(store) {
    await store.defragment();
    return {};
  },
};

export class Subject {
  readonly #kind: Kind;
  #fs: FileSystem = memoryFs();
  #store!: EmbeddedStore;
  /** Stores that were killed: what they go on writing nobody sees. */
  readonly #killed: EmbeddedStore[] = [];

  private constructor(kind: Kind) {
    this.#kind = kind;
  }

  static async open(kind: Kind): Promise<Subject> {
    const subject = new Subject(kind);
    await subject.#open();
    return subject;
  }

  get revision(): number {
    return this.#store.revision;
  }

  /** The response, or the error in the protocol's shape. */
  async ask(op: string, req: Fields): Promise<Fields> {
    if (op === 'restart') {
      await this.#store.close();
      await this.#open();
      return { ok: true };
    }
    if (op === 'kill') {
      this.#killed.push(this.#store);
      this.#fs = diskWith(imageOf(this.#fs));
      await this.#open();
      return { ok: true };
    }
    try {
      return await CALLS[op]!(this.#store, req);
    } catch (error) {
      return errorAnswer(error);
    }
  }

  async close(): Promise<void> {
    for (const store of [...this.#killed, this.#store]) await store.close();
  }

  async #open(): Promise<void> {
    const isMemory = this.#kind === 'memory';
    this.#store = isMemory ? await openMemory() : await open(DIRECTORY, { fs: this.#fs });
  }
}
