/** The same commands of etcdctl to a real etcd and to Varve's server: the same output, line by line. */
import { describe, expect, test } from 'vitest';
import { testServer } from '../../engine/v3rpc/index.ts';
import { etcdctlIsInstalled, etcdIsInstalled, startEtcd } from './etcd-process.ts';
import { SCRIPTS } from './etcdctl-scripts.ts';
import { sessionOf } from './etcdctl-session.ts';

const isMissing = !etcdIsInstalled() || !etcdctlIsInstalled();

describe.skipIf(isMissing)('etcdctl (skipped if it or etcd is not installed)', () => {
  test.each(Object.entries(SCRIPTS))('%s', async (_, script) => {
    await using etcd = await startEtcd();
    await using varve = await testServer();
    const [wanted, got] = await Promise.all([
      sessionOf({ address: `127.0.0.1:${etcd.clientPort}`, peerUrl: etcd.peerUrl }, script),
      sessionOf({ address: varve.address, peerUrl: varve.url }, script),
    ]);
    expect(got).toEqual(wanted);
  });
});
