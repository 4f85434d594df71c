/** Many leases: what granting them costs, and what it costs that some expire all the time. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { open } from '../../engine/index.ts';

export interface LeasesRequest {
  readonly directory: string;
  readonly leases: number;
  /** How many of them expire in a second, and for how many seconds this is watched. */
  readonly expiringPerSecond: number;
  readonly seconds: number;
}

export interface LeasesResult {
  readonly grantsPerSecond: number;
  /** Part of one processor that the whole process took while leases expired. */
  readonly processorShare: number;
  readonly expired: number;
}

const GRANTS_A_TURN = 1000;
const LONG_TTL_SECONDS = 1_000_000;
/** So long leases expire before it is watched what that costs: code that has never run costs more. */
const WARM_UP_SECONDS = 5;
/** Shorter ones do not exist (R121). */
const SHORTEST_TTL_SECONDS = 2;

export async function manyLeases(request: LeasesRequest): Promise<LeasesResult> {
  const { directory, leases, expiringPerSecond, seconds } = request;
  const store = await open(directory, { sync: 'interval' });
  const started = performance.now();
  for (let lease = 0; lease < leases; lease++) {
    await store.leases.grant({ ttlSeconds: LONG_TTL_SECONDS });
    if (lease % GRANTS_A_TURN === 0) await setImmediate();
  }
  const grantsPerSecond = (leases * 1000) / (performance.now() - started);

  for (let second = 0; second <= WARM_UP_SECONDS + seconds; second++) {
    for (let lease = 0; lease < expiringPerSecond; lease++) {
      const ttlSeconds = SHORTEST_TTL_SECONDS + second;
      const { id } = await store.leases.grant({ ttlSeconds });
      await store.put(`leased-${second}-${lease}`, 'here', { lease: id });
    }
  }
  await store.flush();
  await setTimeout((SHORTEST_TTL_SECONDS + WARM_UP_SECONDS) * 1000);
  const before = (await store.status()).leases;
  const usage = process.cpuUsage();
  const watched = performance.now();
  await setTimeout(seconds * 1000);
  const { user, system } = process.cpuUsage(usage);
  const processorShare = (user + system) / 1000 / (performance.now() - watched);
  const expired = before - (await store.status()).leases;
  await store.close();
  return { grantsPerSecond, processorShare, expired };
}
