/**
 * The trial of snapshot files as a program by itself, for those who run it against a build of its own:
 *
 *     node dist/harness/snapshots/main.js --runs 40 --seed 1
 *
 * Exit code: 0 clean, 1 a failure, 2 wrong flags.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { integer, UsageError } from '../runner/usage.ts';
import { trySnapshots } from './trial.ts';

const WRONG_FLAGS = 2;
const CRASHED = 70;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      runs: { type: 'string', default: '40' },
      json: { type: 'boolean', default: false },
      'json-lines': { type: 'string' },
    },
  });
  const file = values['json-lines'];
  const report = await trySnapshots({
    seed: integer('--seed', values.seed, -(2 ** 31)),
    runs: integer('--runs', values.runs, 1),
    onRun: (run) => file !== undefined && appendFileSync(file, `${JSON.stringify({ run })}\n`),
  });
  const { failure } = report;
  const text = failure === undefined ? 'clean' : `run ${failure.run}: ${failure.message}`;
  process.stdout.write(`${values.json ? JSON.stringify(report) : text}\n`);
  return failure === undefined ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    const isUsage = error instanceof UsageError || error instanceof TypeError;
    process.exitCode = isUsage ? WRONG_FLAGS : CRASHED;
  },
);
