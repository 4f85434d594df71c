/** One operation that was put to a store: what it should answer, and what is told of it before and after. */
import type { Model } from '../../spec/model.ts';
import type { Response } from '../../spec/types.ts';
import type { Fact } from '../crash/facts.ts';
import type { Request } from './requests.ts';

export interface Asked {
  readonly operation: Request;
  readonly was: Model;
  /** The model after it. */
  readonly is: Model;
  readonly expected: Response;
  /** Told before it was asked. */
  readonly before: readonly Fact[];
  /** To be told when it is answered. */
  readonly after: readonly Fact[];
}

export function askedOf(was: Model, operation: Request): Asked {
  const is = was.clone();
  const expected = is.step(operation);
  const before: Fact[] = [];
  const after: Fact[] = [];
  const { revision } = is;
  const isChange = revision > was.revision;
  if (isChange) {
    before.push({ fact: 'asked', changes: is.changes.slice(was.changes.length) });
    after.push({ fact: 'answered', revision });
  }
  if (expected.kind !== 'refused') {
    if (operation.op === 'compact') {
      before.push({ fact: 'asked to compact', revision: operation.revision });
      after.push({ fact: 'compacted', revision: operation.revision });
    } else if (operation.op === 'grant') {
      before.push({ fact: 'asked for lease', id: operation.id });
      after.push({ fact: 'granted', id: operation.id });
    } else if (operation.op === 'revoke') {
      const { id } = operation;
      before.push({ fact: 'asked to revoke', id, revision: isChange ? revision : undefined });
      after.push({ fact: 'revoked', id });
    }
  }
  return { operation, was, is, expected, before, after };
}

/** Nothing of the model depends on whether it was done. */
export function changesNothing({ operation }: Asked): boolean {
  return operation.op === 'defragment' || operation.op === 'range';
}
