/**
 * Leases as plainly as they can be said: an array, and a look through all of it for every question. What
 * checkpoints say is not predicted but checked: it must be what is left, rounded up.
 */
export interface NaiveLease {
  readonly id: bigint;
  readonly ttlSeconds: number;
  endsAtMs: number;
  /** As written down; 0: all. */
  remainingSeconds: number;
  /** Not offered as expired before. */
  offeredFromMs: number;
  /** How long the store has been open since it was granted or renewed. */
  livedMs: number;
}

export class NaiveLessor {
  nowMs = 0;
  leases: NaiveLease[] = [];
  /** Newest put of every key that exists: its lease, 0n for none. */
  keys: { readonly key: string; readonly lease: bigint }[] = [];

  find(id: bigint): NaiveLease | undefined {
    return this.leases.find((lease) => lease.id === id);
  }

  grant(id: bigint, ttlSeconds: number): void {
    const lease = { id, ttlSeconds: Math.max(2, ttlSeconds), endsAtMs: 0 };
    const fresh = { ...lease, remainingSeconds: 0, offeredFromMs: 0, livedMs: 0 };
    this.leases.push(fresh);
    this.renew(fresh);
  }

  renew(lease: NaiveLease): void {
    lease.endsAtMs = this.nowMs + lease.ttlSeconds * 1000;
    lease.remainingSeconds = 0;
    lease.livedMs = 0;
  }

  revoke(id: bigint): void {
    this.leases = this.leases.filter((lease) => lease.id !== id);
    this.keys = this.keys.filter(({ lease }) => lease !== id);
  }

  put(key: string, lease: bigint): void {
    this.delete(key);
    this.keys.push({ key, lease });
  }

  delete(key: string): void {
    this.keys = this.keys.filter((found) => found.key !== key);
  }

  keysOf(id: bigint): string[] {
    return this.keys.flatMap(({ key, lease }) => (lease === id ? [key] : [])).sort();
  }

  advance(ms: number): void {
    this.nowMs += ms;
    for (const lease of this.leases) lease.livedMs += ms;
  }

  expired(): NaiveLease[] {
    return this.leases.filter(
      ({ endsAtMs, offeredFromMs }) => endsAtMs <= this.nowMs && offeredFromMs <= this.nowMs,
    );
  }

  restart(): void {
    for (const lease of this.leases) {
      lease.endsAtMs = this.nowMs + (lease.remainingSeconds || lease.ttlSeconds) * 1000;
      lease.offeredFromMs = 0;
    }
  }
}
