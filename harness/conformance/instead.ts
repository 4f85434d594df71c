/**
 * What is asked in place of something else. Of an implementation that is known to answer some questions
 * differently, and says so in a list, those questions are not asked; all others are.
 */
import type { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';

/** What there is when something is to be asked. */
export interface Circumstances {
  /** As it is if everything that was asked has taken effect, in the order of the calls. */
  readonly now: Model;
  /** As it is without what is under way: the same as `now` if that is nothing. */
  readonly settled: Model;
  /** Somebody watches, and may be behind. */
  readonly isWatched: boolean;
}

export interface Instead {
  operation(operation: Operation, circumstances: Circumstances): Operation;
  /** Where a watch begins that was to begin at `start`; 0 is from now on. */
  start(start: number, model: Model): number;
  /** Whether progress is asked for: of some servers the answer is no promise. */
  readonly asksProgress: boolean;
}

export const anything: Instead = {
  operation: (operation) => operation,
  start: (start) => start,
  asksProgress: true,
};
