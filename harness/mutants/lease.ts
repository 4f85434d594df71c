/** Bugs in leases: time, keys that hang on them, and what a restart knows of them. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'memory', profile: 'locks' } as const;
const onDisk = { target: 'disk', profile: 'locks' } as const;
const LESSOR = 'engine/lease/lessor.ts';
const QUEUE = 'engine/lease/lease-queue.ts';

const keys: readonly Mutant[] = [
  {
    name: 'a key put under another lease stays with the first one, too',
    file: LESSOR,
    find: 'before?.detach(key);',
    replace: '',
    caughtBy,
    rule: 'R43',
    runs: 1000,
  },
  {
    name: 'a put without a lease and a delete leave the key with its lease',
    file: LESSOR,
    find: 'if (lease !== 0n || this.#leaseOf.size > 0) this.attach(',
    replace: 'if (lease !== 0n) this.attach(',
    caughtBy,
    rule: 'R126',
    runs: 1000,
  },
  {
    name: 'a key that comes back to the lease it left is not attached again',
    file: LESSOR,
    find: `    if (lease === undefined) {
      this.#leaseOf.delete(key);
      return;
    }`,
    replace: '    if (lease === undefined) return;',
    caughtBy,
    rule: 'R43',
    runs: 1000,
  },
  {
    name: 'a lease with one key forgets it when it gets a second one',
    file: 'engine/lease/granted-lease.ts',
    find: 'this.#keys = new Set([this.#keys, key]);',
    replace: 'this.#keys = new Set([key]);',
    caughtBy,
    rule: 'R122',
    runs: 300,
  },
  {
    name: 'the keys of a revoked lease are deleted in the order they were put',
    file: LESSOR,
    find: 'return [...lease.keys].sort();',
    replace: 'return [...lease.keys];',
    caughtBy,
    rule: 'R122',
    runs: 300,
  },
  {
    name: 'a revoke deletes all keys but the last',
    file: 'engine/lease/lease-txn.ts',
    find: 'for (const key of lessor.keysOf(lease)) {',
    replace: 'for (const key of lessor.keysOf(lease).slice(0, 2)) {',
    caughtBy,
    rule: 'R122',
    runs: 1000,
  },
];

const time: readonly Mutant[] = [
  {
    name: 'a lease ends half a second early',
    file: LESSOR,
    find: 'nowMs + lease.ttlSeconds * 1000);',
    replace: 'nowMs + lease.ttlSeconds * 1000 - 500);',
    caughtBy,
    rule: 'R125',
    runs: 300,
  },
  {
    name: 'keeping a lease alive does not extend it',
    file: LESSOR,
    find: '() => `lease ${lease.id} is revoked`);\n    this.#restart(lease);',
    replace: '() => `lease ${lease.id} is revoked`);',
    caughtBy,
    rule: 'R123',
    runs: 1000,
  },
  {
    name: 'a lease that was renewed expires when it would have without',
    file: QUEUE,
    find: 'if (dueAtMs <= nowMs) taken.push(lease);',
    replace: 'taken.push(lease);',
    caughtBy,
    rule: 'R123',
    runs: 3000,
  },
  {
    name: 'what is left of a lease is what was granted',
    file: LESSOR,
    find: 'return Math.min(ttlSeconds, Math.max(0, remaining));',
    replace: 'return remaining > 0 ? ttlSeconds : 0;',
    caughtBy,
    rule: 'R124',
    runs: 300,
  },
  {
    name: 'a lease shorter than the shortest is granted as asked',
    file: LESSOR,
    find: 'const granted = Math.max(ttlSeconds, limits.leaseMinTtlSeconds);',
    replace: 'const granted = Math.max(ttlSeconds, 1);',
    caughtBy,
    rule: 'R120',
    runs: 300,
  },
  {
    name: 'a lease granted later that ends sooner waits for the first one',
    file: 'engine/lease-keeper.ts',
    find: 'if (isNeeded && atMs >= this.#wakesAtMs) return;',
    replace: 'if (isNeeded && this.#wakesAtMs < Number.POSITIVE_INFINITY) return;',
    caughtBy,
    rule: 'R125',
    runs: 3000,
  },
  {
    name: 'leases that end together are revoked in the order of the queue',
    file: LESSOR,
    find: 'nowMs + limits.leaseRetryMs).sort(byEnd);',
    replace: 'nowMs + limits.leaseRetryMs);',
    caughtBy,
    rule: 'R125',
    runs: 3000,
  },
  {
    name: 'leases are listed by the time that is left, longest first',
    file: LESSOR,
    find: 'sort((a, b) => a.expiresAtMs - b.expiresAtMs);\n  }\n\n  // ── what is due',
    replace: 'sort((a, b) => b.expiresAtMs - a.expiresAtMs);\n  }\n\n  // ── what is due',
    caughtBy,
    rule: 'R124',
    runs: 1000,
  },
  {
    name: 'a lease that has expired can be renewed until it is revoked',
    file: LESSOR,
    find: 'return expiresAtMs <= this.#now();',
    replace: 'return expiresAtMs <= this.#now() - limits.leaseCheckMs;',
    caughtBy,
    rule: 'R128',
    runs: 300,
  },
];

const restart: readonly Mutant[] = [
  {
    name: 'a revoked lease is back after a restart',
    file: 'engine/lease/lease-txn.ts',
    find: 'tx.deleteRecord(LEASE_BUCKET, encodeLeaseKey(lease.id));',
    replace: '',
    caughtBy: onDisk,
    rule: 'R122',
    runs: 3000,
  },
  {
    name: 'the keys of an only lease are not attached after a restart',
    file: 'engine/lease/restore-leases.ts',
    find: 'if (records.length > 0) attachKeys(',
    replace: 'if (records.length > 1) attachKeys(',
    caughtBy: onDisk,
    rule: 'R127',
    runs: 1000,
  },
  {
    name: 'negative ids of leases are read as positive ones',
    file: 'engine/lease/lease-record.ts',
    find: 'fields[field as 1 | 2 | 3] = BigInt.asIntN(64, result);',
    replace: 'fields[field as 1 | 2 | 3] = result;',
    caughtBy: onDisk,
    rule: 'R120',
    runs: 300,
  },
  {
    name: 'seconds left of a lease are rounded down at each restart',
    file: LESSOR,
    find: 'const remainingSeconds = Math.ceil((lease.expiresAtMs - nowMs) / 1000);',
    replace: 'const remainingSeconds = Math.floor((lease.expiresAtMs - nowMs) / 1000);',
    caughtBy: onDisk,
    rule: 'R127',
    runs: 1000,
  },
  {
    name: 'a restart gives a lease less than was written down',
    file: LESSOR,
    find: '(hasRest ? remainingSeconds : ttlSeconds) * 1000;',
    replace: '((hasRest ? remainingSeconds : ttlSeconds) - 1) * 1000;',
    caughtBy: onDisk,
    rule: 'R127',
    runs: 300,
  },
  {
    name: 'a renewal leaves what was written down of the rest',
    file: 'engine/leases.ts',
    find: 'if (lease.savedSeconds === 0) {',
    replace: 'if (lease.savedSeconds >= 0) {',
    caughtBy: onDisk,
    rule: 'R127',
    runs: 3000,
  },
];

export const leaseMutants: readonly Mutant[] = [...keys, ...time, ...restart];
