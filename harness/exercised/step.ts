/** One operation and the model's answer to it, to be asked which rules it exercised. */
import type { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';

export interface Step<O = Operation, A = Response> {
  readonly operation: O;
  readonly response: A;
  /** How it stood with the model before. */
  readonly before: { readonly revision: number; readonly compactRevision: number };
  /** After. */
  readonly model: Model;
}

/** Of one kind of operation: each rule with what has to be so for it to have been exercised. */
export type Rules<O, A> = readonly (readonly [
  rule: string,
  isExercised: (step: Step<O, A>) => boolean,
])[];

export const isRefused = (response: Response, ...codes: readonly string[]): boolean =>
  response.kind === 'refused' && codes.includes(response.code);
