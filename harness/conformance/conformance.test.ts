/** The harness as a function: what it says of a store that is right, and of some that are not. */
import { describe, expect, test } from 'vitest';
import { type EmbeddedStore, open, openMemory, type Store } from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';
import { conformance, ConformanceFailure, type ConformanceOptions } from './conformance.ts';

const RUNS = 25;

describe('a store that does what etcd does passes', () => {
  test('in memory', async () => {
    const report = await conformance({ open: (options) => openMemory(options), runs: RUNS });
    expect(report.failure).toBeUndefined();
    expect(report.runs).toBeGreaterThan(RUNS);
    expect(report.operations).toBeGreaterThan(20 * RUNS);
  });

  test('in a directory, closed and opened again', async () => {
    const files = new WeakMap<Store, ReturnType<typeof memoryFs>>();
    const openIn = async (options: object, fs = memoryFs()): Promise<EmbeddedStore> => {
      const store = await open('store', { ...options, fs });
      files.set(store, fs);
      return store;
    };
    const report = await conformance({
      open: (options) => openIn(options),
      reopen: async (store, options) => {
        await store.close();
        return openIn(options, files.get(store));
      },
      runs: RUNS,
      profile: 'queue',
    });
    expect(report.failure).toBeUndefined();
  });

  test('with nothing but the interface that embedded and remote stores share', async () => {
    const report = await conformance({ open: shared, runs: RUNS });
    expect(report.failure).toBeUndefined();
  });

  test('with limits of its own', async () => {
    const report = await conformance({ open: () => openMemory(), takesOptions: false, runs: 5 });
    expect(report.failure).toBeUndefined();
  });
});

describe('a store that does not', () => {
  const wrong: ConformanceOptions = {
    runs: 300,
    seed: 7,
    shrinkMs: 20_000,
    async open(options) {
      const store = await openMemory(options);
      // A compaction one further than it was asked for.
      const compact: EmbeddedStore['compact'] = (revision, how) =>
        store.compact(Math.min(revision + 1, store.revision), how);
      return new Proxy(store, {
        get(target, name) {
          const own: unknown = name === 'compact' ? compact : Reflect.get(target, name, target);
          return typeof own === 'function' ? (own.bind(target) as unknown) : own;
        },
      });
    },
  };

  test('fails with a story of at most six commands, and fails again when replayed', async () => {
    const failure = await failureOf({ ...wrong });
    const { run, path, commands, evidence } = failure.report.failure!;
    expect(commands).toBeLessThanOrEqual(6);
    expect(evidence?.should).not.toEqual(evidence?.does);
    expect(failure.message).toContain('To run it again');
    const again = await failureOf({ ...wrong, replay: { run, path } });
    expect(again.report.failure?.evidence).toEqual(evidence);
  });
});

const EMBEDDED_ONLY: ReadonlySet<PropertyKey> = new Set([
  'revision',
  'durableRevision',
  'compactRevision',
  'getSync',
  'rangeSync',
  'write',
  'snapshot',
  'history',
  'diff',
  'backup',
  'verify',
  'metrics',
  'flush',
]);

async function shared(options: object): Promise<Store> {
  return new Proxy(await openMemory(options), {
    get(target, name) {
      if (EMBEDDED_ONLY.has(name)) return undefined;
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}

async function failureOf(options: ConformanceOptions): Promise<ConformanceFailure> {
  const error: unknown = await conformance(options).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof ConformanceFailure)) throw new Error(`it ends with ${String(error)}`);
  return error;
}
