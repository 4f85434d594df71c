/**
 * The place of a crash, as a flag can name it: "17:0.2.1" is operation 17 and what each doubt came to, "17:killed"
 * is a process that was killed there, which decides nothing.
 */
import type { Choice } from '../disk/simulated-disk.ts';
import { PlaceError } from './part.ts';

export interface Place {
  readonly operation: number;
  readonly choice: Choice | 'killed';
}

export function placeOf({ operation, choice }: Place): string {
  return `${operation}:${choice === 'killed' ? choice : choice.join('.')}`;
}

/** Of one crash after the other: "17:0.2.1/3:1". Throws a PlaceError. */
export function placesIn(at: string): readonly Place[] {
  return at.split('/').map((place) => {
    const [, operation, choice] = /^(\d+):((?:\d+(?:\.\d+)*)?|killed)$/.exec(place) ?? [];
    if (operation === undefined || choice === undefined) {
      throw new PlaceError(`a place looks like 17:0.2.1 or 17:0.2.1/3:1, not "${at}"`);
    }
    if (choice === 'killed') return { operation: Number(operation), choice };
    const options = choice === '' ? [] : choice.split('.').map(Number);
    return { operation: Number(operation), choice: options };
  });
}
