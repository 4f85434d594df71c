/**
 * Leases (R120-R128). Stored is who was granted one and when it ends. Which keys hang on it is read off
 * the state: those whose last put bears its id (R126). So a put moves a key from lease to lease, or off
 * all of them, and a delete takes it away, without anything being done about it here.
 *
 * Time is a number of seconds that `advance` makes larger. Nothing but that ends a lease.
 */
import { type Change, currentRevision, stateAt } from './history.ts';
import type { LeaseAnswer, LeaseOperation } from './lease-types.ts';
import { leaseExists, leaseNotFound, leaseTtlTooLarge } from './refusals.ts';
import type { Bytes, Refusal } from './types.ts';

export interface Grant {
  readonly id: bigint;
  readonly ttl: number;
  /** When it ends. */
  readonly deadline: number;
}

/** What there is to leases; each operation makes another of it. */
export interface Leasing {
  readonly changes: readonly Change[];
  readonly leases: readonly Grant[];
  readonly now: number;
}

export interface LeaseStep {
  readonly after: Leasing;
  readonly response: LeaseAnswer | Refusal | { readonly kind: 'done' };
}

const TTL_MAX = 9_000_000_000;
const unknown: LeaseAnswer = { kind: 'lease', ttl: -1, grantedTtl: 0, keys: [] };

export function stepLease(
  before: Leasing,
  operation: LeaseOperation,
  minTtlSeconds: number,
): LeaseStep {
  const { leases, now } = before;
  const found = 'id' in operation ? leases.find(({ id }) => id === operation.id) : undefined;
  const unchanged = (response: LeaseStep['response']): LeaseStep => ({ after: before, response });
  switch (operation.op) {
    case 'grant': {
      // R120.
      const { id } = operation;
      if (id === 0n) throw new Error('which id a store picks for 0 is not specified');
      if (operation.ttl > TTL_MAX) return unchanged(leaseTtlTooLarge);
      if (found !== undefined) return unchanged(leaseExists);
      const ttl = Math.max(operation.ttl, minTtlSeconds);
      const after = { ...before, leases: [...leases, { id, ttl, deadline: now + ttl }] };
      return { after, response: { kind: 'granted', id, ttl } };
    }
    case 'revoke':
      if (found === undefined) return unchanged(leaseNotFound);
      return { after: revoked(before, found), response: { kind: 'done' } };
    case 'keepalive': {
      if (found === undefined) return unchanged({ kind: 'kept', ttl: 0 });
      const renewed = leases.map((lease) => (lease === found ? renew(lease, now) : lease));
      return { after: { ...before, leases: renewed }, response: { kind: 'kept', ttl: found.ttl } };
    }
    case 'ttl': {
      if (found === undefined) return unchanged(unknown);
      const keys = operation.keys === true ? keysOf(found, before.changes) : [];
      const ttl = secondsLeft(found, now);
      return unchanged({ kind: 'lease', ttl, grantedTtl: found.ttl, keys });
    }
    case 'leases':
      return unchanged({ kind: 'leases', ids: listed(leases, now).map(({ id }) => id) });
    case 'advance':
    default:
      return { after: elapsed(before, operation.seconds), response: { kind: 'done' } };
  }
}

/** R124: whole seconds, rounded down. */
function secondsLeft({ deadline }: Grant, now: number): number {
  return Math.floor(deadline - now);
}

/** R124: by the time that is left, as far as `ttl` tells it. */
function listed(leases: readonly Grant[], now: number): Grant[] {
  const order = (a: Grant, b: Grant): number => secondsLeft(a, now) - secondsLeft(b, now);
  return inOrder(leases).sort((a, b) => order(a, b) || (a.id < b.id ? -1 : 1));
}

/** R123, and R127 for a restart: its time begins anew. */
export function renew(lease: Grant, now: number): Grant {
  return { ...lease, deadline: now + lease.ttl };
}

/** R125: one after the other, each in a revision of its own. */
function elapsed(before: Leasing, seconds: number): Leasing {
  const now = before.now + seconds;
  const ended = inOrder(before.leases).filter(({ deadline }) => deadline <= now);
  return ended.reduce(revoked, { ...before, now });
}

/** R122: all its keys in one revision, and without keys none. */
function revoked({ changes, leases, now }: Leasing, lease: Grant): Leasing {
  const revision = currentRevision(changes) + 1;
  const tombstones = keysOf(lease, changes).map(
    (key): Change => ({ type: 'delete', revision, key }),
  );
  return { changes: [...changes, ...tombstones], leases: leases.filter((l) => l !== lease), now };
}

/** In key order. */
function keysOf({ id }: Grant, changes: readonly Change[]): Bytes[] {
  return stateAt(changes, currentRevision(changes))
    .filter(({ lease }) => lease === id)
    .map(({ key }) => key);
}

/**
 * R124, R125: what ends first comes first. Of those that end together the rules say nothing; here they are
 * in the order of their ids, and a store of ours revokes them so. Judging somebody else's, any order is right.
 */
function inOrder(leases: readonly Grant[]): Grant[] {
  return [...leases].sort((a, b) => a.deadline - b.deadline || (a.id < b.id ? -1 : 1));
}
