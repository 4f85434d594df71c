/** Service KV: requests into the words of the store, its answers into bytes. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { create } from '@bufbuild/protobuf';
import { requestTooLarge } from '../base/errors.ts';
import { planTxn } from '../txn/plan.ts';
import type { TxnRequest as StoreTxn } from '../types.ts';
import {
  type CompactionRequest,
  type CompactionResponse,
  CompactionResponseSchema,
  type DeleteRangeRequest,
  type TxnRequest,
} from '../wire/generated/rpc_pb.ts';
import { selectorOf } from '../wire/key-range.ts';
import type { PutFields, RangeFields } from '../wire/requests.ts';
import { refuseIfCorrupt } from './alarms.ts';
import { unary } from './grpc.ts';
import { deleteOptionsOf, numberOf, putOptionsOf, rangeOptionsOf, txnOf } from './requests.ts';
import { Responses } from './responses.ts';
import { headerOf, type Serving } from './serving.ts';
import type { Sizes } from './sizes.ts';

/** `sizes` knows the requests that are larger than the store takes (R44). */
export function kvHandlers(serving: Serving, sizes: Sizes): UntypedServiceImplementation {
  const { store, insides } = serving;
  const responses = new Responses(serving.identity);

  return {
    range: unary((request: RangeFields) => {
      const { core } = insides;
      const result = store.rangeSync(selectorOf(request), rangeOptionsOf(request));
      const response = responses.range(request, result);
      return core.mustWait(request.serializable)
        ? core.settle(response, request.serializable)
        : response;
    }),

    put: unary(async (request: PutFields) => {
      refuseIfCorrupt(serving);
      const { key, value } = request;
      return responses.put(await store.put(key, value, putOptionsOf(request)));
    }),

    deleteRange: unary(async (request: DeleteRangeRequest) => {
      refuseIfCorrupt(serving);
      return responses.delete(await store.delete(selectorOf(request), deleteOptionsOf(request)));
    }),

    txn: unary(async (request: TxnRequest) => {
      const txn = txnOf(request);
      if (!isReadOnly(request)) {
        refuseIfCorrupt(serving);
        refuseOversized(serving, txn, sizes.of(request));
      }
      return responses.txn(request, await store.txn(txn));
    }),

    compact: unary(
      async ({ revision, physical }: CompactionRequest): Promise<CompactionResponse> => {
        refuseIfCorrupt(serving);
        await store.compact(numberOf(revision), { physical });
        return create(CompactionResponseSchema, {
          header: headerOf(serving, insides.core.shownRevision),
        });
      },
    ),
  };
}

/** R73: nothing but ranges in either branch; a transaction within makes it a write. */
const isReadOnly = ({ success, failure }: TxnRequest): boolean =>
  [...success, ...failure].every(({ request }) => request.case === 'requestRange');

/** What is wrong with it otherwise is told first. */
function refuseOversized({ insides }: Serving, txn: StoreTxn, bytes: number): void {
  const { maxRequestBytes, maxTxnOps } = insides.options;
  if (bytes <= maxRequestBytes) return;
  planTxn(txn, { maxRequestBytes, maxTxnOps, admit: () => {}, hasLease: () => true });
  throw requestTooLarge(bytes, maxRequestBytes);
}
