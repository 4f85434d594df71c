/** The operations of the recorded cases that are one request and one response. */
import type { DescMethod } from '@bufbuild/protobuf';
import { Auth, Cluster, KV, Lease, Maintenance } from '../../engine/wire/generated/rpc_pb.ts';

/** By their local names, as in `leaseGrant`. LeaseKeepAlive, a stream, is asked once. */
export const METHODS: ReadonlyMap<string, DescMethod> = new Map(
  [KV, Lease, Maintenance, Cluster, Auth]
    .flatMap(({ methods }): readonly DescMethod[] => methods)
    .filter(({ methodKind }) => methodKind !== 'server_streaming')
    .map((method) => [method.localName, method]),
);
