/** From what the model answers to the protocol's responses. A field with its default value is absent. */
import type { Event } from '../../spec/maintenance-types.ts';
import type { TxnAnswer } from '../../spec/txn-types.ts';
import type { KeyValue, RangeAnswer, Refusal, Response } from '../../spec/types.ts';
import { headerOf, STATUSES } from './answers.ts';
import type { Fields } from './recorded.ts';
import type { OpMessage, RangeMessage, TxnMessage } from './requests.ts';

/** A model that answers something else than what was asked for is wrong. */
export function answerAs<K extends Response['kind']>(
  kind: K,
  response: Response,
): Extract<Response, { kind: K }> {
  if (response.kind === kind) return response as Extract<Response, { kind: K }>;
  if (response.kind === 'refused') throw new RefusedByModel(response);
  throw new Error(`the model answers ${response.kind}, not ${kind}`);
}

export class RefusedByModel extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.text);
    this.refusal = refusal;
  }
}

export function refusalFields({ code, text }: Refusal): Fields {
  const [number, status] = STATUSES[code as keyof typeof STATUSES]!;
  return { error: { code: number, status, message: text } };
}

export function rangeFields(request: RangeMessage, answer: RangeAnswer): Fields {
  const isCount = request.count_only === true;
  return {
    header: headerOf(answer.revision),
    kvs: isCount ? undefined : listOf(answer.kvs.map(kvFields)),
    more: isCount ? undefined : answer.more || undefined,
    count: answer.count || undefined,
  };
}

export function putFields({ revision, prevKv }: Extract<Response, { kind: 'put' }>): Fields {
  return { header: headerOf(revision), prev_kv: prevKv && kvFields(prevKv) };
}

export function deleteFields(answer: Extract<Response, { kind: 'delete' }>): Fields {
  const { revision, deleted, prevKvs } = answer;
  return {
    header: headerOf(revision),
    deleted: deleted || undefined,
    prev_kvs: listOf(prevKvs.map(kvFields)),
  };
}

export function txnFields(request: TxnMessage, answer: TxnAnswer): Fields {
  const { succeeded, revision, responses } = answer;
  const ops = (succeeded ? request.success : request.failure) ?? [];
  return {
    header: headerOf(revision),
    succeeded: succeeded || undefined,
    responses: listOf(ops.map((op, i) => responseFields(op, responses[i]!))),
  };
}

function responseFields(op: OpMessage, response: Response): Fields {
  if (op.request_range !== undefined) {
    return { response_range: rangeFields(op.request_range, answerAs('range', response)) };
  }
  if (op.request_put !== undefined) return { response_put: putFields(answerAs('put', response)) };
  if (op.request_delete_range !== undefined) {
    return { response_delete_range: deleteFields(answerAs('delete', response)) };
  }
  return { response_txn: txnFields(op.request_txn!, answerAs('txn', response)) };
}

export const eventFields = (event: Event): Fields => ({
  type: event.type === 'delete' ? 'DELETE' : undefined,
  kv:
    event.type === 'delete'
      ? { key: bytes(event.key), mod_revision: event.revision }
      : kvFields(event.kv),
  prev_kv: event.prevKv && kvFields(event.prevKv),
});

const kvFields = (kv: KeyValue): Fields => ({
  key: bytes(kv.key),
  create_revision: kv.createRevision,
  mod_revision: kv.modRevision,
  version: kv.version,
  value: kv.value === '' ? undefined : bytes(kv.value),
  lease: kv.lease === 0n ? undefined : Number(kv.lease),
});

export const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const listOf = (list: readonly Fields[]): readonly Fields[] | undefined =>
  list.length > 0 ? list : undefined;
