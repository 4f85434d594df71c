/** `store.leases` of a remote store. */
import type { Clock } from '../base/clock.ts';
import { closed, invalidArgument, leaseNotFound, VarveError } from '../base/errors.ts';
import type {
  CallOptions,
  GrantOptions,
  Lease,
  LeaseId,
  Leases,
  LeaseStatus,
  LeaseStatusOptions,
} from '../types.ts';
import { Lease as LeaseService } from '../wire/generated/rpc_pb.ts';
import type { Calls } from './calls.ts';
import { KeepAliver } from './keep-aliver.ts';
import { type LeaseOwner, RemoteLease } from './remote-lease.ts';
import { checkedLeaseId } from './requests.ts';
import type { WatchHub } from './watch-hub.ts';

const NO_OPTIONS = {};
const { method } = LeaseService;
/** Any longer one is refused in the same words. */
const TTL_MAX = 2 ** 53;

export class RemoteLeases implements Leases, LeaseOwner {
  readonly clock: Clock;
  readonly #calls: Calls;
  readonly #hub: WatchHub;
  readonly #keepAliver: KeepAliver;
  /** Handles that want to know when their lease is lost. */
  readonly #handles = new Map<LeaseId, Set<RemoteLease>>();
  #isClosed = false;

  constructor(calls: Calls, hub: WatchHub) {
    this.clock = calls.options.clock;
    this.#calls = calls;
    this.#hub = hub;
    this.#keepAliver = new KeepAliver(calls);
  }

  async grant(options: GrantOptions): Promise<Lease> {
    const { id = 0n, ttlSeconds, keepAlive = false, signal } = options;
    if (!Number.isInteger(ttlSeconds)) {
      throw invalidArgument(`ttlSeconds is a whole number of seconds, not ${String(ttlSeconds)}`);
    }
    if (typeof keepAlive !== 'boolean') {
      throw invalidArgument(`keepAlive is true or false, not ${String(keepAlive)}`);
    }
    const TTL = BigInt(Math.max(-TTL_MAX, Math.min(TTL_MAX, ttlSeconds)));
    const askedAtMs = this.clock.now();
    // One without an id that nobody hears of goes away by itself.
    const isRepeatable = id === 0n;
    const granted = await this.#calls.unary(
      method.leaseGrant,
      { ID: checkedLeaseId(id), TTL },
      { signal, isRepeatable },
    );
    if (granted.error !== '') throw new VarveError('ERR_UNAVAILABLE', granted.error);
    const lease = new RemoteLease(this, granted.ID, Number(granted.TTL), askedAtMs);
    if (keepAlive) lease.keepAlive();
    return lease;
  }

  async revoke(id: LeaseId, { signal }: CallOptions = NO_OPTIONS): Promise<void> {
    const request = { ID: checkedLeaseId(id) };
    // It deletes keys.
    const after = this.#hub.registered();
    await this.#calls.unary(method.leaseRevoke, request, { signal, after });
    for (const handle of this.#handles.get(id) ?? []) handle.lost(leaseNotFound());
  }

  async keepAliveOnce(id: LeaseId, options: CallOptions = NO_OPTIONS): Promise<number> {
    const ttlSeconds = await this.renew(checkedLeaseId(id), options);
    if (ttlSeconds > 0) return ttlSeconds;
    for (const handle of this.#handles.get(id) ?? []) handle.lost(leaseNotFound());
    return 0;
  }

  async timeToLive(id: LeaseId, options: LeaseStatusOptions = NO_OPTIONS): Promise<LeaseStatus> {
    const { TTL, grantedTTL, keys } = await this.#calls.unary(
      method.leaseTimeToLive,
      { ID: checkedLeaseId(id), keys: options.keys === true },
      { signal: options.signal, isRepeatable: true },
    );
    return {
      ttlSeconds: Number(TTL),
      grantedTtlSeconds: Number(grantedTTL),
      keys: keys.map((key) => new Uint8Array(key)).sort((a, b) => Buffer.compare(a, b)),
    };
  }

  async list({ signal }: CallOptions = NO_OPTIONS): Promise<readonly LeaseId[]> {
    const listed = await this.#calls.unary(method.leaseLeases, {}, { signal, isRepeatable: true });
    return listed.leases.map(({ ID }) => ID);
  }

  // ── for the handles ──────────────────────────────────────────────────────

  renew(id: LeaseId, { signal }: CallOptions, timeoutMs?: number): Promise<number> {
    return this.#keepAliver.renew(id, { signal, ...(timeoutMs !== undefined && { timeoutMs }) });
  }

  follow(handle: RemoteLease): void {
    if (this.#isClosed) return handle.lost(closed());
    const handles = this.#handles.get(handle.id);
    if (handles === undefined) this.#handles.set(handle.id, new Set([handle]));
    else handles.add(handle);
  }

  unfollow(handle: RemoteLease): void {
    const handles = this.#handles.get(handle.id);
    handles?.delete(handle);
    if (handles?.size === 0) this.#handles.delete(handle.id);
  }

  close(): void {
    this.#isClosed = true;
    for (const handles of this.#handles.values()) {
      for (const handle of handles) handle.lost(closed());
    }
    this.#keepAliver.close();
  }
}
