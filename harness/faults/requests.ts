/** Puts an operation of a workload to a store. What the store throws is thrown, since its words are judged. */
import type { EmbeddedStore, WriteTxn } from '../../engine/index.ts';
import type { Operation, Response, StepAnswer, Write } from '../../spec/types.ts';
import { deleted, putDone, ranged } from '../stores/answers.ts';
import { type Arguments, call } from '../stores/plain.ts';
import { requestOf, txnDone } from '../stores/session-txn.ts';

/** What a workload has of all that can be asked. */
export type Request = Extract<
  Operation,
  {
    readonly op:
      | 'put'
      | 'delete'
      | 'txn'
      | 'write'
      | 'range'
      | 'grant'
      | 'revoke'
      | 'compact'
      | 'defragment';
  }
>;

export async function request(store: EmbeddedStore, operation: Request): Promise<Response> {
  switch (operation.op) {
    case 'put': {
      const { key, value, op: _, ...options } = operation;
      return putDone(await bytes((by) => store.put(by.bytes(key), by.bytes(value), options)));
    }
    case 'delete':
      return deleted(await bytes((by) => store.delete(by.selector(operation.selector))));
    case 'txn':
      return txnDone(operation, await bytes((by) => store.txn(requestOf(operation, by))));
    case 'write': {
      const { revision, result } = await store.write((tx) =>
        operation.steps.map((step) => bytes((by) => take(tx, step, by))),
      );
      return { kind: 'write', revision, steps: result };
    }
    case 'range':
      return ranged(await bytes((by) => store.range(by.selector(operation.selector))));
    case 'grant': {
      const lease = await store.leases.grant({ id: operation.id, ttlSeconds: operation.ttl });
      return { kind: 'granted', id: lease.id, ttl: lease.ttlSeconds };
    }
    case 'revoke':
      await store.leases.revoke(operation.id);
      return { kind: 'done' };
    case 'compact':
      await store.compact(operation.revision, { physical: operation.physical === true });
      return { kind: 'done' };
    case 'defragment':
    default:
      await store.defragment();
      return { kind: 'done' };
  }
}

const bytes = <R>(run: (by: Arguments) => R): R => call('bytes', run);

function take(tx: WriteTxn, step: Write['steps'][number], by: Arguments): StepAnswer {
  if (step.op === 'put') {
    tx.put(by.bytes(step.key), by.bytes(step.value));
    return { kind: 'done' };
  }
  if (step.op !== 'delete') throw new Error(`no workload writes a ${step.op}`);
  return { kind: 'deleted', deleted: tx.delete(by.selector(step.selector)) };
}
