/** What is written down of leases, when, and what a process that crashes in a loop makes of it. */
import { describe, expect, test } from 'vitest';
import type { LeaseRecord } from './lease-record.ts';
import { Lessor } from './lessor.ts';

/** A lessor with its records, looked at every half second of its process' time. */
class Process {
  readonly lessor: Lessor;
  readonly records: Map<bigint, LeaseRecord>;
  writes = 0;
  #nowMs = 0;

  constructor(records: Map<bigint, LeaseRecord> = new Map(), checkpoints = true) {
    this.records = records;
    this.lessor = new Lessor({ now: () => this.#nowMs, random: () => 0.5, checkpoints });
    this.lessor.restore([...records.values()]);
  }

  grant(id: bigint, ttlSeconds: number): void {
    this.lessor.add(this.lessor.newLease(id, ttlSeconds));
    this.#write(id, 0);
  }

  renew(id: bigint): void {
    const lease = this.lessor.get(id)!;
    if (lease.savedSeconds > 0) this.#write(id, 0);
    this.lessor.renew(lease);
  }

  live(ms: number, limit = 1000): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      this.#nowMs = Math.min(endMs, this.#nowMs + 500);
      for (const lease of this.lessor.takeExpired(limit)) {
        this.lessor.remove(lease);
        this.records.delete(lease.id);
      }
      for (const checkpoint of this.lessor.takeCheckpoints(limit)) {
        this.#write(checkpoint.lease.id, checkpoint.remainingSeconds);
        this.lessor.checkpointed(checkpoint);
      }
      if (this.#nowMs === endMs) return;
    }
  }

  #write(id: bigint, remainingSeconds: number): void {
    const { ttlSeconds } = this.lessor.get(id)!;
    this.records.set(id, { id, ttlSeconds, remainingSeconds });
    this.writes++;
  }
}

const MINUTE = 60_000;

describe('when', () => {
  test('half of what is left after the grant, and again, until there is nothing new to say', () => {
    const process = new Process();
    process.grant(1n, 60);
    const seen: number[] = [];
    for (let s = 0; s < 59; s++) {
      process.live(1000);
      const { remainingSeconds } = process.records.get(1n)!;
      if (remainingSeconds !== seen.at(-1)) seen.push(remainingSeconds);
    }
    expect(seen).toEqual([0, 30, 15, 8, 4, 2]);
    process.live(500);
    expect(process.records.get(1n)!.remainingSeconds).toBe(1);
    process.live(500);
    expect([process.records.size, process.writes]).toEqual([0, 7]);
  });

  test('every five minutes at least, if more than ten are left', () => {
    const process = new Process();
    process.grant(1n, 3600);
    process.live(44 * MINUTE);
    expect([process.writes, process.records.get(1n)!.remainingSeconds]).toEqual([9, 3600 - 2400]);
  });

  test('a lease that is renewed in time costs no record but its first', () => {
    const process = new Process();
    process.grant(1n, 30);
    for (let times = 0; times < 100; times++) {
      process.live(10_000);
      process.renew(1n);
    }
    expect(process.writes).toBe(1);
  });

  test('a renewal clears what was written, once', () => {
    const process = new Process();
    process.grant(1n, 60);
    process.live(40_000);
    expect(process.records.get(1n)!.remainingSeconds).toBe(30);
    process.renew(1n);
    expect(process.records.get(1n)!.remainingSeconds).toBe(0);
    process.renew(1n);
    expect(process.writes).toBe(3);
  });

  test('after an open: soon, then when the time since has doubled, then as ever', () => {
    const first = new Process();
    first.grant(1n, 3600);
    const process = new Process(first.records);
    const atSeconds: number[] = [];
    for (let s = 1; s <= 1200; s++) {
      const before = process.writes;
      process.live(1000);
      if (process.writes > before) atSeconds.push(s);
    }
    expect(atSeconds).toEqual([2, 3, 6, 12, 24, 48, 96, 192, 384, 684, 984]);
  });

  test('at most so many at a look, and all of them in the end', () => {
    const first = new Process();
    for (let id = 1n; id <= 50n; id++) first.grant(id, 600);
    const process = new Process(first.records);
    process.live(1500, 10);
    expect(process.writes).toBe(10);
    process.live(2500, 10);
    expect([...process.records.values()].every((lease) => lease.remainingSeconds > 0)).toBe(true);
  });

  test('one that could not be written comes up again', () => {
    const time = { nowMs: 0 };
    const lessor = new Lessor({ now: () => time.nowMs, random: () => 0.5, checkpoints: true });
    lessor.add(lessor.newLease(1n, 60));
    time.nowMs = 30_000;
    expect(lessor.takeCheckpoints(10)).toHaveLength(1);
    expect(lessor.takeCheckpoints(10)).toHaveLength(0);
    time.nowMs = 31_000;
    expect(lessor.takeCheckpoints(10)).toMatchObject([{ remainingSeconds: 29 }]);
  });

  test('never, if they are off', () => {
    const process = new Process(new Map(), false);
    process.grant(1n, 60);
    process.live(59_000);
    expect([process.records.get(1n)!.remainingSeconds, process.writes]).toEqual([0, 1]);
  });
});

describe('a process that crashes in a loop', () => {
  test.each([2_000, 3_000, 7_500, 20_000])(
    'and lives for %d ms lets a lease go, after no less than its time',
    (lifeMs) => {
      const ttlSeconds = 60;
      const first = new Process();
      first.grant(1n, ttlSeconds);
      const { records } = first;
      let livedMs = 0;
      for (; records.size > 0; livedMs += lifeMs) new Process(records).live(lifeMs);
      // Whole seconds, at least about a quarter of the time.
      expect(livedMs).toBeGreaterThanOrEqual(ttlSeconds * 1000);
      expect(livedMs).toBeLessThanOrEqual(5 * ttlSeconds * 1000);
    },
  );

  test('keeps it for ever without checkpoints, as etcd does', () => {
    const first = new Process();
    first.grant(1n, 60);
    for (let times = 0; times < 1000; times++) new Process(first.records, false).live(50_000);
    expect(first.records.size).toBe(1);
  });
});
