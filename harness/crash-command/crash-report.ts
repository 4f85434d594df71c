/** What a run of `varve-harness crash` found, as plain data. */
import type { PartFailure, PartName } from '../crash/part.ts';

export interface CrashRunReport {
  readonly seed: number;
  /** Version of the package, and of Node. */
  readonly version: string;
  readonly node: string;
  readonly workers: number;
  readonly parts: readonly PartReport[];
}

export interface PartReport {
  readonly part: PartName;
  /** Of what is judged: "crash states". */
  readonly unit: string;
  readonly runs: number;
  readonly judged: number;
  readonly seconds: number;
  /** In descending order. */
  readonly covered: readonly (readonly [kind: string, times: number])[];
  readonly failure: FoundPartFailure | undefined;
}

export interface FoundPartFailure extends PartFailure {
  readonly run: number;
  /** The command that runs it again. */
  readonly replay: string;
}

/** What is shown while a part is at work. */
export interface PartFigures
  extends Pick<PartReport, 'part' | 'unit' | 'runs' | 'judged' | 'seconds'> {
  /** The part ends with whichever of the two is reached first. */
  readonly goalRuns?: number | undefined;
  readonly goalSeconds?: number | undefined;
}
