/** Leases and the time they live by: asked of a store, answered in the specification's words. */
import { setImmediate } from 'node:timers/promises';
import type { Lease, LeaseStatus, Leases } from '../../engine/types.ts';
import { describeResponse } from '../../spec/describe.ts';
import type { LeaseOperation } from '../../spec/lease-types.ts';
import type { Response } from '../../spec/types.ts';
import { answered } from './answers.ts';
import type { AnyStore } from './any-store.ts';
import { latin1 } from './plain.ts';
import type { SteppedClock } from './stepped-clock.ts';

export interface Tenant {
  readonly store: AnyStore;
  /** Of the store; without one time cannot be moved. */
  readonly clock: SteppedClock | undefined;
  /** Nothing else is under way. */
  readonly isAlone: boolean;
}

export class LeaseSession {
  /** What `grant` returned, until the store is opened again. */
  readonly #held = new Map<bigint, Lease>();

  answer(tenant: Tenant, operation: LeaseOperation): Promise<Response> {
    return answered(() => this.#perform(tenant, operation));
  }

  /** A restart: the leases are there again, those who held them are not. */
  forget(): void {
    this.#held.clear();
  }

  async #perform({ store, clock, isAlone }: Tenant, operation: LeaseOperation): Promise<Response> {
    const { leases } = store;
    switch (operation.op) {
      case 'grant': {
        const { id, ttl: ttlSeconds } = operation;
        const lease = await leases.grant({ id, ttlSeconds });
        this.#held.set(lease.id, lease);
        return { kind: 'granted', id: lease.id, ttl: lease.ttlSeconds };
      }
      case 'revoke':
        await leases.revoke(operation.id);
        return { kind: 'done' };
      case 'keepalive':
        return { kind: 'kept', ttl: await leases.keepAliveOnce(operation.id) };
      case 'ttl': {
        const { id, keys = false } = operation;
        if (!isAlone) return statusOf(await leases.timeToLive(id, { keys }));
        return this.#status(id, (from) => from.timeToLive({ keys }), leases);
      }
      case 'leases':
        return { kind: 'leases', ids: await listed(leases) };
      case 'advance':
      default:
        if (clock === undefined) throw new Error("this store's time cannot be moved");
        await advance(clock, operation.seconds);
        return { kind: 'done' };
    }
  }

  /** The store and whoever holds the lease must say the same. */
  async #status(
    id: bigint,
    ask: (lease: Pick<Lease, 'timeToLive'>) => Promise<LeaseStatus>,
    leases: Leases,
  ): Promise<Response> {
    const told = statusOf(await ask({ timeToLive: (options) => leases.timeToLive(id, options) }));
    const held = this.#held.get(id);
    if (held === undefined) return told;
    const toldToHolder = statusOf(await ask(held));
    if (describeResponse(toldToHolder) === describeResponse(told)) return told;
    throw new Error(
      `lease ${id} itself says: ${describeResponse(toldToHolder)}\nits store: ${describeResponse(told)}`,
    );
  }
}

function statusOf({ ttlSeconds, grantedTtlSeconds, keys }: LeaseStatus): Response {
  return {
    kind: 'lease',
    ttl: ttlSeconds,
    grantedTtl: grantedTtlSeconds,
    keys: keys.map((key) => latin1(key)),
  };
}

/** As the store has them, but those that end together in order of their ids: R124 leaves that open. */
async function listed(leases: Leases): Promise<bigint[]> {
  const left: { readonly id: bigint; readonly ttlSeconds: number }[] = [];
  for (const id of await leases.list()) {
    const { ttlSeconds } = await leases.timeToLive(id);
    left.push({ id, ttlSeconds });
  }
  const ids: bigint[] = [];
  for (let first = 0; first < left.length; ) {
    const end = left.findIndex(
      ({ ttlSeconds }, at) => at > first && ttlSeconds !== left[first]!.ttlSeconds,
    );
    const together = left.slice(first, end < 0 ? left.length : end);
    ids.push(...together.map(({ id }) => id).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    first += together.length;
  }
  return ids;
}

const STEP_MS = 250;
/** After each step: whoever is woken by it writes, and is written back to. */
const TURNS_PER_STEP = 4;
const TURNS_AFTER = 20;

/** So many seconds go by for a store with this clock, and what is due in them is done. */
export async function advance(clock: SteppedClock, seconds: number): Promise<void> {
  for (let ms = 0; ms < seconds * 1000; ms += STEP_MS) {
    clock.advance(STEP_MS);
    for (let turn = 0; turn < TURNS_PER_STEP; turn++) await setImmediate();
  }
  for (let turn = 0; turn < TURNS_AFTER; turn++) await setImmediate();
}
