/** What a run of the harness found, as plain data: one JSON line, and the source of the HTML page. */
import type { Evidence } from '../targets/divergence.ts';

export interface RunReport {
  readonly target: string;
  readonly profile: string;
  readonly seed: number;
  /** Version of the package, and of Node. */
  readonly version: string;
  readonly node: string;
  readonly workers: number;
  readonly runs: number;
  /** Answers that were compared with the model's. */
  readonly operations: number;
  readonly seconds: number;
  /** How often each rule was exercised, every rule of the target named. */
  readonly rules: Readonly<Record<string, number>>;
  /** Rules of the target that were never exercised. */
  readonly missing: readonly string[];
  /** The first failure, as small as it could be made. */
  readonly failure: Failure | undefined;
}

export interface Failure {
  /** Number of the run, from 0. */
  readonly run: number;
  /** Of fast-check: which of the smaller cases it is. */
  readonly path: string;
  /** How often the program was made smaller. */
  readonly shrinks: number;
  /** How many commands are left of it, and how many there were. */
  readonly commands: number;
  readonly commandsBefore: number;
  /** The one command that runs it again. */
  readonly replay: string;
  readonly message: string;
  /** Undefined if the target threw something else than a Divergence. */
  readonly evidence: Evidence | undefined;
  readonly stack: string;
}
