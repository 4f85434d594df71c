/** One client and a cluster of three whose leader is killed: writes, a watch and a lease go on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../engine/client/index.ts';
import { VarveError } from '../../engine/index.ts';
import type { Store, Watch, WatchEvent } from '../../engine/types.ts';
import { startCluster } from '../etcd/etcd-cluster.ts';
import { etcdIsInstalled } from '../etcd/etcd-process.ts';

const LEASE_SECONDS = 5;

test('a cluster whose leader is killed goes on', async ({ skip }) => {
  if (!etcdIsInstalled()) skip('etcd is not installed');
  const cluster = await startCluster(3);
  onTestFinished(() => cluster.remove());
  const leader = await cluster.leader();
  const others = cluster.endpoints.filter((endpoint) => endpoint !== leader.endpoint);
  const store = await connect([leader.endpoint, ...others]);
  onTestFinished(() => store.close());

  const watch = store.watch({ prefix: 'k/' });
  await watch.ready;
  const seen: WatchEvent[] = [];
  const reading = follow(watch, seen);
  // Whatever ends it early shows in what was seen.
  reading.catch(() => {});
  const lease = await store.leases.grant({ ttlSeconds: LEASE_SECONDS, keepAlive: true });
  await store.put('held', 'x', { lease });

  const acknowledged = new Set<number>();
  for (let i = 0; i < 20; i++) acknowledged.add(await putAnyway(store, `k/${i}`));
  await leader.kill();
  const killedAtMs = performance.now();
  for (let i = 20; i < 40; i++) acknowledged.add(await putAnyway(store, `k/${i}`));
  // Long enough for a lease that nobody renews to be gone.
  await sleep(Math.max(0, killedAtMs + 1.4 * LEASE_SECONDS * 1000 - performance.now()));

  expect(lease.signal.aborted).toBe(false);
  expect((await store.get('held'))?.text()).toBe('x');
  const last = await putAnyway(store, 'k/last');
  await expect.poll(() => watch.revision, { timeout: 5000 }).toBe(last);
  await watch.cancel();
  await reading;

  const revisions = seen.map(({ revision }) => revision);
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
  expect([...acknowledged].filter((revision) => !revisions.includes(revision))).toEqual([]);
  const { kvs } = await store.range({ prefix: 'k/' });
  const newest = new Map(seen.map(({ kv }) => [kv.key, kv.modRevision]));
  expect(Object.fromEntries(newest)).toEqual(
    Object.fromEntries(kvs.map(({ key, modRevision }) => [key, modRevision])),
  );
  await lease.revoke();
  expect(await store.get('held')).toBeUndefined();
}, 60_000);

async function follow(watch: Watch, seen: WatchEvent[]): Promise<void> {
  for await (const event of watch) seen.push(event);
}

/** A put of the same may be done twice. */
async function putAnyway(store: Store, key: string): Promise<number> {
  for (let tries = 0; ; tries++) {
    try {
      return (await store.put(key, 'value')).revision;
    } catch (error) {
      const isInDoubt = error instanceof VarveError && error.code === 'ERR_UNAVAILABLE';
      if (!isInDoubt || tries === 100) throw error;
      await sleep(50);
    }
  }
}
