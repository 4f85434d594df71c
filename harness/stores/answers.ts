/** What a store returns or throws, in the words of the specification. */
import {
  type CompactedError,
  type ConflictError,
  type DeleteResult,
  type KeyValue as StoreKeyValue,
  type PutResult,
  type RangeResult,
  VarveError,
} from '../../engine/index.ts';
import { refusalCodes } from '../../spec/refusals.ts';
import type { Refusal, Response, StepAnswer } from '../../spec/types.ts';
import { plainKeyValue } from './plain.ts';

export const gotten = (kv: StoreKeyValue | undefined): StepAnswer => ({
  kind: 'get',
  kv: kv === undefined ? undefined : plainKeyValue(kv),
});

export const ranged = ({ revision, count, more, kvs }: RangeResult): StepAnswer => ({
  kind: 'range',
  revision,
  count,
  more,
  kvs: kvs.map(plainKeyValue),
});

export const putDone = ({ revision, prevKv }: PutResult): Response => ({
  kind: 'put',
  revision,
  prevKv: prevKv && plainKeyValue(prevKv),
});

export const deleted = ({ revision, deleted, prevKvs }: DeleteResult): Response => ({
  kind: 'delete',
  revision,
  deleted,
  prevKvs: prevKvs.map(plainKeyValue),
});

export async function answered(ask: () => Response | Promise<Response>): Promise<Response> {
  try {
    return await ask();
  } catch (error) {
    return refusalOf(error);
  }
}

/**
 * An error with a code of Varve's is an answer; anything else is a bug and flies on. Etcd's words are compared;
 * advice in parentheses behind them, and texts that are the store's own, are not.
 */
export function refusalOf(error: unknown): Refusal {
  if (!isRefusal(error)) throw error;
  const isEtcds = error.message.startsWith('etcdserver: ');
  const text = isEtcds ? error.message.replace(/ \(.*\)$/s, '') : '';
  return { kind: 'refused', code: error.code, text, ...detailsOf(error) };
}

/** What an error tells beside its code: 0 stands for a compacted revision that is not there or not known. */
function detailsOf(error: Coded): Pick<Refusal, 'compactRevision' | 'current'> {
  const { code, compactRevision = 0, current } = error as Coded & Details;
  return {
    ...(code === 'ERR_COMPACTED' && compactRevision > 0 && { compactRevision }),
    ...(code === 'ERR_CONFLICT' && current !== undefined && { current: plainKeyValue(current) }),
  };
}

type Coded = Error & { readonly code: string };
type Details = Partial<Pick<CompactedError, 'compactRevision'> & Pick<ConflictError, 'current'>>;

/** By its code: another implementation has a class of its own. */
function isRefusal(error: unknown): error is Coded {
  if (error instanceof VarveError) return true;
  const { code } = error as { readonly code?: unknown };
  return error instanceof Error && typeof code === 'string' && refusalCodes.has(code);
}
