/** Service Cluster: one member, and it stays the only one (R157). */
import { status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { create } from '@bufbuild/protobuf';
import { type MemberListResponse, MemberListResponseSchema } from '../wire/generated/rpc_pb.ts';
import { StatusError, unary } from './grpc.ts';
import { headerOf, type Serving } from './serving.ts';

export interface Member {
  readonly name: string;
  /** Where clients reach it. */
  readonly url: () => string;
}

export function clusterHandlers(
  serving: Serving,
  { name, url }: Member,
): UntypedServiceImplementation {
  const { memberId } = serving.identity;
  const change = unary(({ ID }: { readonly ID?: bigint }) => {
    if (ID !== undefined && ID !== memberId) {
      throw new StatusError(status.NOT_FOUND, 'etcdserver: member not found');
    }
    throw new StatusError(
      status.FAILED_PRECONDITION,
      'etcdserver: this server is Varve: it has one member, and members cannot be changed',
    );
  });

  return {
    memberList: unary((): MemberListResponse => {
      const urls = [url()];
      return create(MemberListResponseSchema, {
        // That of etcd knows nothing of revisions.
        header: headerOf(serving, 0),
        members: [{ ID: memberId, name, peerURLs: urls, clientURLs: urls }],
      });
    }),
    memberAdd: change,
    memberRemove: change,
    memberUpdate: change,
    memberPromote: change,
  };
}
