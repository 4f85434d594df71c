/** What a server says of itself. */
import { create } from '@bufbuild/protobuf';
import {
  Maintenance,
  StatusRequestSchema,
  type StatusResponse,
} from '../../engine/wire/generated/rpc_pb.ts';
import { RawClient } from './raw-client.ts';

export interface MemberStatus {
  readonly memberId: bigint;
  readonly leaderId: bigint;
  readonly isLeader: boolean;
  readonly revision: bigint;
}

const PATIENCE_MS = 1000;

/** Undefined if it does not answer. */
export async function statusOfMember(endpoint: string): Promise<MemberStatus | undefined> {
  const client = new RawClient(endpoint, PATIENCE_MS);
  try {
    const request = create(StatusRequestSchema);
    const answer = (await client.unary(Maintenance.method.status, request)) as StatusResponse;
    const { memberId = 0n, revision = 0n } = answer.header ?? {};
    const leaderId = answer.leader;
    return { memberId, leaderId, isLeader: leaderId !== 0n && leaderId === memberId, revision };
  } catch {
    return undefined;
  } finally {
    client.close();
  }
}
