/**
 * The multi-version store answers as the model does, over the memory backend. The canaries are stores with
 * one plain mistake each.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KvStore } from '../../engine/mvcc/index.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { Divergence } from '../targets/divergence.ts';
import { Ledger } from '../targets/ledger.ts';
import { mvccTarget, mvccTargetOf } from '../targets/mvcc-target.ts';
import { ALL_FEATURES } from '../traffic/features.ts';
import { PROFILES } from '../traffic/profiles.ts';
import { holds } from './replay.ts';

shrinkLimits();

const FILE = 'harness/properties/mvcc.property.test.ts';
const RUNS = 200;
const all = new Ledger();

describe('the multi-version store answers as the model does', () => {
  test.each(PROFILES)('%s', async (profile) => {
    const ledger = new Ledger();
    const programs = mvccTarget.programs(profile, ALL_FEATURES);
    const property = fc.asyncProperty(programs, async (program) => {
      await mvccTarget.run(program, ledger);
    });
    await holds(profile, FILE, RUNS, property);
    expect(ledger.operations).toBeGreaterThan(RUNS);
    all.add(ledger);
  });

  test('every rule is exercised', () => {
    expect(mvccTarget.rules.filter((rule) => !all.rules.has(rule))).toEqual([]);
  });

  test('features that are off are left out', () => {
    const features = new Set([...ALL_FEATURES].filter((feature) => feature !== 'hashes'));
    const programs = fc.sample(mvccTarget.programs('locks', features), { numRuns: 50, seed: 1 });
    expect(programs.flat().some(({ op }) => op === 'slices')).toBe(true);
    expect(programs.flat().some(({ op }) => op === 'hash')).toBe(false);
  });
});

class PastIsThePresent extends KvStore {
  override get(key: string, _revision: number, keysOnly: boolean): ReturnType<KvStore['get']> {
    return super.get(key, 0, keysOnly);
  }
}

class LimitCutsTheCount extends KvStore {
  override range(
    ...[key, end, request]: Parameters<KvStore['range']>
  ): ReturnType<KvStore['range']> {
    const found = super.range(key, end, request);
    const cut = request.limit > 0 && request.want === 'both';
    return cut ? { ...found, count: Math.min(found.count, request.limit) } : found;
  }
}

class CompactsOneShort extends KvStore {
  override *removeCompacted(revision: number): Generator<void, number, void> {
    return yield* super.removeCompacted(Math.max(revision - 1, 0));
  }
}

class RefusesTheCompacted extends KvStore {
  override get(key: string, revision: number, keysOnly: boolean): ReturnType<KvStore['get']> {
    const isThere = revision > 0 && revision === this.firstRev();
    return super.get(key, isThere ? revision - 1 : revision, keysOnly);
  }
}

class HashesThePresent extends KvStore {
  override hashByRev(): ReturnType<KvStore['hashByRev']> {
    return super.hashByRev(0);
  }
}

class PinsNothing extends KvStore {
  override pinnedRead(): ReturnType<KvStore['pinnedRead']> {
    return this;
  }
}

class ForgetsOnRestart extends KvStore {
  override unfinishedCompaction(): number | undefined {
    return undefined;
  }
}

class KeepsWhatIsRolledBack extends KvStore {
  override write(): ReturnType<KvStore['write']> {
    const tx = super.write();
    return new Proxy(tx, {
      get(whole, name) {
        const own: unknown = Reflect.get(whole, name === 'rollback' ? 'end' : name, whole);
        return typeof own === 'function' ? (own.bind(whole) as unknown) : own;
      },
    });
  }
}

const canaries: readonly [name: string, store: typeof KvStore][] = [
  ['a single key is always read as of now', PastIsThePresent],
  ['a limit cuts the count', LimitCutsTheCount],
  ['removal stops one revision short', CompactsOneShort],
  ['the compacted revision itself is refused', RefusesTheCompacted],
  ['every hash is one of the present', HashesThePresent],
  ['a pinned read is a read like any other', PinsNothing],
  ['a restart forgets the removal under way', ForgetsOnRestart],
  ['what is rolled back stays', KeepsWhatIsRolledBack],
];

const COMMANDS_MAX = 6;

/** How small one gets depends on where it is found; the same seed finds it in the same place. */
const SEED = 20;

describe('it catches that', () => {
  test.each(canaries)('%s', (_name, store) => {
    const target = mvccTargetOf(store);
    const programs = target.programs('uniform', ALL_FEATURES);
    const property = fc.property(programs, (program) => {
      void target.run(program, new Ledger());
    });
    const { failed, counterexample, errorInstance } = fc.check(property, {
      numRuns: 2 * RUNS,
      seed: SEED,
    });
    expect(failed).toBe(true);
    expect(errorInstance).toBeInstanceOf(Divergence);
    expect(counterexample![0].length).toBeLessThanOrEqual(COMMANDS_MAX);
  });
});
