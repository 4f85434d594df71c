/** The protocol's unary calls, asked of the model. */
import type { Model } from '../../spec/model.ts';
import { headerOf } from './answers.ts';
import {
  answerAs,
  bytes,
  deleteFields,
  putFields,
  rangeFields,
  txnFields,
} from './model-answers.ts';
import { deleteOf, putOf, rangeOf, selectorOf, txnOf } from './model-requests.ts';
import type { Fields } from './recorded.ts';
import {
  type DeleteMessage,
  type LeaseMessage,
  leaseIdOf,
  type PutMessage,
  type RangeMessage,
  type TxnMessage,
} from './requests.ts';

type Call = (model: Model, req: Fields) => Fields;

export const MODEL_CALLS: Readonly<Record<string, Call>> = {
  range(model, req: RangeMessage) {
    if (req.count_only !== true) {
      return rangeFields(req, answerAs('range', model.step(rangeOf(req))));
    }
    const revision = req.revision ?? 0;
    const response = model.step({ op: 'count', selector: selectorOf(req), revision });
    const { count } = answerAs('count', response);
    return { header: headerOf(model.revision), count: count || undefined };
  },
  put: (model, req: PutMessage) => putFields(answerAs('put', model.step(putOf(req)))),
  deleteRange: (model, req: DeleteMessage) =>
    deleteFields(answerAs('delete', model.step(deleteOf(req)))),
  txn: (model, req: TxnMessage) => txnFields(req, answerAs('txn', model.step(txnOf(req)))),
  compact(model, { revision = 0, physical = false }: { revision?: number; physical?: boolean }) {
    answerAs('done', model.step({ op: 'compact', revision, physical }));
    return { header: headerOf(model.revision) };
  },
  hashKV(model, { revision = 0 }: { revision?: number }) {
    const answer = answerAs('hash', model.step({ op: 'hashkv', revision }));
    const { hash, compactRevision } = answer;
    return { header: headerOf(answer.revision), hash, compact_revision: compactRevision };
  },
  status: (model) => ({ header: headerOf(model.revision) }),
  defragment(model) {
    answerAs('done', model.step({ op: 'defragment' }));
    return {};
  },
  leaseGrant(model, req: LeaseMessage) {
    const grant = { op: 'grant', id: leaseIdOf(req), ttl: req.TTL ?? 0 } as const;
    const { id, ttl } = answerAs('granted', model.step(grant));
    return { header: headerOf(model.revision), ID: Number(id), TTL: ttl };
  },
  leaseRevoke(model, req: LeaseMessage) {
    answerAs('done', model.step({ op: 'revoke', id: leaseIdOf(req) }));
    return { header: headerOf(model.revision) };
  },
  leaseKeepAlive(model, req: LeaseMessage) {
    const { ttl } = answerAs('kept', model.step({ op: 'keepalive', id: leaseIdOf(req) }));
    return { header: headerOf(model.revision), ID: req.ID, TTL: ttl || undefined };
  },
  leaseTimeToLive(model, req: LeaseMessage) {
    const question = { op: 'ttl', id: leaseIdOf(req), keys: req.keys ?? false } as const;
    const { ttl, grantedTtl, keys } = answerAs('lease', model.step(question));
    return {
      header: headerOf(model.revision),
      ID: req.ID,
      // R124: whole seconds.
      TTL: ttl || undefined,
      grantedTTL: grantedTtl || undefined,
      keys: keys.length > 0 ? keys.map(bytes) : undefined,
    };
  },
  leaseLeases(model) {
    const { ids } = answerAs('leases', model.step({ op: 'leases' }));
    const leases = ids.map((id) => ({ ID: Number(id) }));
    return { header: headerOf(model.revision), leases };
  },
};
