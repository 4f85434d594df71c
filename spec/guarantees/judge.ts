/** All guarantees by name, and the verdict on what a watch has shown. */
import { acknowledged } from './acknowledged.ts';
import { atomic } from './atomic.ts';
import { bookmarkable } from './bookmarkable.ts';
import type { Made } from './chronicle.ts';
import { filter } from './filter.ts';
import { ordered } from './ordered.ts';
import { prevKv } from './prev-kv.ts';
import { reliable } from './reliable.ts';
import { resumable } from './resumable.ts';
import type { Checker, Sighting } from './sighting.ts';
import { unique } from './unique.ts';

export type GuaranteeName =
  | 'Ordered'
  | 'Unique'
  | 'Reliable'
  | 'Atomic'
  | 'Resumable'
  | 'Bookmarkable'
  | 'PrevKv'
  | 'Filter'
  | 'Acknowledged';

/** R109, and the ninth. */
const guarantees: Readonly<Record<GuaranteeName, Checker>> = {
  Ordered: ordered,
  Unique: unique,
  Reliable: reliable,
  Atomic: atomic,
  Resumable: resumable,
  Bookmarkable: bookmarkable,
  PrevKv: prevKv,
  Filter: filter,
  Acknowledged: acknowledged,
};

export interface Violation {
  readonly guarantee: GuaranteeName;
  readonly text: string;
}

export function judge(sighting: Sighting, made: readonly Made[]): Violation[] {
  const names = Object.keys(guarantees) as GuaranteeName[];
  return names.flatMap((guarantee) =>
    guarantees[guarantee](sighting, made).map((text) => ({ guarantee, text })),
  );
}
