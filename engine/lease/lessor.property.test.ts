/** The lessor against an array of leases, through grants, puts, time, refusals and restarts. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../base/limits.ts';
import { encodeLeaseKey, encodeLeaseRecord, decodeLeaseRecord } from './lease-record.ts';
import { Lessor } from './lessor.ts';
import { NaiveLessor } from './naive-lessor.testing.ts';

const ID = fc.bigInt({ min: -3n, max: 3n }).filter((id) => id !== 0n);
const KEY = fc.constantFrom('a', 'b', 'c', '\xff');

const STEP = fc.oneof(
  fc.record({ does: fc.constant('grant' as const), id: ID, ttl: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ does: fc.constant('revoke' as const), id: ID }),
  fc.record({ does: fc.constant('renew' as const), id: ID }),
  fc.record({
    does: fc.constant('txn' as const),
    // A lease: a put, undefined: a delete.
    changes: fc.array(fc.tuple(KEY, fc.option(fc.oneof(fc.constant(0n), ID))), { maxLength: 4 }),
  }),
  fc.record({
    does: fc.constant('look' as const),
    afterMs: fc.integer({ min: 0, max: 4000 }),
    limit: fc.integer({ min: 1, max: 3 }),
    refused: fc.boolean(),
  }),
  fc.record({ does: fc.constant('restart' as const) }),
);
const UNIT = { min: 0, max: 1, maxExcluded: true, noNaN: true };
type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never;

/** Both of them, and the records that a restart reads. */
class Pair {
  readonly model = new NaiveLessor();
  lessor: Lessor;

  constructor(random: () => number) {
    this.lessor = this.#open(random);
  }

  #open(random: () => number): Lessor {
    return new Lessor({ now: () => this.model.nowMs, random, checkpoints: true });
  }

  run(step: Step, random: () => number): void {
    switch (step.does) {
      case 'grant':
        this.#grant(step.id, step.ttl);
        break;
      case 'revoke':
        if (this.model.find(step.id) !== undefined) this.#revoke(step.id);
        break;
      case 'renew':
        this.#renew(step.id);
        break;
      case 'txn':
        this.#follow(step.changes);
        break;
      case 'look':
        this.model.advance(step.afterMs);
        this.#revokeExpired(step.limit, step.refused);
        this.#saveCheckpoints(step.limit, step.refused);
        break;
      case 'restart':
      default:
        this.#restart(random);
    }
  }

  #grant(id: bigint, ttl: number): void {
    if (this.model.find(id) !== undefined) {
      expect(() => this.lessor.newLease(id, ttl)).toThrow('lease already exists');
      return;
    }
    this.lessor.add(this.lessor.newLease(id, ttl));
    this.model.grant(id, ttl);
  }

  #revoke(id: bigint): void {
    const lease = this.lessor.get(id)!;
    const keys = this.lessor.keysOf(lease);
    expect(keys).toEqual(this.model.keysOf(id));
    this.lessor.remove(lease);
    this.lessor.follow({
      changeCount: keys.length,
      keyOf: (sub) => keys[sub]!,
      leaseOf: () => 0n,
    });
    this.model.revoke(id);
  }

  #renew(id: bigint): void {
    const [lease, naive] = [this.lessor.get(id), this.model.find(id)];
    if (lease === undefined || naive === undefined) return;
    const isExpired = naive.endsAtMs <= this.model.nowMs;
    expect(this.lessor.isExpired(lease)).toBe(isExpired);
    if (isExpired) {
      this.#revoke(id);
      return;
    }
    this.lessor.renew(lease);
    this.model.renew(naive);
  }

  #follow(changes: (readonly [string, bigint | null])[]): void {
    const known = changes.filter(([, id]) => !id || this.model.find(id) !== undefined);
    for (const [key, id] of known) {
      if (id === null) this.model.delete(key);
      else this.model.put(key, id);
    }
    this.lessor.follow({
      changeCount: known.length,
      keyOf: (sub) => known[sub]![0],
      leaseOf: (sub) => known[sub]![1] ?? 0n,
    });
  }

  #revokeExpired(limit: number, refused: boolean): void {
    const candidates = this.model.expired();
    const expired = this.lessor.takeExpired(limit);
    expect(expired).toHaveLength(Math.min(limit, candidates.length));
    for (const { id } of expired) {
      const naive = candidates.find((lease) => lease.id === id)!;
      // No sequence of restarts and checkpoints ends it early.
      expect(naive.livedMs).toBeGreaterThanOrEqual(naive.ttlSeconds * 1000);
      if (refused) naive.offeredFromMs = this.model.nowMs + limits.leaseRetryMs;
      else this.#revoke(id);
    }
  }

  #saveCheckpoints(limit: number, refused: boolean): void {
    const due = this.lessor.takeCheckpoints(limit);
    expect(due.length).toBeLessThanOrEqual(limit);
    for (const checkpoint of due) {
      const naive = this.model.find(checkpoint.lease.id)!;
      const left = Math.ceil((naive.endsAtMs - this.model.nowMs) / 1000);
      expect(checkpoint.remainingSeconds).toBe(left);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThan(naive.remainingSeconds || naive.ttlSeconds);
      if (refused) continue;
      this.lessor.checkpointed(checkpoint);
      naive.remainingSeconds = left;
    }
  }

  #restart(random: () => number): void {
    this.model.restart();
    this.lessor = this.#open(random);
    const records = this.model.leases.map((lease) =>
      decodeLeaseRecord(encodeLeaseKey(lease.id), encodeLeaseRecord(lease)),
    );
    this.lessor.restore(records);
    for (const { key, lease } of this.model.keys) this.lessor.attach(key, lease);
  }

  check(): void {
    const { model, lessor } = this;
    const inOrder = model.leases.map(({ endsAtMs }) => endsAtMs).sort((a, b) => a - b);
    expect(lessor.list().map(({ expiresAtMs }) => expiresAtMs)).toEqual(inOrder);
    const due = model.leases.map((lease) => Math.max(lease.endsAtMs, lease.offeredFromMs));
    expect(lessor.nextExpiryMs).toBeLessThanOrEqual(Math.min(...due));
    for (const naive of model.leases) {
      const lease = lessor.get(naive.id)!;
      const left = Math.max(0, Math.floor((naive.endsAtMs - model.nowMs) / 1000));
      expect(lessor.remainingSeconds(lease)).toBe(left);
      expect(lease.savedSeconds).toBe(naive.remainingSeconds);
      expect(lessor.keysOf(lease)).toEqual(model.keysOf(naive.id));
    }
  }
}

test('R120-R128 it does what an array of leases does', () => {
  fc.assert(
    fc.property(
      fc.array(STEP, { maxLength: 60 }),
      fc.infiniteStream(fc.double(UNIT)),
      (steps, draws) => {
        const random = (): number => draws.next().value as number;
        const pair = new Pair(random);
        for (const step of steps) {
          pair.run(step, random);
          pair.check();
        }
      },
    ),
    { numRuns: 500 },
  );
});
