/** What was done so far. Operations become text only if somebody wants to read it. */
import { describeOperation } from '../../spec/describe.ts';
import type { Operation } from '../../spec/types.ts';

export type StoryLine = string | Operation;

export function linesOf(story: readonly StoryLine[]): string[] {
  return story.map((line) => (typeof line === 'string' ? line : describeOperation(line)));
}
