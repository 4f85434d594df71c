/**
 * What a cluster is asked in place of something else: as a single etcd (`targets/departures.ts`), and beside that
 * whatever depends on which member answers.
 */
import type { Circumstances, Instead } from '../conformance/instead.ts';
import type { Model } from '../../spec/model.ts';
import type { Txn, TxnStep } from '../../spec/txn-types.ts';
import type { Operation, Put, Response } from '../../spec/types.ts';
import { insteadForEtcd } from '../targets/departures.ts';
import type { Worlds } from './worlds.ts';

/** Always answered the same way, and cheaply. */
export const HARMLESS: Operation = { op: 'count', selector: { all: true } };

const LOCAL: ReadonlySet<Operation['op']> = new Set(['ttl', 'leases', 'keepalive', 'hashkv']);

/**
 * Answered by one member from what it has got to, without asking the others: the leader for the time of a lease, any
 * member for the list of leases and for hashes.
 */
export const isLocal = ({ op }: Operation): boolean => LOCAL.has(op);

/** R124: only the leader knows how long leases have left, so that others list them in an order of their own. */
export function inAnyOrder(response: Response, model: Model): Response {
  if (response.kind !== 'leases') return response;
  const should = model.clone().step({ op: 'leases' });
  const ids = should.kind === 'leases' ? should.ids : [];
  return { ...response, ids: response.ids.toSorted((a, b) => ids.indexOf(a) - ids.indexOf(b)) };
}

type Plain = Exclude<TxnStep, Txn>;

/** Every step changed, however deep. */
function rewritten(txn: Txn, change: (step: Plain) => Plain): Txn {
  const all = (steps: readonly TxnStep[]): TxnStep[] =>
    steps.map((step) => (step.op === 'txn' ? rewritten(step, change) : change(step)));
  return { ...txn, then: all(txn.then), else: all(txn.else) };
}

/**
 * R40: a member that is killed does again what it did last, and by then it has the leases that were granted next: a
 * put that was refused for such a lease is not refused there, and from then on the members are not the same. So
 * leases are given to puts that are sure to have them.
 */
function withSureLeases(operation: Operation, isSure: (lease: bigint) => boolean): Operation {
  const sure = (put: Put): Put => {
    const { lease, ...plain } = put;
    return lease === undefined || isSure(lease) ? put : plain;
  };
  if (operation.op === 'put') return sure(operation);
  if (operation.op !== 'txn') return operation;
  return rewritten(operation, (step) => (step.op === 'put' ? sure(step) : step));
}

/** Granted before all that is under way, and nothing that is under way takes it back. */
const isSureIn = (worlds: Worlds, { now, settled }: Circumstances, lease: bigint): boolean =>
  lease === 0n ||
  (worlds.isCertain && [now, settled].every(({ leases }) => leases.some(({ id }) => id === lease)));

/**
 * R69: members that the client is not connected to leave the ranges of a transaction out, and so carry out what
 * the one that it is connected to refuses for the revision of a range (etcd's issue 18667): from then on they are
 * not the same.
 */
const withoutRevisions = (txn: Txn): Txn =>
  rewritten(txn, (step) => {
    if (step.op !== 'range') return step;
    const { revision: _, ...now } = step;
    return now;
  });

const isWrite = (txn: Txn): boolean =>
  [...txn.then, ...txn.else].some((step) =>
    step.op === 'txn' ? isWrite(step) : step.op !== 'range',
  );

export function clusterInstead(worlds: Worlds): Instead {
  return {
    ...insteadForEtcd,
    operation(operation, circumstances) {
      const asked = withSureLeases(insteadForEtcd.operation(operation, circumstances), (lease) =>
        isSureIn(worlds, circumstances, lease),
      );
      // It waits for every member there is.
      if (asked.op === 'defragment') return HARMLESS;
      if (asked.op === 'txn' && isWrite(asked)) return withoutRevisions(asked);
      // A compaction at a tombstone must not be, and nobody knows where there is one.
      return asked.op === 'compact' && !worlds.isCertain ? HARMLESS : asked;
    },
    start(start, model) {
      const began = insteadForEtcd.start(start, model);
      // What is still to come may come before the watch does.
      if (began === 0) return worlds.isQuiet ? 0 : model.revision + 1;
      // A member that lags behind shows what others have compacted.
      return insteadForEtcd.start(Math.max(began, worlds.compactRevision), model);
    },
  };
}
