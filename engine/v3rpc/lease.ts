/** Service Lease (R120-R128). */
import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { create } from '@bufbuild/protobuf';
import {
  type LeaseGrantRequest,
  type LeaseGrantResponse,
  LeaseGrantResponseSchema,
  type LeaseKeepAliveRequest,
  type LeaseKeepAliveResponse,
  LeaseKeepAliveResponseSchema,
  type LeaseLeasesResponse,
  LeaseLeasesResponseSchema,
  type LeaseRevokeRequest,
  type LeaseRevokeResponse,
  LeaseRevokeResponseSchema,
  type LeaseTimeToLiveRequest,
  type LeaseTimeToLiveResponse,
  LeaseTimeToLiveResponseSchema,
} from '../wire/generated/rpc_pb.ts';
import { refuseIfCorrupt } from './alarms.ts';
import { STOPPED, unary, wireStatusOf } from './grpc.ts';
import { numberOf } from './requests.ts';
import { type HeaderInit, headerOf, type Serving } from './serving.ts';

type KeepAliveCall = ServerDuplexStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>;

/** `onClose` ends the streams that are open. */
export function leaseHandlers(
  serving: Serving,
  onClose: AbortSignal,
): UntypedServiceImplementation {
  const { leases } = serving.store;
  const header = (): HeaderInit => headerOf(serving, serving.insides.core.shownRevision);

  return {
    leaseGrant: unary(async ({ ID: id, TTL }: LeaseGrantRequest): Promise<LeaseGrantResponse> => {
      refuseIfCorrupt(serving);
      const lease = await leases.grant({ id, ttlSeconds: numberOf(TTL) });
      const granted = { ID: lease.id, TTL: BigInt(lease.ttlSeconds) };
      return create(LeaseGrantResponseSchema, { header: header(), ...granted });
    }),

    leaseRevoke: unary(async ({ ID }: LeaseRevokeRequest): Promise<LeaseRevokeResponse> => {
      await leases.revoke(ID);
      return create(LeaseRevokeResponseSchema, { header: header() });
    }),

    leaseKeepAlive: (call: KeepAliveCall) => {
      answerInOrder(call, onClose, async ({ ID }) => {
        // R123: from before the renewal.
        const before = header();
        const TTL = BigInt(await leases.keepAliveOnce(ID));
        return create(LeaseKeepAliveResponseSchema, { header: before, ID, TTL });
      });
    },

    leaseTimeToLive: unary(
      async ({ ID, keys }: LeaseTimeToLiveRequest): Promise<LeaseTimeToLiveResponse> => {
        const status = await leases.timeToLive(ID, { keys });
        return create(LeaseTimeToLiveResponseSchema, {
          header: header(),
          ID,
          TTL: BigInt(status.ttlSeconds),
          grantedTTL: BigInt(status.grantedTtlSeconds),
          keys: [...status.keys],
        });
      },
    ),

    leaseLeases: unary(async (): Promise<LeaseLeasesResponse> => {
      const ids = await leases.list();
      return create(LeaseLeasesResponseSchema, {
        header: header(),
        leases: ids.map((ID) => ({ ID })),
      });
    }),
  };
}

/** One answer for each request, in their order; the next is not read before the last is on its way. */
function answerInOrder<Req, Res>(
  call: ServerDuplexStream<Req, Res>,
  onClose: AbortSignal,
  answer: (request: Req) => Promise<Res>,
): void {
  let isOpen = true;
  let isBusy = false;
  let hasEnded = false;
  const finish = (): void => {
    isOpen = false;
    onClose.removeEventListener('abort', stop);
  };
  const fail = (error: object): void => {
    if (!isOpen) return;
    finish();
    call.emit('error', error);
  };
  const stop = (): void => fail(STOPPED);
  const finishIfDone = (): void => {
    if (!isOpen || isBusy || !hasEnded) return;
    finish();
    call.end();
  };
  const next = (): void => {
    isBusy = false;
    finishIfDone();
    if (isOpen) call.resume();
  };

  const respond = async (request: Req): Promise<void> => {
    try {
      const response = await answer(request);
      if (!isOpen) return;
      if (call.write(response)) next();
      else call.once('drain', next);
    } catch (error) {
      fail(wireStatusOf(error));
    }
  };

  call.on('data', (request: Req) => {
    if (!isOpen) return;
    isBusy = true;
    call.pause();
    void respond(request);
  });
  call.on('end', () => {
    hasEnded = true;
    finishIfDone();
  });
  call.on('cancelled', finish);
  call.on('error', finish);
  if (onClose.aborted) stop();
  else onClose.addEventListener('abort', stop);
}
