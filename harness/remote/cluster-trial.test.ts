/** The judge of a cluster: what it lets pass and what it finds, and a real cluster for a moment. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Store, WatchBatch } from '../../engine/types.ts';
import type { FoundFailure } from '../runner/plan.ts';
import { Runner } from '../runner/run-one.ts';
import { replaced } from '../stores/replaced.ts';
import { clusterTarget } from '../targets/cluster-target.ts';
import { Ledger } from '../targets/ledger.ts';
import { whyNoEtcd } from '../targets/remote-targets.ts';
import type { Target } from '../targets/target.ts';
import { FakeArenas, type FakeInit } from './fake-arena.testing.ts';

const SEED = 11;
const RUNS_MAX = 40;

async function ran(
  target: Target<never>,
  count: number,
): Promise<{ readonly failure: FoundFailure | undefined; readonly ledger: Ledger }> {
  const plan = { profile: 'uniform', seed: SEED, swarm: true, without: [], shrinkMs: 0 } as const;
  const runner = new Runner(target, plan);
  const ledger = new Ledger();
  for (let number = 0; number < count; number++) {
    const failure = await runner.run(number, ledger);
    if (failure !== undefined) return { failure, ledger };
  }
  return { failure: undefined, ledger };
}

const fake = (init: FakeInit): Target<never> =>
  clusterTarget(new FakeArenas(init)) as unknown as Target<never>;

test('answers that are lost are no differences', async () => {
  const { failure, ledger } = await ran(fake({}), 12);
  expect(failure?.message).toBeUndefined();
  expect(ledger.operations).toBeGreaterThan(500);
  const { rules } = ledger;
  expect(rules.get('calls of unknown outcome')).toBeGreaterThan(10);
  expect(rules.get('of those done')).toBeGreaterThan(0);
  expect(rules.get('watch events')).toBeGreaterThan(50);
}, 30_000);

describe('a cluster is caught that', () => {
  test.each<[string, FakeInit]>([
    [
      'forgets a put that it has acknowledged',
      {
        plant: (store, isStruck) => ({
          async put(key, value, options) {
            if (!isStruck()) return store.put(key, value, options);
            return { revision: (await store.status()).revision + 1 };
          },
        }),
      },
    ],
    [
      'does what was lost twice',
      { perform: (run, fate) => (fate === 'done' ? run().then(run) : Promise.resolve()) },
    ],
    [
      'says that nobody was asked, and somebody was',
      { perform: (run, fate) => (fate === 'refused' ? run() : Promise.resolve()) },
    ],
    ['shows what was before', { plant: (store, isStruck) => ({ range: stale(store, isStruck) }) }],
    [
      'shows an event again when a member is gone',
      { plant: (store, isStruck) => ({ watch: watching(store, isStruck, twice) }) },
    ],
    [
      'leaves an event out when a member is gone',
      { plant: (store, isStruck) => ({ watch: watching(store, isStruck, withoutFirst) }) },
    ],
  ])(
    '%s',
    async (_, init) => {
      const { failure } = await ran(fake(init), RUNS_MAX);
      expect(failure?.evidence).toBeDefined();
      const { should, does, lanes } = failure!.evidence!;
      const isBroken = lanes.some(({ broken }) => broken.length > 0);
      if (!isBroken) expect(should).not.toEqual(does);
    },
    30_000,
  );
});

function stale(store: Store, isStruck: () => boolean): Store['range'] {
  return async (selector, options) => {
    const now = await store.range(selector, options);
    if (!isStruck() || options?.revision !== undefined || now.revision < 2) return now;
    const revision = now.revision - 1;
    return { ...(await store.range(selector, { ...options, revision })), revision };
  };
}

type Tamper = (batch: WatchBatch) => readonly WatchBatch[];

const twice: Tamper = (batch) => [batch, batch];
const withoutFirst: Tamper = ({ events, ...batch }) => [{ ...batch, events: events.slice(1) }];

/** What is shown while somebody is down is tampered with. */
function watching(store: Store, isStruck: () => boolean, tamper: Tamper): Store['watch'] {
  return (selector, options) => {
    const watch = store.watch(selector, options);
    async function* batches(): AsyncGenerator<WatchBatch, void, void> {
      for await (const batch of watch.batches()) {
        if (!isStruck() || batch.progress) yield batch;
        else yield* tamper(batch).filter(({ events }) => events.length > 0);
      }
    }
    return replaced(watch, {
      batches,
      async *[Symbol.asyncIterator]() {
        for await (const { events } of batches()) yield* events;
      },
    });
  };
}

const missing = whyNoEtcd();

test('three members of a real etcd are one store', async ({ skip }) => {
  if (missing !== undefined) skip(missing);
  const target = clusterTarget();
  onTestFinished(() => target.close?.());
  const { failure, ledger } = await ran(target as unknown as Target<never>, 1);
  expect(failure?.message).toBeUndefined();
  expect(ledger.operations).toBeGreaterThan(0);
  expect(ledger.rules.get('members started')).toBeGreaterThan(0);
}, 30_000);
