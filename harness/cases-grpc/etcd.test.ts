/** A real etcd 3.4 answers every recorded case as it was recorded: so does whoever asks ask rightly. */
import { afterAll, describe, expect, test } from 'vitest';
import { recordedCases } from '../cases/recorded.ts';
import { etcdIsInstalled } from '../etcd/etcd-process.ts';
import { serveEtcd } from './etcd-served.ts';
import { runCase } from './run-case.ts';
import { Servers } from './servers.ts';

describe.skipIf(!etcdIsInstalled())('etcd (skipped if it is not installed)', () => {
  const servers = new Servers(serveEtcd);
  afterAll(() => servers.remove());

  for (const recorded of recordedCases) {
    const { id, title } = recorded;
    // Much of it is waiting.
    test.concurrent(`${id} ${title}`, async () => {
      const outcomes = await servers.with(recorded, (served) =>
        runCase(recorded, served, undefined),
      );
      for (const { step, actual, expected } of outcomes) expect(actual, step).toEqual(expected);
    });
  }
});
