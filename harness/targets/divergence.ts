/**
 * A target did not do what the model does. It carries all that a report shows: the program so far in the
 * words of `spec/syntax.ts`, the two answers side by side, the history as the model has it, and what
 * every watch has shown.
 */
import type { Change } from '../../spec/history.ts';

/** What one watch has shown, batch by batch, to be drawn as a lane of its own. */
export interface Lane {
  readonly name: string;
  /** What was asked for, in words. */
  readonly asked: string;
  readonly from: number;
  readonly batches: readonly {
    readonly revision: number;
    readonly progress: boolean;
    readonly events: readonly LaneEvent[];
  }[];
  /** Guarantees that it broke, each with what is wrong. */
  readonly broken: readonly { readonly guarantee: string; readonly text: string }[];
}

export interface LaneEvent {
  readonly revision: number;
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** The whole event as one line. */
  readonly text: string;
}

export interface Evidence {
  /** Operations and `#` comments, one a line, up to the one that differs, which comes last. */
  readonly program: readonly string[];
  /** The operation whose answer differs; empty if it is no answer that is wrong. */
  readonly operation: string;
  /** The answers, a line each for the head and for every key or step. */
  readonly should: readonly string[];
  readonly does: readonly string[];
  /** Every change there ever was, as the model has it. */
  readonly changes: readonly Change[];
  /** Compacted revisions, oldest first. */
  readonly compactions: readonly number[];
  readonly lanes: readonly Lane[];
}

export class Divergence extends Error {
  override readonly name: string = 'Divergence';
  readonly evidence: Evidence;

  constructor(evidence: Evidence, options?: ErrorOptions) {
    super(storyOf(evidence), options);
    this.evidence = evidence;
  }
}

/** The whole of it as text, for test runners that print a message and nothing else. */
export function storyOf({ program, should, does, lanes }: Evidence): string {
  const answers =
    should.length + does.length === 0
      ? []
      : [
          `  should answer: ${should.join('\n                 ')}`,
          `  answers:       ${does.join('\n                 ')}`,
        ];
  const broken = lanes.flatMap(({ name, broken }) =>
    broken.map(({ guarantee, text }) => `  ${name}, ${guarantee}: ${text}`),
  );
  return [...program, ...answers, ...broken].join('\n');
}
