/** Stores behind the wire are held to the specification, and those that lie are caught. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EmbeddedStore, PutResult } from '../../engine/types.ts';
import type { FoundFailure } from '../runner/plan.ts';
import { Runner } from '../runner/run-one.ts';
import { EtcdShape } from '../stores/etcd-shape.ts';
import { served, type Spoil } from '../stores/served-shapes.ts';
import type { Profile } from '../traffic/profiles.ts';
import { insteadForServed } from './departures.ts';
import { Ledger } from './ledger.ts';
import { EMBEDDED, etcdTarget, whyNoEtcd } from './remote-targets.ts';
import { storeTarget } from './store-target.ts';
import type { Target } from './target.ts';
import { openTarget } from './targets.ts';

const SEED = 5;

interface Ran {
  readonly failure: FoundFailure | undefined;
  readonly operations: number;
}

/** From the `first` run on, so many of them, or until one fails. */
async function ran(target: Target, profile: Profile, first: number, count: number): Promise<Ran> {
  const plan = { profile, seed: SEED, swarm: true, without: [], shrinkMs: 0 };
  const runner = new Runner(target, plan);
  const ledger = new Ledger();
  for (let number = first; number < first + count; number++) {
    const failure = await runner.run(number, ledger);
    if (failure !== undefined) return { failure, operations: ledger.operations };
  }
  return { failure: undefined, operations: ledger.operations };
}

describe('a store that is served', () => {
  test.each<[Profile]>([['uniform'], ['locks'], ['queue']])(
    'answers as the model does: %s',
    async (profile) => {
      const { failure, operations } = await ran(openTarget('grpc'), profile, 1, 1);
      expect(failure?.message).toBeUndefined();
      expect(operations).toBeGreaterThan(10);
    },
  );

  test.each<[string, Spoil]>([
    [
      'forgets what was there before a put',
      (store) => {
        const put = store.put.bind(store);
        return { put: async (...args) => forgetful(await put(...args)) };
      },
    ],
    [
      'counts one too many from three keys on',
      (store) => {
        const range = store.rangeSync.bind(store);
        return {
          rangeSync(...args) {
            const result = range(...args);
            return { ...result, count: result.count < 3 ? result.count : result.count + 1 };
          },
        };
      },
    ],
    [
      'compacts one revision further',
      (store) => {
        const compact = store.compact.bind(store);
        return {
          compact: (revision, options) =>
            compact(Math.min(revision + 1, Math.max(revision, store.revision)), options),
        };
      },
    ],
  ])('is caught when it %s', async (_, spoil) => {
    const { failure } = await ran(wrong(spoil), 'uniform', 0, 40);
    expect(failure?.evidence?.should).not.toEqual(failure?.evidence?.does);
  });
});

const forgetful = ({ revision }: PutResult): PutResult => ({ revision });

const wrong = (spoil: (store: EmbeddedStore) => Partial<EmbeddedStore>): Target =>
  storeTarget({
    name: 'wrong',
    shapes: [served('wrong', 'bytes', undefined, spoil)],
    without: EMBEDDED,
    options: { instead: insteadForServed },
  });

const missing = whyNoEtcd();
describe.skipIf(missing !== undefined)(`a real etcd (${missing ?? 'it is installed'})`, () => {
  test('answers as the model does', async () => {
    const target = openTarget('etcd');
    onTestFinished(() => target.close?.());
    const { failure, operations } = await ran(target, 'uniform', 0, 3);
    expect(failure?.message).toBeUndefined();
    expect(operations).toBeGreaterThan(10);
  });

  test('is caught when what it says is spoiled', async () => {
    const shape = new EtcdShape((client) => ({
      put: async (...args) => forgetful(await client.put(...args)),
    }));
    const target = etcdTarget(shape);
    onTestFinished(() => target.close?.());
    const { failure } = await ran(target, 'uniform', 0, 40);
    expect(failure?.evidence?.should).not.toEqual(failure?.evidence?.does);
  });
});
