/** The command that runs a failure again. */
import type { PartName } from '../crash/part.ts';

export function replayOf(
  part: PartName,
  seed: number,
  { run, at }: { readonly run: number; readonly at: string },
): string {
  return `varve-harness crash --part ${part} --seed ${seed} --run ${run} --at ${quoted(at)}`;
}

/** As a shell takes it for one word: places have < and # in them. */
export function quoted(word: string): string {
  if (/^[\w.:/@+=,%-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
