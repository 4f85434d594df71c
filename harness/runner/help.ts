/** What `varve-harness conformance --help` says. */
import { TARGETS } from '../targets/targets.ts';
import { FEATURES } from '../traffic/features.ts';
import { PROFILES } from '../traffic/profiles.ts';

export function helpOf(): string {
  const targets = [...TARGETS].map(([name, { about }]) => `    ${name.padEnd(10)} ${about}`);
  return `Usage: varve-harness conformance [flags]

Holds a target to the specification: random programs to it and to the model, every answer compared.

  --target NAME      what is put on trial, several with commas; default memory
${targets.join('\n')}
  --profile NAME     kind of traffic: ${PROFILES.join(', ')}; default uniform
  --runs N           so many programs
  --time 30s         or for so long; default 10s without --runs
  --seed S           the same seed gives the same programs; default a fresh one
  --workers N        default one for each core
  --without A,B      features never to be used:
                     ${FEATURES.slice(0, 8).join(', ')},
                     ${FEATURES.slice(8).join(', ')}
  --no-swarm         all features in every run; else each run leaves some out at random
  --no-scripts       do not begin with the golden scripts of spec/scripts
  --no-rules         do not fail because a rule was never exercised
  --shrink 30s       how long a failure may be made smaller
  --report F.html    one page with everything about the run
  --json-lines F     progress, failure and report, a JSON object a line, added to this file
  --json             the report as one JSON line instead of text
  --run N --path P   one run again; a failure prints the whole command

A target's run begins with the golden scripts that apply to it; --runs does not count them.
Exit code: 0 clean, 1 a failure or a rule never exercised, 2 wrong flags.
`;
}
