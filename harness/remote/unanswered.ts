/**
 * A store whose calls may go unanswered, which is no answer: what the client says of those is whether the call may
 * have been done.
 */
import { VarveError } from '../../engine/index.ts';
import type { Leases, Store } from '../../engine/types.ts';
import { replaced } from '../stores/replaced.ts';

export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  /** It may have been done, or may be yet; else it was not, and never will be. */
  readonly isInDoubt: boolean;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.isInDoubt = IN_DOUBT.test(cause.message);
  }
}

const IN_DOUBT = /whether it took effect is unknown/;

type Call = (...args: never[]) => Promise<unknown>;

const OF_STORE = [
  'get',
  'has',
  'range',
  'count',
  'put',
  'delete',
  'txn',
  'compact',
  'defragment',
  'hashKv',
  'status',
] as const;
const OF_LEASES = ['grant', 'revoke', 'keepAliveOnce', 'timeToLive', 'list'] as const;

/** Rejects with Unanswered where the store does with ERR_UNAVAILABLE. */
export function tellingUnanswered(store: Store): Store {
  const leases = replaced<Leases>(store.leases, telling(store.leases, OF_LEASES));
  return replaced<Store>(store, { ...telling(store, OF_STORE), leases });
}

function telling<T extends object>(whole: T, names: readonly (keyof T)[]): Partial<T> {
  const calls = names.map((name) => {
    const call = whole[name] as Call;
    const told: Call = async (...args) => {
      try {
        return await call.apply(whole, args);
      } catch (error) {
        const isUnavailable = error instanceof VarveError && error.code === 'ERR_UNAVAILABLE';
        throw isUnavailable ? new Unanswered(error) : error;
      }
    };
    return [name, told];
  });
  return Object.fromEntries(calls) as Partial<T>;
}
