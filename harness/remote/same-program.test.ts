/** One program against a store in this process, one that is served, and a real etcd: it sees the same. */
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../engine/client/index.ts';
import { openMemory } from '../../engine/index.ts';
import type { Store } from '../../engine/types.ts';
import { serve } from '../../engine/v3rpc/index.ts';
import { etcdIsInstalled, startEtcd } from '../etcd/etcd-process.ts';
import { sameProgram } from './same-program.ts';

async function expected(): Promise<unknown[]> {
  const store = await openMemory();
  const seen = await sameProgram(store);
  await store.close();
  return seen;
}

async function seenBy(store: Store): Promise<unknown[]> {
  const seen = await sameProgram(store);
  await store.close();
  return seen;
}

test('a served store behind the client is like a store in this process', async () => {
  const store = await openMemory();
  const server = await serve(store, { listen: '127.0.0.1:0' });
  onTestFinished(async () => {
    await server.close();
    await store.close();
  });
  expect(await seenBy(await connect(server.url))).toEqual(await expected());
});

test('a real etcd behind the client is like a store in this process', async ({ skip }) => {
  if (!etcdIsInstalled()) skip('etcd is not installed');
  const etcd = await startEtcd();
  onTestFinished(() => etcd.remove());
  expect(await seenBy(await connect(etcd.endpoint))).toEqual(await expected());
});
