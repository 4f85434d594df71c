/** What every service is given: the store, who answers, and the header of its answers (R14). */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Insides } from '../insides.ts';
import type { EmbeddedStore } from '../types.ts';
import type { ResponseHeaderSchema } from '../wire/generated/rpc_pb.ts';

/** Stable and not zero; clients compare them, and nothing else. */
export interface Identity {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly raftTerm: bigint;
}

export interface Serving {
  readonly store: EmbeddedStore;
  readonly insides: Insides;
  readonly identity: Identity;
}

export type HeaderInit = MessageInitShape<typeof ResponseHeaderSchema>;

export const headerOf = ({ identity }: Serving, revision: number): HeaderInit => ({
  ...identity,
  revision: BigInt(revision),
});
