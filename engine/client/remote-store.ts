/** The Store interface over gRPC: each operation is a request or two, checked here as far as that can be. */
import { checkedInteger } from '../txn/range.ts';
import type {
  CallOptions,
  CompactOptions,
  DeleteOptions,
  DeleteResult,
  HashResult,
  Key,
  KeyValue,
  Op,
  PutOptions,
  PutResult,
  RangeOptions,
  RangeResult,
  ReadOptions,
  ReadView,
  Selector,
  Status,
  Store,
  TxnRequest,
  TxnResult,
  Value,
  Watch,
  WatchOptions,
} from '../types.ts';
import { KV, Maintenance } from '../wire/generated/rpc_pb.ts';
import type { Calls } from './calls.ts';
import { Compaction } from './compaction.ts';
import { RemoteLeases } from './remote-leases.ts';
import { RemoteReadView } from './remote-read-view.ts';
import { statusOf } from './remote-status.ts';
import { RemoteWrites } from './remote-writes.ts';
import { revisionOf } from './responses.ts';
import { WatchHub } from './watch-hub.ts';
import { watchOn } from './watching.ts';

const NO_OPTIONS = {};
/** Whatever takes as long as the store is large. */
const AS_LONG_AS_IT_TAKES = { timeoutMs: Number.POSITIVE_INFINITY };

export class RemoteStore implements Store {
  readonly leases: RemoteLeases;
  readonly #calls: Calls;
  readonly #compaction: Compaction;
  readonly #hub: WatchHub;
  readonly #writes: RemoteWrites;
  readonly #now: RemoteReadView;
  #isClosed = false;

  constructor(calls: Calls) {
    this.#calls = calls;
    this.#compaction = new Compaction(calls);
    this.#hub = new WatchHub(calls);
    this.leases = new RemoteLeases(calls, this.#hub);
    this.#writes = new RemoteWrites(calls, this.#compaction, this.leases, this.#hub);
    this.#now = new RemoteReadView(calls, this.#compaction);
  }

  // ── writing ──────────────────────────────────────────────────────────────

  async put(key: Key, value: Value, options: PutOptions = NO_OPTIONS): Promise<PutResult> {
    this.#calls.stops.check(options.signal);
    return this.#writes.put(key, value, options);
  }

  async delete(selector: Selector, options: DeleteOptions = NO_OPTIONS): Promise<DeleteResult> {
    this.#calls.stops.check(options.signal);
    return this.#writes.delete(selector, options);
  }

  async txn<const T extends readonly Op[], const E extends readonly Op[]>(
    request: TxnRequest<T, E>,
    options: CallOptions = NO_OPTIONS,
  ): Promise<TxnResult<T, E>> {
    this.#calls.stops.check(options.signal);
    return (await this.#writes.txn(request, options)) as TxnResult<T, E>;
  }

  // ── reading ──────────────────────────────────────────────────────────────

  get(key: Key, options: ReadOptions = NO_OPTIONS): Promise<KeyValue | undefined> {
    return this.#now.get(key, options);
  }
  has(key: Key, options: ReadOptions = NO_OPTIONS): Promise<boolean> {
    return this.#now.has(key, options);
  }
  range(selector: Selector, options: RangeOptions = NO_OPTIONS): Promise<RangeResult> {
    return this.#now.range(selector, options);
  }
  count(selector: Selector, options: ReadOptions = NO_OPTIONS): Promise<number> {
    return this.#now.count(selector, options);
  }
  iterate(selector: Selector, options: RangeOptions = NO_OPTIONS): AsyncIterableIterator<KeyValue> {
    return this.#now.iterate(selector, options);
  }

  at(revision: number): ReadView {
    checkedInteger('revision', revision);
    return new RemoteReadView(this.#calls, this.#compaction, revision);
  }

  watch(selector: Selector, options: WatchOptions = NO_OPTIONS): Watch {
    return watchOn(this.#hub, this.#calls, this.#compaction, selector, options);
  }

  // ── maintenance ──────────────────────────────────────────────────────────

  async compact(revision: number, options: CompactOptions = NO_OPTIONS): Promise<void> {
    const { signal, physical = false } = options;
    this.#calls.stops.check(signal);
    const request = { revision: BigInt(checkedInteger('revision', revision)), physical };
    try {
      const wait = physical ? AS_LONG_AS_IT_TAKES : NO_OPTIONS;
      await this.#calls.unary(KV.method.compact, request, { signal, ...wait });
      this.#compaction.note(revision);
    } catch (error) {
      throw await this.#compaction.completedCompaction(error, revision);
    }
  }

  /** Every endpoint has files of its own: one after another. */
  async defragment({ signal }: CallOptions = NO_OPTIONS): Promise<void> {
    for (const endpoint of this.#calls.connection.endpoints) {
      const call = { signal, endpoint, isRepeatable: true, ...AS_LONG_AS_IT_TAKES };
      await this.#calls.unary(Maintenance.method.defragment, {}, call);
    }
  }

  async hashKv(revision = 0): Promise<HashResult> {
    const request = { revision: BigInt(checkedInteger('revision', revision)) };
    const call = { isRepeatable: true, ...AS_LONG_AS_IT_TAKES };
    try {
      const found = await this.#calls.unary(Maintenance.method.hashKV, request, call);
      return {
        hash: found.hash,
        compactRevision: Number(found.compactRevision),
        revision: revisionOf(found.header),
      };
    } catch (error) {
      throw await this.#compaction.completed(error, revision);
    }
  }

  async status(): Promise<Status> {
    this.#calls.stops.check(undefined);
    return statusOf(this.#calls, this.#compaction);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#hub.close();
    this.leases.close();
    this.#calls.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
