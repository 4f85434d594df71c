/** **Atomic**: all events of one revision are in one batch (R101). */
import type { Sighting } from './sighting.ts';

export function atomic({ batches }: Sighting): string[] {
  const batchOf = new Map<number, number>();
  const problems: string[] = [];
  for (const [number, { events }] of batches.entries()) {
    for (const { revision, text } of events) {
      const first = batchOf.get(revision) ?? number;
      batchOf.set(revision, first);
      if (first !== number) problems.push(`${text} is apart from others of its revision`);
    }
  }
  return problems;
}
