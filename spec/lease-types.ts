/**
 * Leases, and the time they live by, as plain data (R120-R128). The id 0n, for which a store picks one
 * itself, is left out: nothing says which.
 */
import type { Bytes } from './types.ts';

export type LeaseOperation =
  | { readonly op: 'grant'; readonly id: bigint /** Seconds. */; readonly ttl: number }
  | { readonly op: 'revoke'; readonly id: bigint }
  | { readonly op: 'keepalive'; readonly id: bigint }
  | { readonly op: 'ttl'; readonly id: bigint; readonly keys?: boolean }
  | { readonly op: 'leases' }
  /** So many whole seconds go by: whatever ends in them is revoked. */
  | { readonly op: 'advance'; readonly seconds: number };

export type LeaseAnswer =
  /** The seconds that it really got. */
  | { readonly kind: 'granted'; readonly id: bigint; readonly ttl: number }
  /** 0 if there is no such lease (R123). */
  | { readonly kind: 'kept'; readonly ttl: number }
  /** Seconds left and seconds granted; -1 and 0 if there is no such lease (R124). */
  | {
      readonly kind: 'lease';
      readonly ttl: number;
      readonly grantedTtl: number;
      /** In key order; none unless asked for. */
      readonly keys: readonly Bytes[];
    }
  /** Those that end first come first; those that end together by id. */
  | { readonly kind: 'leases'; readonly ids: readonly bigint[] };
