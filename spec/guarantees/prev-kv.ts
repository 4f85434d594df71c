/**
 * **PrevKv**: an event bears its key's state at the revision before (R104), if that was asked for. There is
 * none for a create, nor where the revision before is compacted: as it was when the watch began it must be
 * left out, as it is when the batch comes it may be.
 */
import { describeKeyValue } from '../describe.ts';
import type { KeyValue } from '../types.ts';
import type { Made } from './chronicle.ts';
import type { Sighting } from './sighting.ts';

export function prevKv(sighting: Sighting, made: readonly Made[]): string[] {
  const { batches, compactions } = sighting;
  const real = new Map(made.map((one) => [one.text, one]));
  const compacted = compactions.at(0) ?? -1;
  return batches.flatMap(({ events, compactRevision }) =>
    events.flatMap(({ text, revision, isCreate, prevKv }) => {
      const one = real.get(text);
      if (one === undefined) return [];
      const before = sighting.prevKv && !isCreate ? one.before : undefined;
      const given = told(prevKv);
      const allowed = [
        ...(revision - 1 >= compacted ? [told(before)] : []),
        ...(revision - 1 < compactRevision ? [told(undefined)] : []),
      ];
      return allowed.includes(given) ? [] : [`${text} bears ${given}, not ${allowed.join(' or ')}`];
    }),
  );
}

const told = (kv: KeyValue | undefined): string =>
  kv === undefined ? 'no state before it' : describeKeyValue(kv);
