/**
 * A store whose time nobody moves. A program is over long before a lease of a quarter of an hour is, so of one
 * that has nearly all of its time left it is told that it has all of it.
 */
import type { Lease, LeaseStatus, Leases, Store } from '../../engine/types.ts';
import { replaced } from './replaced.ts';

/** No program takes as long. */
const ELAPSED_SECONDS_MAX = 60;

export function inRealTime<S extends Store>(store: S): S {
  const whole = store.leases;
  const leases = replaced<Leases>(whole, {
    grant: async (options) => leaseInRealTime(await whole.grant(options)),
    timeToLive: async (id, options) => rounded(await whole.timeToLive(id, options)),
  });
  return replaced<Store>(store, { leases }) as S;
}

function leaseInRealTime(lease: Lease): Lease {
  return replaced(lease, {
    timeToLive: async (options) => rounded(await lease.timeToLive(options)),
  });
}

function rounded(status: LeaseStatus): LeaseStatus {
  const { ttlSeconds, grantedTtlSeconds } = status;
  const elapsed = grantedTtlSeconds - ttlSeconds;
  const isFresh = ttlSeconds > 0 && elapsed >= 0 && elapsed < ELAPSED_SECONDS_MAX;
  return isFresh ? { ...status, ttlSeconds: grantedTtlSeconds } : status;
}
