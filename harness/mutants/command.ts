/** `varve-harness mutants`: every mutant has to be caught, and the exit code says whether it was. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { duration, integer, UsageError } from '../runner/usage.ts';
import { isCaught, type Verdict } from './judge.ts';
import { chosen, type MutantsSummary, runMutants } from './run-mutants.ts';
import { propertyOf, tableOf, withTable } from './table.ts';

const CLEAN = 0;
const FAILED = 1;

/** So that the same command catches the same mutants after the same runs. */
const USUAL_SEED = 1;

const HELP = `Usage: varve-harness mutants [flags]

Puts one small bug after another into the engine, and runs the conformance harness against it: each has
to be caught within the runs that its entry in harness/mutants/ states. In the end the same programs are
run against the engine as it is, which must pass them. Needs a clone of the repository.

  --time 30m         for so long at most; what was not reached by then fails
  --only TEXT        those whose name, file or property holds this
  --sample N         so many of them, from all over the list
  --jobs N           so many side by side; default one for each core
  --seed S           default ${USUAL_SEED}
  --list             the mutants, without running them
  --write-table      into docs/testing.md, how many runs each took; rows of others stay as they are
  --json             one JSON line for each mutant, and one for all

Exit code: 0 all caught, 1 one survived or was not reached, 2 wrong flags.
`;

const OPTIONS = {
  time: { type: 'string', default: '30m' },
  only: { type: 'string' },
  sample: { type: 'string' },
  jobs: { type: 'string' },
  seed: { type: 'string', default: `${USUAL_SEED}` },
  list: { type: 'boolean', default: false },
  'write-table': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Returns the exit code. Throws a UsageError. */
export async function mutantsCommand(args: readonly string[]): Promise<number> {
  const values = parsed(args);
  if (values.help) return print(HELP);
  const { only } = values;
  if (chosen(only).length === 0) {
    throw new UsageError(`no mutant's name, file or property holds "${only}"`);
  }
  if (values.list) return print(listOf(only));
  const summary = await runMutants({
    timeMs: duration('--time', values.time),
    only,
    sample: values.sample === undefined ? undefined : integer('--sample', values.sample, 1),
    jobs: values.jobs === undefined ? undefined : integer('--jobs', values.jobs, 1),
    seed: integer('--seed', values.seed, -(2 ** 31)),
    onResult: (verdict) => print(values.json ? jsonOf(verdict) : lineOf(verdict)),
  });
  print(values.json ? `${JSON.stringify(totalsOf(summary))}\n` : textOf(summary));
  if (values['write-table']) await writeTable(summary);
  return summary.caught === summary.mutants ? CLEAN : FAILED;
}

function parsed(args: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(args);
  } catch (error) {
    throw new UsageError(String((error as Error).message.split('. ')[0]));
  }
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- inferred from the table
const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;

function print(text: string): number {
  process.stdout.write(text);
  return CLEAN;
}

function listOf(only: string | undefined): string {
  const lines = chosen(only).map(
    (mutant) => `${mutant.name}\n    ${mutant.file}, ${propertyOf(mutant)}, ${mutant.rule}\n`,
  );
  return lines.join('');
}

/** `caught after 12 runs      a compaction keeps the tombstone below its revision` */
function lineOf(verdict: Verdict): string {
  return `${wordsOf(verdict).padEnd(24)}  ${verdict.mutant.name}\n`;
}

function wordsOf({ outcome, runs, mutant }: Verdict): string {
  switch (outcome) {
    case 'caught':
      return `caught after ${runs} ${runs === 1 ? 'run' : 'runs'}`;
    case 'crashed':
      return 'caught: it crashed';
    case 'hung':
      return 'caught: it hung';
    case 'survived':
      return `SURVIVED ${mutant.runs} runs`;
    case 'unreached':
      return 'NOT REACHED in time';
    case 'doubtful':
      return 'DOUBTFUL';
    case 'untried':
    default:
      return 'COULD NOT BE TRIED';
  }
}

function jsonOf({ mutant, outcome, runs, seconds, message }: Verdict): string {
  const { name, file, caughtBy, rule, runs: runsMax } = mutant;
  const what = { type: 'mutant', name, file, ...caughtBy, rule, runsMax };
  return `${JSON.stringify({ ...what, outcome, runs, seconds, message })}\n`;
}

function totalsOf(summary: MutantsSummary): object {
  const { verdicts, ...totals } = summary;
  return { type: 'mutants', ...totals, tried: verdicts.length };
}

function textOf(summary: MutantsSummary): string {
  const { mutants, caught, medianRuns, mostRuns, seconds, seed, verdicts } = summary;
  const missed = verdicts.filter((verdict) => !isCaught(verdict));
  const lines = [
    '',
    ...verdicts
      .filter(({ outcome }) => outcome === 'doubtful')
      .slice(0, 1)
      .map(({ message }) => message),
    `${caught} of ${mutants} mutants caught in ${seconds.toFixed(0)} s, seed ${seed}`,
    `runs until one was caught: ${medianRuns} in the middle, ${mostRuns} at most`,
    ...missed.map(
      (verdict) =>
        `${wordsOf(verdict)}: ${verdict.mutant.name} (${verdict.mutant.file}, ${propertyOf(verdict.mutant)})`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

async function writeTable({ verdicts }: MutantsSummary): Promise<void> {
  const { repositoryRoot } = await import('../build.ts');
  const path = join(repositoryRoot, 'docs', 'testing.md');
  const document = readFileSync(path, 'utf8');
  writeFileSync(path, withTable(document, tableOf(verdicts, chosen(undefined), document)));
}
