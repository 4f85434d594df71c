/** What `varve-harness crash --help` prints. */
import { PARTS } from './parts.ts';

export function crashHelp(): string {
  const parts = [...PARTS].map(([name, { about }]) => `    ${name.padEnd(16)} ${about}`);
  const places = [...PARTS].map(([name, { place }]) => `    ${name.padEnd(16)} ${place}`);
  return `Usage: varve-harness crash [flags]

Lets disks and processes down, in every way there is, and judges by the model what is left of a store: a
prefix of history, in whole transactions, that holds everything acknowledged.

  --part A,B         which parts; default all, each with its share of the time
${parts.join('\n')}
  --runs N           so many runs of each part
  --time 60s         or for so long in all; default 10s without --runs. What has begun is finished.
  --seed S           the same seed gives the same runs; default a fresh one
  --workers N        default one for each core
  --shrink 20s       how long a failure may be made smaller
  --report F.html    one page with everything about the run
  --json-lines F     progress and report, a JSON object a line, added to this file
  --json             the report as one JSON line instead of text
  --run N --at P     run N again, or one place in it; a failure prints the whole command. Places look like
${places.join('\n')}

Exit code: 0 clean; 1 a failure, or a part that judged nothing; 2 wrong flags; 70 a bug of the harness.
`;
}
