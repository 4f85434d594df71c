/**
 * The index of all keys answers as its history written out does, whatever happens to it. The canaries are
 * indices with one plain mistake each.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IndexRestore, type KeyIndex, TreeIndex } from '../../engine/mvcc/index.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { Divergence } from '../targets/divergence.ts';
import { Ledger } from '../targets/ledger.ts';
import { treeTarget, treeTargetOf, type TreeParts } from '../targets/tree-target.ts';
import { ALL_FEATURES } from '../traffic/features.ts';
import { PROFILES } from '../traffic/profiles.ts';
import { holds } from './replay.ts';

shrinkLimits();

const FILE = 'harness/properties/tree.property.test.ts';
const RUNS = 400;

describe('the index of all keys answers as the model does', () => {
  test.each(PROFILES)('%s', async (profile) => {
    const ledger = new Ledger();
    const programs = treeTarget.programs(profile, ALL_FEATURES);
    const property = fc.asyncProperty(programs, async (program) => {
      await treeTarget.run(program, ledger);
    });
    await holds(profile, FILE, RUNS, property);
    expect(treeTarget.rules.filter((rule) => !ledger.rules.has(rule))).toEqual([]);
    expect(ledger.operations).toBeGreaterThan(RUNS);
  });

  test('features that are off are left out', () => {
    const features = new Set([...ALL_FEATURES].filter((feature) => feature !== 'deletes'));
    const programs = fc.sample(treeTarget.programs('queue', features), { numRuns: 50, seed: 1 });
    const changes = programs
      .flat()
      .flatMap((command) => (command.op === 'write' ? command.changes : []));
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.filter(({ tombstone }) => tombstone)).toEqual([]);
  });
});

class CountIgnoresThePast extends TreeIndex {
  override countRevisions(key: string, end: string): number {
    return super.countRevisions(key, end, Number.POSITIVE_INFINITY);
  }
}

class CountTakesTheEndIn extends TreeIndex {
  override countRevisions(key: string, end: string, at: number): number {
    const isThere = key < end && this.get(end, at) !== undefined;
    return super.countRevisions(key, end, at) + Number(isThere);
  }
}

class ReverseTakesTheEndIn extends TreeIndex {
  override visit(...[key, end, at, reverse, visit]: Parameters<TreeIndex['visit']>): void {
    const last = reverse && key < end ? this.get(end, at) : undefined;
    if (last !== undefined && !visit(end, last.modified)) return;
    super.visit(key, end, at, reverse, visit);
  }
}

class LimitIsOneMore extends TreeIndex {
  override range(key: string, end: string, at: number, limit = 0): ReturnType<TreeIndex['range']> {
    return super.range(key, end, at, limit > 1 ? limit + 1 : limit);
  }
}

class RetractLeavesTheKey extends TreeIndex {
  override retract(index: KeyIndex, newest: number): void {
    if (index.closed.length === 0 && index.version === 1) return;
    super.retract(index, newest);
  }
}

class CompactionForgetsTheLastKey extends TreeIndex {
  override *compact(
    ...[bound, dropped, keys]: Parameters<TreeIndex['compact']>
  ): Generator<void, void, void> {
    if (keys === undefined) yield* super.compact(bound, dropped);
    else yield* super.compact(bound, dropped, [...keys].slice(0, -1));
  }
}

/** What was removed comes back. */
class RestoreKeepsTheDead extends IndexRestore {
  override finish(): void {
    super.finish();
  }
}

class RestoreWithoutLoneTombstones extends IndexRestore {
  #seen = new Set<string>();
  override add(chunk: Parameters<IndexRestore['add']>[0]): void {
    const [key, tombstone] = [chunk.keys[0]!, chunk.tombstones[0]!];
    if (tombstone && !this.#seen.has(key)) return;
    this.#seen.add(key);
    super.add(chunk);
  }
}

const canaries: readonly [name: string, parts: Partial<TreeParts>][] = [
  ['a count of the past is one of the present', { TreeIndex: CountIgnoresThePast }],
  ['a count takes the end of the range in', { TreeIndex: CountTakesTheEndIn }],
  ['a reverse walk takes the end of the range in', { TreeIndex: ReverseTakesTheEndIn }],
  ['a limit above one is one too high', { TreeIndex: LimitIsOneMore }],
  ['a key put and taken back stays', { TreeIndex: RetractLeavesTheKey }],
  ['a compaction forgets the last key that changed', { TreeIndex: CompactionForgetsTheLastKey }],
  ['a restart brings back what was removed', { IndexRestore: RestoreKeepsTheDead }],
  ['a restart skips a lone tombstone', { IndexRestore: RestoreWithoutLoneTombstones }],
];

const COMMANDS_MAX = 6;

/** How small one gets depends on where it is found; the same seed finds it in the same place. */
const SEED = 20;

describe('it catches that', () => {
  test.each(canaries)('%s', (_name, parts) => {
    const target = treeTargetOf(parts);
    const programs = target.programs('uniform', ALL_FEATURES);
    const property = fc.property(programs, (program) => {
      void target.run(program, new Ledger());
    });
    const { failed, counterexample, errorInstance } = fc.check(property, {
      numRuns: RUNS,
      seed: SEED,
    });
    expect(failed).toBe(true);
    expect(errorInstance).toBeInstanceOf(Divergence);
    expect(counterexample![0].length).toBeLessThanOrEqual(COMMANDS_MAX);
  });
});
