/** Where a cluster is put on trial: a client of it, and members that go down and come back. */
import type { ModelOptions } from '../../spec/model.ts';
import type { Session } from '../stores/session.ts';
import type { Strike } from './cluster-program.ts';

export interface Happening {
  readonly text: string;
  /** As what it counts at the end of the run. */
  readonly counts: readonly Tally[];
}

export const TALLIES = [
  'members killed',
  'members stopped',
  'leaders among them',
  'members started',
  'calls of unknown outcome',
  'of those done',
  'calls asked again',
  'watch events',
] as const;
export type Tally = (typeof TALLIES)[number];

export interface Arena {
  /** Its calls reject with `Unanswered` where there is no answer. */
  readonly session: Session;
  readonly limits: ModelOptions;
  /** What is not done so long after its answer was lost never will be. */
  readonly lateMs: number;
  /**
   * Resolves when the member is told to go; whoever was down before is back by then, so that no more than one
   * ever is.
   */
  strike(strike: Strike): Promise<readonly Happening[]>;
  /** Resolves when all members are there. */
  mend(): Promise<readonly Happening[]>;
  close(): Promise<void>;
}

/** Gives a fresh one, with nothing in it. */
export interface ArenaSource {
  open(): Promise<Arena>;
  close(): Promise<void>;
}
