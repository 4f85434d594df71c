/** What a run comes to, in one word and in one sentence. */
import type { Failure, RunReport } from './run-report.ts';
import { counted, printable } from './text.ts';

/** How a program says that the end of it was an error. */
const THROWS = '# throws ';

export interface Verdict {
  /** `incomplete`: nothing differed, but what was to be checked was not all checked. */
  readonly word: 'clean' | 'failed' | 'incomplete';
  readonly text: string;
}

export function verdictOf({ failure, missing, operations, rules }: RunReport): Verdict {
  if (failure !== undefined) return { word: 'failed', text: reasonOf(failure) };
  if (missing.length > 0) {
    const are = missing.length === 1 ? 'was' : 'were';
    const text = `no difference, but ${counted(missing.length, 'rule')} ${are} never exercised`;
    return { word: 'incomplete', text };
  }
  if (operations === 0) return { word: 'incomplete', text: 'no answer was compared' };
  const exercised = Object.keys(rules).length === 0 ? '' : ', and every rule was exercised';
  return { word: 'clean', text: `every answer was the model's${exercised}` };
}

function reasonOf({ evidence, message }: Failure): string {
  if (evidence === undefined) {
    return `the target threw: ${printable(message.trim().split('\n', 1)[0] ?? '')}`;
  }
  const { program, should, does, lanes } = evidence;
  if (should.length + does.length > 0) return "an answer is not the model's";
  const broken = new Set(lanes.flatMap((lane) => lane.broken.map(({ guarantee }) => guarantee)));
  if (broken.size > 0) return `a watch broke what it guarantees: ${[...broken].join(', ')}`;
  const thrown = program.find((line) => line.startsWith(THROWS));
  if (thrown !== undefined) return `the target threw: ${printable(thrown.slice(THROWS.length))}`;
  return 'the target does not do what the model does';
}
