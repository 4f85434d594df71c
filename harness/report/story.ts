/** What every report says of a failure, whatever it looks like. */
import type { Failure } from './run-report.ts';
import { counted, grouped, printable } from './text.ts';

export function foundIn(
  failure: Pick<Failure, 'run' | 'shrinks' | 'commands' | 'commandsBefore'>,
): string {
  const { run, shrinks, commands, commandsBefore } = failure;
  const size = counted(commands, 'command');
  if (shrinks === 0) return `Found in run ${run}, with ${size}`;
  const times = counted(shrinks, 'time');
  return `Found in run ${run}, made smaller ${times}: ${size} left of ${grouped(commandsBefore)}`;
}

/** Operations bear numbers; comments say what happened between them. */
export function numberedLines(program: readonly string[]): { label: string; text: string }[] {
  let number = 0;
  return program.map((line) => ({
    label: line.startsWith('#') ? '' : String(++number),
    text: line,
  }));
}

/** Of a message that tells the whole story, what is not the program. */
export function remainder(message: string, program: readonly string[]): string[] {
  const told = new Set(program);
  return printable(message)
    .split('\n')
    .filter((line) => line.trim() !== '' && !told.has(line));
}
