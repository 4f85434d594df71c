/** The mutants are what they say they are: one small change each, which compiles, and a build that runs. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../runner/package-root.ts';
import { PROFILES } from '../traffic/profiles.ts';
import { Workshop } from './build.ts';
import { controlled, controlsOf } from './control.ts';
import { conclusion, type Verdict } from './judge.ts';
import { mutated, type Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import { chosen, sampled, summaryOf } from './run-mutants.ts';
import { BEGIN, END, propertyOf, tableOf, tableProblems, withTable } from './table.ts';

let workshop: Workshop;

beforeAll(async () => {
  workshop = await Workshop.open();
});

const TRIALS = ['index', 'tree', 'mvcc', 'memory', 'disk', 'crash', 'grpc', 'snapshots'];

describe('the list', () => {
  test('is long, and every name is there once', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(60);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  test('covers every area, target and kind of traffic that has a part in it', () => {
    const folders = new Set(mutants.map(({ file }) => file.split('/').slice(0, 2).join('/')));
    const inside = ['mvcc', 'txn', 'watch', 'lease', 'backend', 'log', 'maintenance'];
    const areas = [...inside, 'wire', 'v3rpc', 'client', 'bolt'];
    expect(areas.filter((area) => !folders.has(`engine/${area}`))).toEqual([]);
    const properties = new Set(mutants.map((mutant) => propertyOf(mutant).split(', ')[0]));
    expect([...properties]).toEqual(expect.arrayContaining(TRIALS));
    const profiles = mutants.flatMap(({ caughtBy }) =>
      caughtBy.part === undefined ? [caughtBy.profile] : [],
    );
    expect(profiles.filter((profile) => !PROFILES.includes(profile))).toEqual([]);
  });

  test('changes something, and no two changes are the same', () => {
    const changes = mutants.map(({ file, find, replace }) => `${file}: ${find} -> ${replace}`);
    expect(new Set(changes).size).toBe(mutants.length);
    expect(mutants.filter(({ find, replace }) => find === replace)).toEqual([]);
  });

  test('has its place in the engine as it is', () => {
    for (const mutant of mutants) {
      const source = readFileSync(new URL(`../../${mutant.file}`, import.meta.url), 'utf8');
      expect(mutated(source, mutant), mutant.name).not.toBe(source);
    }
  });

  // Each takes a quarter of a second; the command itself compiles all of them.
  test('compiles to something else', () => {
    for (const mutant of sampled(mutants, 20)) {
      expect(workshop.compile(mutant), mutant.name).not.toBe(workshop.compileClean(mutant));
    }
  });

  test('states runs that can be done in moments', () => {
    expect(mutants.filter(({ runs }) => runs < 1 || runs > 10_000)).toEqual([]);
    const alone = mutants.flatMap(({ caughtBy, runs }) =>
      caughtBy.part === undefined || caughtBy.only === undefined
        ? []
        : [{ runs, needed: caughtBy.only.run + 1 }],
    );
    expect(alone.filter(({ runs, needed }) => runs !== needed)).toEqual([]);
  });
});

describe('a mutant', () => {
  const mutant: Mutant = {
    name: 'a sum that is a difference',
    file: 'sum.ts',
    find: 'a + b',
    replace: 'a - b',
    caughtBy: { target: 'index', profile: 'uniform' },
    rule: 'R1',
    runs: 1,
  };

  test('changes its place and nothing else', () => {
    expect(mutated('f = a + b; // $&', mutant)).toBe('f = a - b; // $&');
    // What stands in `replace` is not looked at.
    expect(mutated('(a + b)', { ...mutant, replace: '$&$1' })).toBe('($&$1)');
  });

  test('is refused if its place is not there, or not the only one', () => {
    expect(() => mutated('a * b', mutant)).toThrow('occurs 0 times in sum.ts');
    expect(() => mutated('a + b + (a + b)', mutant)).toThrow('occurs 2 times in sum.ts');
  });

  test('has a build that differs in one file, and runs', () => {
    const mutant = mutants.find(({ file }) => file === 'engine/txn/range.ts')!;
    const build = workshop.build(mutant);
    const file = join(build.directory, 'engine', 'txn', 'range.js');
    expect(readFileSync(file, 'utf8')).toBe(workshop.compile(mutant));
    expect(existsSync(join(build.directory, 'harness', 'mutants', 'judge.js'))).toBe(true);
    const printed = runIn(build.directory);
    build.dispose();
    // The one that answers is the changed one: limit and number of keys are the same.
    expect(printed).toBe('more true\n');
    expect(statSync(build.directory, { throwIfNoEntry: false })).toBeUndefined();
  });
});

/** Three keys, and a range that may have three. */
function runIn(directory: string): string {
  const url = pathToFileURL(join(directory, 'engine', 'index.js')).href;
  const program = `
    const { openMemory } = await import(${JSON.stringify(url)});
    const store = await openMemory();
    for (const key of ['a', 'b', 'c']) await store.put(key, '');
    const { more } = await store.range({ all: true }, { limit: 3 });
    console.log('more', more);
    await store.close();`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
}

/** What the command prints. */
const reported = (report: object): string => `{"type":"progress"}\n${JSON.stringify(report)}\n`;

describe('a verdict', () => {
  const end = { code: 0, stopped: undefined, output: '', errors: '' };
  test('goes by the report, whatever the exit code says of rules that were not exercised', () => {
    const clean = reported({ type: 'report', runs: 10 });
    expect(conclusion({ ...end, code: 1, output: clean }).outcome).toBe('survived');
    const failed = reported({ type: 'report', failure: { run: 11, message: 'differs' } });
    expect(conclusion({ ...end, code: 1, output: failed })).toEqual({
      outcome: 'caught',
      runs: 12,
      message: 'differs',
    });
  });

  test('tells a crash, a hang, the end of the time and a command that is wrong apart', () => {
    expect(conclusion({ ...end, code: 70, errors: 'boom' })).toMatchObject({
      outcome: 'crashed',
      message: 'boom',
    });
    expect(conclusion({ ...end, code: null, stopped: 'hung' }).outcome).toBe('hung');
    expect(conclusion({ ...end, code: null, stopped: 'unreached' }).outcome).toBe('unreached');
    expect(conclusion({ ...end, code: 2 }).outcome).toBe('untried');
  });
});

const verdicts: readonly Verdict[] = mutants.map((mutant, place) => ({
  mutant,
  outcome: place === 0 ? 'survived' : place === 1 ? 'hung' : 'caught',
  runs: place,
  seconds: 1,
  message: '',
}));

test('a summary counts, and names what is missing', () => {
  const summary = summaryOf(verdicts.slice(0, 5), 7, 3);
  expect(summary).toMatchObject({ seed: 7, mutants: 5, caught: 4, medianRuns: 3, mostRuns: 4 });
  expect(summary.survivors).toEqual([mutants[0]!.name]);
});

describe('the control', () => {
  const [mutant] = mutants;
  const caught = (runs: number): Verdict => ({
    mutant: mutant!,
    outcome: 'caught',
    runs,
    seconds: 1,
    message: '',
  });
  const verdicts: readonly Verdict[] = [
    caught(3),
    caught(9),
    { ...caught(0), outcome: 'crashed' },
    { ...caught(0), outcome: 'survived' },
  ];
  const property = 'index, uniform';
  const outcomes = (finding: Pick<Verdict, 'outcome' | 'runs'>): readonly string[] => {
    const found = new Map([[property, { ...finding, seconds: 1, message: 'differs' }]]);
    return controlled(verdicts, found).map(({ outcome }) => outcome);
  };

  test('goes as far as the latest catch', () => {
    const { caughtBy } = mutant!;
    expect([...controlsOf(verdicts)]).toEqual([[property, { caughtBy, runs: 9 }]]);
    expect(controlsOf(verdicts.slice(2)).size).toBe(0);
  });

  test('leaves in doubt what the engine as it is does not pass', () => {
    const all = ['caught', 'caught', 'crashed', 'survived'];
    expect(outcomes({ outcome: 'survived', runs: 0 })).toEqual(all);
    const late = ['caught', 'doubtful', 'doubtful', 'survived'];
    expect(outcomes({ outcome: 'caught', runs: 4 })).toEqual(late);
    const early = ['doubtful', 'doubtful', 'doubtful', 'survived'];
    expect(outcomes({ outcome: 'hung', runs: 0 })).toEqual(early);
  });
});

test('mutants are chosen by a part of their name, file or property', () => {
  expect(chosen(undefined)).toBe(mutants);
  expect(chosen('engine/lease/').every(({ file }) => file.startsWith('engine/lease/'))).toBe(true);
  expect(chosen(mutants[3]!.name)).toEqual([mutants[3]]);
});

test('a sample is of that size and from all over the list', () => {
  for (const count of [1, 7, 60, mutants.length]) {
    expect(new Set(sampled(mutants, count)).size).toBe(count);
  }
  expect(sampled(mutants, 2 * mutants.length)).toEqual(mutants);
  const areas = new Set(sampled(mutants, 60).map(({ file }) => file.split('/')[1]));
  expect(areas.size).toBeGreaterThan(5);
});

describe('the table', () => {
  test('of the documentation lists the mutants of the code', () => {
    const document = readFileSync(join(packageRoot(), 'docs', 'testing.md'), 'utf8');
    expect(tableProblems(document, mutants)).toEqual([]);
  });

  const document = `# Title\n\n${BEGIN}\nold\n${END}\n\nMore.\n`;

  test('takes the place of the one before', () => {
    const written = withTable(document, tableOf(verdicts));
    expect(written).not.toContain('\nold\n');
    expect(written.endsWith(`${END}\n\nMore.\n`)).toBe(true);
    expect(withTable(written, tableOf(verdicts))).toBe(written);
    expect(() => withTable('# Title\n', '')).toThrow(BEGIN);
  });

  test('keeps the rows of those that were not tried', () => {
    const before = withTable(document, tableOf(verdicts));
    const again = verdicts.slice(2, 4).map((verdict) => ({ ...verdict, runs: 77 }));
    const after = withTable(before, tableOf(again, mutants, before)).split('\n');
    const changed = before.split('\n').filter((line, i) => line !== after[i]);
    expect(changed).toHaveLength(2);
    expect(tableProblems(after.join('\n'), mutants)).toEqual([]);
  });

  test('lists the mutants of the code, however many runs they took', () => {
    const written = withTable(document, tableOf(verdicts));
    expect(tableProblems(written, mutants)).toEqual([]);
    expect(tableProblems(written, mutants.slice(1))).toEqual([
      expect.stringContaining(`no such mutant: | ${mutants[0]!.name}`),
    ]);
    const more = [...mutants, { ...mutants[0]!, name: 'one more' }];
    expect(tableProblems(written, more)).toEqual([
      expect.stringContaining('not in the table: | one more'),
    ]);
    expect(tableProblems('# Title\n', mutants)).toEqual(['there is no table of mutants']);
  });
});
