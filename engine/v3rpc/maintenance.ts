/** Service Maintenance, but for the stream of a snapshot (R150-R157, R140-R146). */
import { status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { create } from '@bufbuild/protobuf';
import { META_BUCKET } from '../backend/backend.ts';
import {
  type AlarmRequest,
  type DefragmentResponse,
  DefragmentResponseSchema,
  type HashKVRequest,
  type HashKVResponse,
  HashKVResponseSchema,
  type HashResponse,
  HashResponseSchema,
  type StatusResponse,
  StatusResponseSchema,
} from '../wire/generated/rpc_pb.ts';
import { alarmsOf, answerAlarm } from './alarms.ts';
import { StatusError, unary } from './grpc.ts';
import { numberOf } from './requests.ts';
import { headerOf, type Serving } from './serving.ts';

/**
 * The version of etcd whose behaviour is served, as Status and clients that ask what a server can do have
 * it. @public
 */
export const ETCD_VERSION = '3.4.23';

export function maintenanceHandlers(serving: Serving): UntypedServiceImplementation {
  const { store, insides } = serving;
  return {
    alarm: unary((request: AlarmRequest) => answerAlarm(serving, request)),

    status: unary(() => statusOf(serving)),

    /** R151: no header. */
    defragment: unary(async (): Promise<DefragmentResponse> => {
      await store.defragment();
      return create(DefragmentResponseSchema);
    }),

    /**
     * R146. Of every bucket, in one go: nothing else is served meanwhile, so that a store of some gigabytes
     * stands still for seconds. `hashKV` does not do that.
     */
    hash: unary(async (): Promise<HashResponse> => {
      insides.core.checkReadable();
      const { backend } = insides.core.maintenance.context;
      const hash = backend.hash(isConsistentIndex);
      const revision = insides.core.shownRevision;
      await insides.core.settle(undefined, false);
      return create(HashResponseSchema, { header: headerOf(serving, revision), hash });
    }),

    hashKV: unary(async ({ revision }: HashKVRequest): Promise<HashKVResponse> => {
      const result = await store.hashKv(numberOf(revision));
      return create(HashKVResponseSchema, {
        header: headerOf(serving, result.revision),
        hash: result.hash,
        compactRevision: BigInt(result.compactRevision),
      });
    }),

    /** R157. */
    moveLeader: unary(() => {
      throw new StatusError(status.FAILED_PRECONDITION, 'etcdserver: bad leader transferee');
    }),
  };
}

const CONSISTENT_INDEX = Buffer.from('consistent_index');

/** R146. */
const isConsistentIndex = (bucket: string, key: Uint8Array): boolean =>
  bucket === META_BUCKET && CONSISTENT_INDEX.equals(key);

/** R150. Nothing is replicated: what was done last stands for the index of a log that all agree on. */
async function statusOf(serving: Serving): Promise<StatusResponse> {
  const { store, insides, identity } = serving;
  const { sizeBytes, sizeInUseBytes } = await store.status();
  const revision = insides.core.shownRevision;
  return create(StatusResponseSchema, {
    header: headerOf(serving, revision),
    version: ETCD_VERSION,
    dbSize: BigInt(sizeBytes),
    dbSizeInUse: BigInt(sizeInUseBytes),
    leader: identity.memberId,
    raftIndex: BigInt(revision),
    raftTerm: identity.raftTerm,
    raftAppliedIndex: BigInt(revision),
    errors: alarmsOf(serving).map(alarmText),
  });
}

/** As etcd prints the message; a member 0 is left out. */
const alarmText = ({ memberId, type }: ReturnType<typeof alarmsOf>[number]): string =>
  `${memberId === 0n ? '' : `memberID:${memberId} `}alarm:${type} `;
