/** The same commands of etcdctl to a real etcd and to Varve's server: the same output, line by line. */
import { describe, expect, test } from 'vitest';
import { testServer } from '../../engine/v3rpc/index.ts';
import { etcdctlIsInstalled, etcdIsInstalled, startEtcd } from './etcd-process.ts';
import { SCRIPTS } from './etcdctl-scripts.ts';
import { sessionOf } from './etcdctl-session.ts';

const isMissing = !etcdIsInstalled() || !etcdctlIsInstalled();

async function compare(script: string, scheme = ''): Promise<void> {
  await using etcd = await startEtcd();
  await using varve = await testServer();
  const places = [
    { address: `127.0.0.1:${etcd.clientPort}`, peerUrl: etcd.peerUrl },
    { address: varve.address, peerUrl: varve.url },
  ];
  const [wanted, got] = await Promise.all(
    places.map((place) => sessionOf({ ...place, endpoint: `${scheme}${place.address}` }, script)),
  );
  expect(got).toEqual(wanted);
}

describe.skipIf(isMissing)('etcdctl (skipped if it or etcd is not installed)', () => {
  test.each(Object.entries(SCRIPTS))('%s', async (_, script) => {
    await compare(script);
  });

  // Its own connections for maintenance then have an authority with a scheme.
  test('members and maintenance, of an endpoint that is written as a URL', async () => {
    await compare(SCRIPTS['members and maintenance']!, 'http://');
  });
});
