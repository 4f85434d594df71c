/**
 * Snapshots that are put to the test: what one shows is overwritten and deleted, compacted, cleaned away as far
 * as that may be, and read in it again by every way there is. Some are released in the end, some never are.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import { stateAt } from '../../spec/history.ts';
import type { Model } from '../../spec/model.ts';
import type { Bytes, Operation } from '../../spec/types.ts';
import type { Draft } from './draft.ts';
import type { Features } from './features.ts';
import { isHeld } from './maintenance.ts';
import { ask, type StoreCommand } from './program.ts';
import { flag, given, keyOrEmpty, selector, value } from './vocabulary.ts';

type In = Operation & { readonly op: 'in' };

const EVERYTHING: In['read'] = { op: 'range', selector: { all: true } };

/** Or whatever else can be asked while there is none of this name. */
const readIn =
  (name: string, read: In['read']): Draft =>
  ({ snapshots }) =>
    snapshots.has(name) ? { op: 'in', name, read } : read;

const take =
  (name: string, ago: number): Draft =>
  ({ snapshots, revision, compactRevision }) => {
    if (snapshots.has(name)) return { op: 'in', name, read: EVERYTHING };
    const past = ago === 0 ? undefined : Math.max(1, compactRevision, revision - ago);
    return { op: 'snapshot', name, ...given({ revision: past }) };
  };

const release =
  (name: string): Draft =>
  ({ snapshots }) =>
    snapshots.has(name) ? { op: 'release', name } : EVERYTHING;

/** A key that the snapshot shows, if it shows any. */
function shownIn(model: Model, name: string, place: number): Bytes {
  const shown = stateAt(model.changes, model.snapshots.get(name) ?? model.revision);
  return shown.length === 0 ? 'a' : shown[place % shown.length]!.key;
}

/** `on`: so many revisions on from that of the snapshot, as far as there are any. */
const compact =
  (name: string, on: number): Draft =>
  (model) => {
    const from = Math.max(model.snapshots.get(name) ?? 0, model.compactRevision);
    const revision = Math.max(1, Math.min(model.revision, from + on));
    return { op: 'compact', revision, ...(!isHeld(model, revision) && { physical: true }) };
  };

const names = fc.constantFrom<[string, string]>(['s', 't'], ['t', 'u'], ['u', 's'], ['u', 'v']);
const place = fc.nat({ max: 7 });
const ago = fc.constantFrom(0, 0, 0, 1, 2);
const read: Arbitrary<In['read']> = fc.oneof(
  keyOrEmpty.map((key): In['read'] => ({ op: 'get', key })),
  selector.map((selector): In['read'] => ({ op: 'count', selector })),
  selector.map((selector): In['read'] => ({ op: 'range', selector })),
);

export function snapshots(features: Features): Arbitrary<StoreCommand> {
  const spoil = fc.record({ place, value, isDelete: fc.boolean() });
  return fc
    .record({
      names,
      ago: fc.tuple(ago, ago),
      spoils: fc.array(spoil, { minLength: 1, maxLength: 4 }),
      on: fc.constantFrom(1, 1, 2, 100),
      defragment: flag(3),
      place,
      reads: fc.array(read, { minLength: 1, maxLength: 3 }),
      secondIsReleased: fc.boolean(),
      firstIsReleased: flag(2),
    })
    .map(({ names: [first, second], ...given }): StoreCommand => {
      const deletes = features.has('deletes');
      const getsOne: Draft = (model) =>
        readIn(first, { op: 'get', key: shownIn(model, first, given.place) })(model);
      const drafts: Draft[] = [
        take(first, given.ago[0]),
        take(second, given.ago[1]),
        ...given.spoils.map(
          ({ place, value, isDelete }): Draft =>
            (model) => {
              const key = shownIn(model, first, place);
              if (isDelete && deletes) return { op: 'delete', selector: { key } };
              return { op: 'put', key, value };
            },
        ),
        ...(features.has('compaction') ? [compact(first, given.on)] : []),
        ...(given.defragment && features.has('defragment')
          ? [(): Operation => ({ op: 'defragment' })]
          : []),
        readIn(first, EVERYTHING),
        ...(given.secondIsReleased ? [release(second)] : []),
        ...given.reads.map((read) => readIn(first, read)),
        getsOne,
        readIn(first, EVERYTHING),
        ...(given.firstIsReleased ? [release(first)] : []),
      ];
      return { do: 'series', commands: drafts.map(ask) };
    });
}
