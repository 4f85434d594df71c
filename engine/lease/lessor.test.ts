/** The lessor by itself: time is a number, and what it is told of transactions is a list of puts. */
import { describe, expect, test } from 'vitest';
import type { KeyString } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { GrantedLease } from './granted-lease.ts';
import { LeaseQueue } from './lease-queue.ts';
import type { LeaseRecord } from './lease-record.ts';
import { Lessor } from './lessor.ts';

const setUp = (checkpoints = true, random: () => number = Math.random) => {
  const time = { nowMs: 1_000_000 };
  const lessor = new Lessor({ now: () => time.nowMs, random, checkpoints });
  const grant = (id: bigint, ttlSeconds: number): GrantedLease => {
    const lease = lessor.newLease(id, ttlSeconds);
    lessor.add(lease);
    return lease;
  };
  return { time, lessor, grant };
};

/** A transaction that put these keys; 0n stands for a delete as well. */
const changes = (...puts: [KeyString, bigint][]) => ({
  changeCount: puts.length,
  keyOf: (sub: number) => puts[sub]![0],
  leaseOf: (sub: number) => puts[sub]![1],
});

/** So many records as a restart finds them. */
const found = (count: number, ttlSeconds: number, remainingSeconds = 0): LeaseRecord[] =>
  Array.from({ length: count }, (_, i) => ({ id: BigInt(i + 1), ttlSeconds, remainingSeconds }));

describe('granting', () => {
  test('R120 without an id it gets a positive one of 63 bits, each session its own', () => {
    const sessions = [setUp(), setUp()];
    const ids = sessions.flatMap(({ grant }) =>
      Array.from({ length: 1000 }, () => grant(0n, 10).id),
    );
    expect(ids.every((id) => id > 0n && id < 2n ** 63n)).toBe(true);
    expect(new Set(ids).size).toBe(2000);
  });

  test('R120 an id that is taken, or 0, is passed over', () => {
    const { grant } = setUp(true, () => 1 - Number.EPSILON);
    grant(1n, 10);
    grant(2n, 10);
    expect([grant(0n, 10).id, grant(0n, 10).id]).toEqual([3n, 4n]);
  });

  test('R120 an id is used as given, negative ones too, but once', () => {
    const { lessor, grant } = setUp();
    expect([grant(7n, 10).id, grant(-7n, 10).id]).toEqual([7n, -7n]);
    expect(() => lessor.newLease(-7n, 10)).toThrow('etcdserver: lease already exists');
    expect(lessor.size).toBe(2);
  });

  test('R120, R121 the TTL is raised to the minimum, and refused past the maximum', () => {
    const { lessor, grant } = setUp();
    expect([-1, 0, 1, 2, 3].map((ttl) => grant(0n, ttl).ttlSeconds)).toEqual([2, 2, 2, 2, 3]);
    expect(grant(0n, 9_000_000_000).ttlSeconds).toBe(9_000_000_000);
    expect(() => lessor.newLease(0n, 9_000_000_001)).toThrow('etcdserver: too large lease TTL');
  });
});

describe('time', () => {
  test('R124 what is left is told in whole seconds, rounded down, and never less than none', () => {
    const { time, lessor, grant } = setUp();
    const lease = grant(1n, 10);
    const seen = [0, 1, 999, 1, 8999, 5000].map((ms) => {
      time.nowMs += ms;
      return lessor.remainingSeconds(lease);
    });
    expect(seen).toEqual([10, 9, 9, 8, 0, 0]);
  });

  test('R123 a renewal gives it the full time again', () => {
    const { time, lessor, grant } = setUp();
    const lease = grant(1n, 10);
    for (let times = 0; times < 5; times++) {
      time.nowMs += 9_999;
      expect([lessor.takeExpired(10), lessor.isExpired(lease)]).toEqual([[], false]);
      lessor.renew(lease);
      expect(lessor.remainingSeconds(lease)).toBe(10);
    }
    time.nowMs += 10_000;
    expect([lessor.takeExpired(10), lessor.isExpired(lease)]).toEqual([[lease], true]);
  });

  test('R124 listed by the time that is left', () => {
    const { time, lessor, grant } = setUp();
    const first = grant(1n, 30);
    grant(2n, 20);
    time.nowMs += 5_000;
    grant(3n, 10);
    expect(lessor.list().map(({ id }) => id)).toEqual([3n, 2n, 1n]);
    lessor.remove(lessor.get(2n)!);
    lessor.renew(first);
    expect(lessor.list().map(({ id }) => id)).toEqual([3n, 1n]);
  });

  test('R125 at most so many expire at once, and one that is not revoked comes up again', () => {
    const { time, lessor, grant } = setUp();
    for (let i = 0; i < 10; i++) grant(BigInt(i + 1), 5);
    time.nowMs += 5_000;
    const first = lessor.takeExpired(6);
    const second = lessor.takeExpired(6);
    expect([first.length, second.length, lessor.takeExpired(6).length]).toEqual([6, 4, 0]);
    expect(new Set([...first, ...second]).size).toBe(10);
    for (const lease of first) lessor.remove(lease);
    time.nowMs += limits.leaseRetryMs - 1;
    expect(lessor.takeExpired(6)).toEqual([]);
    time.nowMs += 1;
    expect(new Set(lessor.takeExpired(6))).toEqual(new Set(second));
  });

  test('the next moment at which one may expire is known, and there is none without leases', () => {
    const { time, lessor, grant } = setUp();
    expect(lessor.nextExpiryMs).toBe(Number.POSITIVE_INFINITY);
    const lease = grant(1n, 10);
    expect(lessor.nextExpiryMs).toBe(time.nowMs + 10_000);
    grant(2n, 5);
    expect(lessor.nextExpiryMs).toBe(time.nowMs + 5_000);
    lessor.remove(lessor.get(2n)!);
    lessor.remove(lease);
    expect(lessor.nextExpiryMs).toBe(Number.POSITIVE_INFINITY);
  });

  test('what is revoked long before its time leaves the queue', () => {
    const queue = new LeaseQueue(({ expiresAtMs }) => expiresAtMs);
    const { grant, lessor } = setUp();
    // More than one look would go through.
    for (let i = 0; i < 40_000; i++) {
      const lease = grant(0n, 1_000);
      queue.add(lease);
      lessor.remove(lease);
      queue.sweep(0);
    }
    const held = grant(0n, 2_000);
    queue.add(held);
    expect(queue.take(held.expiresAtMs, 10, Number.MAX_VALUE)).toEqual([held]);
  });
});

describe('keys', () => {
  test('R122 they come in key order, by bytes', () => {
    const { lessor, grant } = setUp();
    const lease = grant(1n, 10);
    lessor.follow(changes(['b', 1n], ['\xff', 1n], ['a', 1n], ['B', 1n], ['a\0', 1n]));
    expect(lessor.keysOf(lease)).toEqual(['B', 'a', 'a\0', 'b', '\xff']);
  });

  test('R43, R126 a key hangs on the lease of its last put, and on no other', () => {
    const { lessor, grant } = setUp();
    const [one, two] = [grant(1n, 10), grant(2n, 10)];
    const keys = () => [lessor.keysOf(one), lessor.keysOf(two)];
    lessor.follow(changes(['a', 1n], ['b', 1n], ['c', 2n]));
    expect(keys()).toEqual([['a', 'b'], ['c']]);
    lessor.follow(changes(['a', 1n], ['b', 2n], ['c', 0n]));
    expect(keys()).toEqual([['a'], ['b']]);
    lessor.follow(changes(['a', 2n], ['a', 0n], ['a', 1n], ['b', 0n]));
    expect(keys()).toEqual([['a'], []]);
    lessor.remove(one);
    lessor.follow(changes(['a', 0n]));
    lessor.follow(changes(['a', 2n]));
    expect(lessor.keysOf(two)).toEqual(['a']);
  });

  test('a lease that does not exist attaches nothing, and takes the key from the one it had', () => {
    const { lessor, grant } = setUp();
    const lease = grant(1n, 10);
    lessor.follow(changes(['a', 1n], ['b', 1n]));
    lessor.follow(changes(['a', 5n]));
    expect(lessor.keysOf(lease)).toEqual(['b']);
    expect(lease.keyCount).toBe(1);
  });
});

describe('R127 after a restart', () => {
  test('a lease has what its record leaves it, or its full time', () => {
    const { lessor } = setUp();
    lessor.restore([
      { id: 1n, ttlSeconds: 60, remainingSeconds: 20 },
      { id: 2n, ttlSeconds: 60, remainingSeconds: 0 },
    ]);
    const left = [1n, 2n].map((id) => lessor.remainingSeconds(lessor.get(id)!));
    expect(left).toEqual([20, 60]);
  });

  test('its full time in any case, if checkpoints are off; and renewing clears what is written', () => {
    const { lessor } = setUp(false);
    lessor.restore(found(1, 60, 20));
    const lease = lessor.get(1n)!;
    expect([lessor.remainingSeconds(lease), lease.savedSeconds]).toEqual([60, 20]);
    lessor.renew(lease);
    expect(lease.savedSeconds).toBe(0);
  });

  test('fewer than a thousand end when they end', () => {
    const { time, lessor } = setUp();
    lessor.restore(found(999, 10));
    time.nowMs += 10_000;
    expect(lessor.takeExpired(1000)).toHaveLength(999);
  });

  test('a thousand and more end at most 750 a second, and none before its time', () => {
    const { time, lessor } = setUp();
    lessor.restore([...found(2000, 10), { id: 5000n, ttlSeconds: 60, remainingSeconds: 0 }]);
    time.nowMs += 9_999;
    expect(lessor.takeExpired(5000)).toEqual([]);
    time.nowMs += 1;
    const perSecond = [0, 1, 2, 3].map(() => {
      const expired = lessor.takeExpired(5000);
      for (const lease of expired) lessor.remove(lease);
      time.nowMs += 1000;
      return expired.length;
    });
    expect(perSecond).toEqual([750, 750, 500, 0]);
    expect(lessor.remainingSeconds(lessor.get(5000n)!)).toBe(46);
  });

  test('a lease that was put off shows no more than its TTL, and renewing does not shorten it', () => {
    const { time, lessor } = setUp();
    lessor.restore(found(1500, 10));
    const last = lessor.list().at(-1)!;
    expect(lessor.remainingSeconds(last)).toBe(10);
    lessor.renew(last);
    time.nowMs += 10_999;
    expect(lessor.isExpired(last)).toBe(false);
    time.nowMs += 1;
    expect(lessor.isExpired(last)).toBe(true);
  });
});
