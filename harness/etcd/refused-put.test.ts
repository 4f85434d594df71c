/**
 * Why a cluster is not asked for puts whose lease may be granted next (`harness/remote/cluster-departures.ts`): what
 * etcd 3.4 has refused, it may do when it comes back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connect } from '../../engine/client/index.ts';
import { etcdIsInstalled, startEtcd } from './etcd-process.ts';

/** It commits to disk every 100 ms. */
const COMMITTED_MS = 1000;

test('R40 a put refused for its lease is done by an etcd that is killed once the lease is there', async ({
  skip,
}) => {
  if (!etcdIsInstalled()) skip('etcd is not installed');
  await using etcd = await startEtcd();
  await using store = await connect(etcd.endpoint);
  const { revision } = await store.put('a', '1');
  const refused = store.put('k', 'x', { lease: 7n });
  await expect(refused).rejects.toMatchObject({ code: 'ERR_LEASE_NOT_FOUND' });
  await store.leases.grant({ id: 7n, ttlSeconds: 1000 });
  expect(await store.get('k')).toBeUndefined();
  await sleep(COMMITTED_MS);
  await etcd.kill();
  await etcd.start();
  expect(await store.get('k')).toMatchObject({ modRevision: revision + 1, lease: 7n });
});
