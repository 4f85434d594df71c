/**
 * The control: what caught a mutant must pass the engine as it is, or it has caught nothing. The programs of
 * a run are made of its seed and its number, so for each property one run up to the latest catch meets every
 * program that caught anything.
 */
import { type Finding, isCaught, type Trial, type Verdict } from './judge.ts';
import { propertyOf } from './table.ts';

/** For each property the trial that the engine as it is has to pass. */
export function controlsOf(verdicts: readonly Verdict[]): ReadonlyMap<string, Trial> {
  const controls = new Map<string, Trial>();
  for (const { outcome, mutant, runs } of verdicts) {
    if (outcome !== 'caught') continue;
    const property = propertyOf(mutant);
    const { caughtBy } = mutant;
    if (runs > (controls.get(property)?.runs ?? 0)) controls.set(property, { caughtBy, runs });
  }
  return controls;
}

/** The verdicts, those as doubtful that do not stand the control. `found`: by property. */
export function controlled(
  verdicts: readonly Verdict[],
  found: ReadonlyMap<string, Finding>,
): readonly Verdict[] {
  return verdicts.map((verdict) => {
    const property = propertyOf(verdict.mutant);
    const finding = found.get(property);
    if (finding === undefined || finding.outcome === 'survived') return verdict;
    // Nobody knows which program crashed it, or hung: it may have been any.
    const isBefore = verdict.outcome === 'caught' && verdict.runs < finding.runs;
    if (!isCaught(verdict) || isBefore) return verdict;
    const message = `the engine as it is: ${finding.outcome} by ${property}: ${finding.message}`;
    return { ...verdict, outcome: 'doubtful', message };
  });
}
