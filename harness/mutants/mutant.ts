/**
 * A mutant: one small bug, put into one file of the engine. The harness has to catch each of them within
 * so many runs, or it would not notice such a bug were it made in earnest.
 */
import type { PartName } from '../crash/part.ts';
import type { Feature } from '../traffic/features.ts';
import type { Profile } from '../traffic/profiles.ts';

export type MutantTarget = 'index' | 'tree' | 'mvcc' | 'memory' | 'disk' | 'grpc';

/** `varve-harness conformance` of a target. */
export interface ByConformance {
  readonly target: MutantTarget;
  readonly profile: Profile;
  /** Never used. */
  readonly without?: Feature;
  readonly part?: undefined;
}

/** A part of `varve-harness crash`, or the trial of snapshot files. */
export interface ByPart {
  readonly part: PartName | 'snapshots';
  /** Of what hardly any run meets: the one run that does, of a part; `runs` is one more than its number. */
  readonly only?: { readonly seed: number; readonly run: number };
}

export type CaughtBy = ByConformance | ByPart;

export interface Mutant {
  /** What is wrong, in words. */
  readonly name: string;
  /** From the top of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly caughtBy: CaughtBy;
  /** The rule it breaks (R-number), or the guarantee. */
  readonly rule: string;
  /** It must be caught within so many. */
  readonly runs: number;
}

/** Throws if the place is not there, or not the only one: the engine has moved on, and the mutant has not. */
export function mutated(source: string, { name, file, find, replace }: Mutant): string {
  const places = source.split(find).length - 1;
  if (places !== 1) {
    throw new Error(`mutant "${name}": its text occurs ${places} times in ${file}, and not once`);
  }
  const at = source.indexOf(find);
  return source.slice(0, at) + replace + source.slice(at + find.length);
}
