/**
 * The part `states` at work on the engine, and on stores that are wrong on purpose: each must be caught, with a
 * place that fails again when it is asked for.
 */
import { expect, test } from 'vitest';
import type { File, FileSystem } from '../../engine/vfs/index.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { crash } from './explore.ts';
import type { Fact } from './facts.ts';
import { type Plan, planOf } from './plan.ts';
import { statesPart, varveSubject } from './states-part.ts';
import type { CrashSubject } from './subject.ts';
import type { VarveFound } from './varve-recovery.ts';
import { workOn } from './varve-work.ts';

shrinkLimits();

const RUNS = 2;
const TIMEOUT_MS = 120_000;

test(
  'crashes at every operation lose nothing',
  async () => {
    const kinds = new Set<string>();
    for (let run = 0; run < RUNS; run++) {
      const { judged, covered, failure } = await statesPart.run({ seed: 11, run });
      expect(failure).toBeUndefined();
      expect(judged).toBeGreaterThan(0);
      for (const [kind] of covered) kinds.add(kind);
    }
    expect(kinds).toContain('write #.seg');
    expect(kinds).toContain('rename MANIFEST.tmp');
    expect(kinds).toContain('sync names');
  },
  TIMEOUT_MS,
);

/** File systems that leave out what a store relies on. */
const liars: Readonly<Record<string, (fs: FileSystem) => FileSystem>> = {
  'names are never synced': (fs) => ({ ...fs, syncDirectory: () => {} }),
  'files are never synced': (fs) => ({
    ...fs,
    open: (path, mode) => unsynced(fs.open(path, mode), () => true),
  }),
  'the manifest is not synced before it is renamed': (fs) => ({
    ...fs,
    open: (path, mode) => unsynced(fs.open(path, mode), (path) => path.includes('MANIFEST')),
  }),
};

function unsynced(file: File, isMeant: (path: string) => boolean): File {
  if (!isMeant(file.path)) return file;
  return {
    path: file.path,
    size: () => file.size(),
    readAt: (target, position) => file.readAt(target, position),
    writeAt: (source, position) => file.writeAt(source, position),
    sync: () => {},
    syncInBackground: async () => {},
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  };
}

type Subject = CrashSubject<Fact, VarveFound>;

test.each(Object.keys(liars))(
  'a disk on which %s is caught, and its place fails again',
  async (name) => {
    await catches((honest) => ({
      ...honest,
      run: (fs, tell) => honest.run(liars[name]!(fs), tell),
    }));
  },
  TIMEOUT_MS,
);

test('a store that answers before anything is synced is caught', async () => {
  const problems = await catches((honest, plan) => ({
    ...honest,
    run: (fs, tell) => workOn(fs, plan, tell, [], { sync: 'never' }),
  }));
  expect(problems).toMatch(/^(Acknowledged|Revealed|Compacted|Leases): /m);
});

test('a store that shows events when they are written is caught', async () => {
  const problems = await catches((honest, plan) => ({
    ...honest,
    // Of what it answers nothing is held against it.
    run: (fs, tell) =>
      workOn(
        fs,
        { ...plan, watches: true },
        (fact) => {
          if (['asked', 'asked to compact', 'shown'].includes(fact.fact)) tell(fact);
        },
        [],
        { sync: 'never' },
      ),
    judge: (facts, found) =>
      honest.judge(facts, found).filter((problem) => problem.startsWith('Revealed: ')),
  }));
  expect(problems).toContain('Revealed: ');
});

/** Some plan is its undoing, and the place that is named fails by itself. */
async function catches(wrong: (honest: Subject, plan: Plan) => Subject): Promise<string> {
  for (let seed = 1; seed <= 20; seed++) {
    const plan = planOf(seed);
    const subject = wrong(varveSubject(plan), plan);
    const { failure } = await crash(subject, { seed, depth: 0 });
    if (failure === undefined) continue;
    const again = await crash(subject, { seed, at: failure.at });
    expect(again.failure?.problems).toEqual(failure.problems);
    expect(again.failure?.fates?.length).toBeGreaterThan(0);
    return failure.problems.join('\n');
  }
  throw new Error('nobody noticed');
}
