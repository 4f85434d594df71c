/**
 * What reads and writes promise to several clients at once, each promise a function that looks at their
 * calls and says what is wrong in words.
 *
 * - **Monotonic**: who has been told of a revision is never told of a lower one, and every write that
 *   changes something makes a revision of its own, one after another.
 * - **Atomic**: no read shows a part of a revision.
 * - **Durable**: after a crash everything answered is there (`crash.ts`).
 *
 * That there is one order which explains all answers is more than all of this. It needs a search, and is
 * checked where the calls are made; these say in a word what went wrong.
 */
import { type BeforeCrash, crashProblems, type Recovered } from '../crash.ts';
import { describeOperation } from '../describe.ts';
import type { Change } from '../history.ts';
import { selects } from '../model-range.ts';
import { wordOf } from '../syntax.ts';
import type { Range, RangeAnswer } from '../types.ts';
import { type Call, type Effects, effectsOf, madeBy, revisionIn } from './calls.ts';

/** R2, R3, R21. `from` is the revision before all calls. */
export function monotonic(calls: readonly Call[], from: number): string[] {
  return [...goingBack(calls, from), ...revisionsMade(calls, from)];
}

/** What was answered before a call began is known to it; a client waits for its own answers. */
function goingBack(calls: readonly Call[], from: number): string[] {
  return calls.flatMap((call) => {
    const revision = revisionIn(call.response);
    if (revision === undefined) return [];
    const earlier = calls.filter((other) => other.returnedAt < call.invokedAt);
    const known = earlier.map(({ response }) => revisionIn(response) ?? from);
    const floor = Math.max(from, ...known);
    const what = describeOperation(call.operation);
    if (revision < floor) return [`${what} answers ${revision}, and ${floor} was known`];
    const isOld = madeBy(call) === floor;
    return isOld ? [`${what} made ${revision}, which was known before`] : [];
  });
}

/** Each is made once, and none is left out but for calls that do not say what they made. */
function revisionsMade(calls: readonly Call[], from: number): string[] {
  const made = calls.flatMap((call) => madeBy(call) ?? []).sort((a, b) => a - b);
  const twice = made.filter((revision, i) => revision === made[i - 1]);
  const gap = Math.max(from, ...made) - from - new Set(made).size;
  const silent = calls.filter(isSilent).length;
  // Time that goes by may end any number of leases.
  const isTold = !calls.some(({ operation }) => operation.op === 'advance');
  return [
    ...twice.map((revision) => `${revision} was made twice`),
    ...(isTold && gap > silent ? [`${gap} revisions were made by nobody`] : []),
  ];
}

const isSilent = ({ operation, response }: Call): boolean =>
  response === undefined || operation.op === 'revoke';

/** R74. What is missing only a read tells that shows all it selects. */
export function atomic(calls: readonly Call[]): string[] {
  const writes = calls.flatMap((call) => {
    const revision = madeBy(call);
    return revision === undefined ? [] : [{ revision, ...effectsOf(call) }];
  });
  return calls.flatMap(({ operation, response }) => {
    if (operation.op !== 'range' || response?.kind !== 'range') return [];
    const at = (operation.revision ?? 0) > 0 ? operation.revision! : response.revision;
    const past = writes.filter(({ revision }) => revision <= at);
    return [
      ...fromTheFuture(response, at),
      ...past.flatMap((write) => undeleted(response, write, at)),
      ...(isWhole(operation, response)
        ? past.flatMap((write) => missing(operation, response, write, at))
        : []),
    ];
  });
}

interface Made extends Effects {
  readonly revision: number;
}

function undeleted({ kvs }: RangeAnswer, { revision, deleted }: Made, at: number): string[] {
  return kvs
    .filter(({ modRevision }) => modRevision < revision)
    .filter(({ key }) => deleted.some((selector) => selects(selector, key)))
    .map(({ key }) => `a read at ${at} shows ${wordOf(key)}, which ${revision} deleted`);
}

/** Absent later on, a key may have been deleted. */
function missing(
  { selector }: Range,
  { kvs }: RangeAnswer,
  { revision, put }: Made,
  at: number,
): string[] {
  const shown = new Map(kvs.map((kv) => [kv.key, kv.modRevision]));
  return [...put]
    .filter((key) => selects(selector, key))
    .filter((key) => (shown.get(key) ?? (at > revision ? at : 0)) < revision)
    .map((key) => `a read at ${at} lacks ${wordOf(key)}, which ${revision} put`);
}

function fromTheFuture({ kvs }: RangeAnswer, at: number): string[] {
  return kvs
    .filter(({ modRevision }) => modRevision > at)
    .map(({ key, modRevision }) => `a read at ${at} shows ${wordOf(key)} of ${modRevision}`);
}

const FILTERS = [
  'minModRevision',
  'maxModRevision',
  'minCreateRevision',
  'maxCreateRevision',
] as const;

const isWhole = (read: Range, { more }: RangeAnswer): boolean =>
  !more && FILTERS.every((name) => (read[name] ?? 0) === 0);

/**
 * R170. `requested` is every change that the calls asked for, in the order the store took them, and
 * `recovered` what was found after a crash that came when the last answer had been given.
 */
export function durable(
  calls: readonly Call[],
  requested: readonly Change[],
  recovered: Recovered,
): string[] {
  return crashProblems(beforeCrash(calls, requested), recovered);
}

function beforeCrash(calls: readonly Call[], requested: readonly Change[]): BeforeCrash {
  const revisionsOf = (found: (call: Call) => number | undefined, none: number): number =>
    Math.max(none, ...calls.flatMap((call) => found(call) ?? []));
  return {
    requested,
    acknowledged: revisionsOf(madeBy, 1),
    compaction: {
      requested: revisionsOf(compactionOf, -1),
      acknowledged: revisionsOf(
        (call) => (call.response?.kind === 'done' ? compactionOf(call) : undefined),
        -1,
      ),
    },
    // A write has told of what it made, and that is for Acknowledged.
    revealed: revisionsOf(
      (call) => (madeBy(call) === undefined ? revisionIn(call.response) : undefined),
      1,
    ),
  };
}

const compactionOf = ({ operation }: Call): number | undefined =>
  operation.op === 'compact' ? operation.revision : undefined;
