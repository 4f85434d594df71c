/**
 * A part of the crash trials: one way in which a disk or a process lets a store down. Each is asked for runs
 * by number, and seed and number alone decide what happens in one (of `kills` they decide all but the
 * moment, which is the operating system's).
 *
 *     states       the power fails at every operation of the disk, in every way that it may
 *     faults       the n-th call fails, for each n and each kind of call
 *     corruption   the files of a closed store are damaged
 *     kills        a real process is killed, on a real disk
 */
import type { FileFate } from '../disk/fates.ts';

/** `PartPlan.at` is no place, or none of that run; the message says what one looks like. */
export class PlaceError extends RangeError {
  override readonly name = 'PlaceError';
}

export type PartName = 'states' | 'faults' | 'corruption' | 'kills';

export interface Part {
  readonly name: PartName;
  /** What one of the things judged is called, in the plural: "crash states". */
  readonly unit: string;
  /** Throws a PlaceError. */
  run(plan: PartPlan): Promise<PartResult>;
}

export interface PartPlan {
  /** 31-bit integer. */
  readonly seed: number;
  /** Number of the run, from 0. */
  readonly run: number;
  /** Of a replay: the one place within the run that failed, as `PartFailure.at` names it. */
  readonly at?: string | undefined;
  /** How long a failure may be made smaller. Default: not at all. */
  readonly shrinkMs?: number | undefined;
}

export interface PartResult {
  /** States, lives, damaged stores or kills that were judged. */
  readonly judged: number;
  /** How often each kind of operation, fault or damage took part: "sync of a segment", "EIO on write". */
  readonly covered: readonly (readonly [kind: string, times: number])[];
  readonly failure?: PartFailure | undefined;
}

export interface PartFailure {
  /** The place within the run, short and free of blanks, so that a flag can name it. */
  readonly at: string;
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
  /** What was done up to then, a line each; a line that begins with # says what happened meanwhile. */
  readonly story: readonly string[];
  /** The disk, if there is a simulated one. */
  readonly disk?: readonly FileFate[] | undefined;
}
