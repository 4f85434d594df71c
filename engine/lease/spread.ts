/**
 * After a restart many leases may end in the same second, and revoking is done at a bounded rate (R125).
 * If there are many, their ends are drawn apart beforehand (R127): no 750 and one of them fall into one
 * second, none comes earlier, and none later than it has to.
 */
import type { GrantedLease } from './granted-lease.ts';

const MANY = 1000;
const EXPIRIES_PER_SECOND = 750;

export function spreadOut(leases: readonly GrantedLease[]): void {
  if (leases.length < MANY) return;
  const inOrder = [...leases].sort((a, b) => a.expiresAtMs - b.expiresAtMs);
  for (let at = EXPIRIES_PER_SECOND; at < inOrder.length; at++) {
    const earliestMs = inOrder[at - EXPIRIES_PER_SECOND]!.expiresAtMs + 1000;
    const lease = inOrder[at]!;
    lease.expiresAtMs = Math.max(lease.expiresAtMs, earliestMs);
  }
}
