/** What a run is to do, said to its workers and back: plain data. */
import type { Feature } from '../traffic/features.ts';
import type { Profile } from '../traffic/profiles.ts';
import type { Evidence } from '../targets/divergence.ts';

export interface RunPlan {
  readonly profile: Profile;
  /** 32-bit integer. */
  readonly seed: number;
  /** Each run leaves some features out at random; else all are on in every run. */
  readonly swarm: boolean;
  /** Never on. */
  readonly without: readonly Feature[];
  /** How long a failure may be made smaller. */
  readonly shrinkMs: number;
}

export interface Chunk {
  /** Number of the first run. */
  readonly first: number;
  readonly count: number;
}

/** What a chunk has done. */
export interface ChunkResult {
  readonly first: number;
  readonly runs: number;
  readonly operations: number;
  readonly rules: readonly (readonly [string, number])[];
  readonly failure: FoundFailure | undefined;
}

/** As `Failure`, without what only the command line knows. */
export interface FoundFailure {
  readonly run: number;
  readonly path: string;
  readonly shrinks: number;
  readonly commands: number;
  readonly commandsBefore: number;
  readonly message: string;
  readonly evidence: Evidence | undefined;
  readonly stack: string;
}
