/** Programs for a cluster: those for any store, and in between members that go down and come back. */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { StoreCommand, StoreProgram } from '../traffic/program.ts';

export interface Strike {
  readonly do: 'strike';
  /** A number counts the members round and round. */
  readonly whom: 'leader' | number;
  /** `stop` is SIGTERM, `kill` is SIGKILL. */
  readonly how: 'stop' | 'kill';
  /** What is asked next is under way by then. */
  readonly afterMs: number;
}

export type ClusterCommand =
  | StoreCommand
  | Strike
  /** Whoever is down comes back, while the next commands run. */
  | { readonly do: 'mend' };

export interface ClusterProgram {
  readonly commands: readonly ClusterCommand[];
  readonly scheduler: StoreProgram['scheduler'];
}

interface Place {
  readonly strike: Strike;
  /** In the program, and how many commands later it is mended. */
  readonly at: number;
  readonly lasts: number;
}

const strike: Arbitrary<Strike> = fc.record({
  do: fc.constant('strike'),
  whom: fc.constantFrom<Strike['whom'][]>('leader', 'leader', 0, 1, 2),
  how: fc.constantFrom('kill', 'kill', 'stop'),
  afterMs: fc.constantFrom(0, 0, 1, 2, 5, 20),
});

const place: Arbitrary<Place> = fc.record({
  strike,
  at: fc.nat({ max: 999 }),
  lasts: fc.nat({ max: 60 }),
});

const STRIKES_MAX = 4;

export function clusterPrograms(programs: Arbitrary<StoreProgram>): Arbitrary<ClusterProgram> {
  const places = fc.array(place, { minLength: 1, maxLength: STRIKES_MAX, size: 'max' });
  return fc
    .tuple(programs, places)
    .map(([{ commands, scheduler }, all]) => ({ commands: woven(commands, all), scheduler }));
}

function woven(commands: readonly StoreCommand[], places: readonly Place[]): ClusterCommand[] {
  const before = new Map<number, ClusterCommand[]>();
  const put = (at: number, command: ClusterCommand): void => {
    before.set(at, [...(before.get(at) ?? []), command]);
  };
  for (const { strike, at, lasts } of places) {
    const start = at % (commands.length + 1);
    put(start, strike);
    put(Math.min(commands.length, start + lasts), { do: 'mend' });
  }
  const end = before.get(commands.length) ?? [];
  return [...commands.flatMap((command, at) => [...(before.get(at) ?? []), command]), ...end];
}
