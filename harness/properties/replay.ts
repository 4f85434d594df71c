/**
 * Runs a property so that a failure can be run again: it prints the story of the smallest failing case
 * and one line that replays it.
 *
 *     VARVE_RUNS=2000   that many cases instead of the few that fit into every test run
 *     VARVE_SEED, VARVE_PATH   the case that a failure has printed
 */
import { check as run, type IAsyncProperty, type RunDetails } from 'fast-check';

export async function holds<Ts>(
  name: string,
  file: string,
  runs: number,
  property: IAsyncProperty<Ts>,
): Promise<void> {
  const details = await check(runs, property);
  if (!details.failed) return;
  const { errorInstance, seed, counterexamplePath } = details;
  const story = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const line =
    `VARVE_SEED=${seed} VARVE_PATH=${counterexamplePath ?? ''} ` +
    `npx vitest run ${file} -t '${name}'`;
  throw new Error(`${name}\n\n${story}\n\nReplay (${details.numShrinks} times smaller):\n${line}`, {
    cause: errorInstance,
  });
}

/**
 * The first failure, not made smaller: for the canaries, which have to fail. The rarest of them is met once
 * in 50 cases, by measurement, so that one of them gets through 2 000 less than once in 10^17 times.
 */
export function firstFailure<Ts>(property: IAsyncProperty<Ts>): Promise<RunDetails<Ts>> {
  return Promise.resolve(run(property, { numRuns: 2000, endOnFailure: true }));
}

function check<Ts>(runs: number, property: IAsyncProperty<Ts>): Promise<RunDetails<Ts>> {
  const { VARVE_RUNS, VARVE_SEED, VARVE_PATH } = process.env;
  return Promise.resolve(
    run(property, {
      numRuns: VARVE_RUNS === undefined ? runs : Number(VARVE_RUNS),
      ...(VARVE_SEED !== undefined && { seed: Number(VARVE_SEED) }),
      ...(VARVE_PATH !== undefined && { path: VARVE_PATH }),
      // A store that hangs must not hang the run.
      timeout: 20_000,
    }),
  );
}
