/** Puts, deletes and transactions. Conditions on a mod revision are transactions of one compare. */
import type { DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { leaseNotFound } from '../base/errors.ts';
import { modRevision } from '../txn/builders.ts';
import { leaseIdOf } from '../txn/limits.ts';
import { ConflictError } from '../txn/put.ts';
import type {
  CallOptions,
  DeleteOptions,
  DeleteResult,
  Key,
  PutOptions,
  PutResult,
  Selector,
  TxnRequest,
  TxnResult,
  Value,
} from '../types.ts';
import { KV, type RequestOpSchema, type ResponseOp } from '../wire/generated/rpc_pb.ts';
import type { Calls } from './calls.ts';
import type { Compaction } from './compaction.ts';
import type { RemoteLeases } from './remote-leases.ts';
import { deleteRequest, type PutInit, putRequest } from './requests.ts';
import { deleteResult, keyValueOf, putResult } from './responses.ts';
import { checkedTxn, compareInit, txnRequest, txnResult } from './txn-messages.ts';
import type { WatchHub } from './watch-hub.ts';

const { method } = KV;

export class RemoteWrites {
  readonly #calls: Calls;
  readonly #compaction: Compaction;
  readonly #leases: RemoteLeases;
  readonly #hub: WatchHub;

  constructor(calls: Calls, compaction: Compaction, leases: RemoteLeases, hub: WatchHub) {
    this.#calls = calls;
    this.#compaction = compaction;
    this.#leases = leases;
    this.#hub = hub;
  }

  put(key: Key, value: Value, options: PutOptions): Promise<PutResult> {
    const request = putRequest(key, value, options);
    return options.ifModRevision === undefined
      ? this.#send(method.put, request, options).then(putResult)
      : this.#putIf(options.ifModRevision, request, options);
  }

  delete(selector: Selector, options: DeleteOptions): Promise<DeleteResult> {
    const request = deleteRequest(selector, options);
    if (options.ifModRevision === undefined) {
      return this.#send(method.deleteRange, request, options).then(deleteResult);
    }
    const op = { request: { case: 'requestDeleteRange', value: request } } as const;
    return this.#conditional(options.ifModRevision, request.key, op, options).then((response) => {
      if (response.case !== 'responseDeleteRange') throw new TypeError('no answer to a delete');
      return deleteResult(response.value);
    });
  }

  async txn(request: TxnRequest, options: CallOptions): Promise<TxnResult> {
    const { isReadOnly } = checkedTxn(request);
    const init = txnRequest(request);
    try {
      const { signal } = options;
      const after = isReadOnly ? undefined : this.#hub.registered();
      const call = { signal, after, isRepeatable: isReadOnly };
      return txnResult(await this.#calls.unary(method.txn, init, call));
    } catch (error) {
      throw await this.#compaction.completed(error);
    }
  }

  async #putIf(expected: number, request: PutInit, options: PutOptions): Promise<PutResult> {
    const op = { request: { case: 'requestPut', value: request } } as const;
    const lease = leaseIdOf(options.lease);
    let response: ResponseOp['response'];
    try {
      response = await this.#conditional(expected, request.key, op, options);
    } catch (error) {
      // A transaction only looks at the lease if its compare holds: it should be missed before.
      const isConflict = error instanceof ConflictError;
      const status = isConflict && lease !== 0n && (await this.#leases.timeToLive(lease));
      throw status !== false && status.grantedTtlSeconds === 0 ? leaseNotFound() : error;
    }
    if (response.case !== 'responsePut') throw new TypeError('no answer to a put');
    return putResult(response.value);
  }

  /** The answer to `op`, or ConflictError. */
  async #conditional(
    expected: number,
    key: Uint8Array,
    op: MessageInitShape<typeof RequestOpSchema>,
    options: CallOptions,
  ): Promise<ResponseOp['response']> {
    const { succeeded, responses } = await this.#send(
      method.txn,
      {
        compare: [compareInit(modRevision(key).eq(expected))],
        success: [op],
        failure: [{ request: { case: 'requestRange', value: { key } } }],
      },
      options,
    );
    const { response } = responses[0]!;
    if (succeeded || response.case !== 'responseRange') return response;
    const [current] = response.value.kvs;
    throw new ConflictError(expected, current && keyValueOf(current));
  }

  /** Whatever watches from now on has to see it. */
  #send<M extends DescMethodUnary>(
    what: M,
    request: MessageInitShape<M['input']>,
    { signal }: CallOptions,
  ): Promise<MessageShape<M['output']>> {
    return this.#calls.unary(what, request, { signal, after: this.#hub.registered() });
  }
}
