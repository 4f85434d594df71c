/** The protocol's unary calls, asked of the Store API. */
import type { EmbeddedStore } from '../../engine/index.ts';
import { deleteAnswer, headerOf, putAnswer, rangeAnswer, txnAnswer } from './answers.ts';
import type { Fields } from './recorded.ts';
import {
  type DeleteMessage,
  deleteOp,
  type LeaseMessage,
  leaseIdOf,
  type PutMessage,
  putOp,
  type RangeMessage,
  rangeOp,
  type TxnMessage,
  txnOf,
} from './requests.ts';

type Call = (store: EmbeddedStore, req: Fields) => Promise<Fields>;

export const CALLS: Readonly<Record<string, Call>> = {
  async range(store, req: RangeMessage) {
    const { selector, options = {} } = rangeOp(req);
    if (req.count_only !== true) return rangeAnswer(req, await store.range(selector, options));
    const count = await store.count(selector, options);
    return { header: headerOf(store.revision), count: count || undefined };
  },
  async put(store, req: PutMessage) {
    const { key, value, options } = putOp(req);
    return putAnswer(await store.put(key, value, options));
  },
  async deleteRange(store, req: DeleteMessage) {
    const { selector, options } = deleteOp(req);
    return deleteAnswer(await store.delete(selector, options));
  },
  async txn(store, req: TxnMessage) {
    return txnAnswer(req, await store.txn(txnOf(req)));
  },
  async compact(store, req: { revision?: number; physical?: boolean }) {
    await store.compact(req.revision ?? 0, { physical: req.physical ?? false });
    return { header: headerOf(store.revision) };
  },
  async hashKV(store, req: { revision?: number }) {
    const { hash, compactRevision, revision } = await store.hashKv(req.revision);
    return { header: headerOf(revision), hash, compact_revision: compactRevision };
  },
  async status(store) {
    return { header: headerOf((await store.status()).revision) };
  },
  async defragment(store) {
    await store.defragment();
    return {};
  },
  async leaseGrant(store, req: LeaseMessage) {
    const granted = { id: leaseIdOf(req), ttlSeconds: req.TTL ?? 0 };
    const { id, ttlSeconds } = await store.leases.grant(granted);
    return { header: headerOf(store.revision), ID: Number(id), TTL: ttlSeconds };
  },
  async leaseRevoke(store, req: LeaseMessage) {
    await store.leases.revoke(leaseIdOf(req));
    return { header: headerOf(store.revision) };
  },
  async leaseKeepAlive(store, req: LeaseMessage) {
    const ttlSeconds = await store.leases.keepAliveOnce(leaseIdOf(req));
    return { header: headerOf(store.revision), ID: req.ID, TTL: ttlSeconds || undefined };
  },
  async leaseTimeToLive(store, req: LeaseMessage) {
    const options = { keys: req.keys ?? false };
    const status = await store.leases.timeToLive(leaseIdOf(req), options);
    return {
      header: headerOf(store.revision),
      ID: req.ID,
      TTL: status.ttlSeconds || undefined,
      grantedTTL: status.grantedTtlSeconds || undefined,
      keys: status.keys.length > 0 ? status.keys : undefined,
    };
  },
  async leaseLeases(store) {
    const ids = await store.leases.list();
    const leases = ids.map((id) => ({ ID: Number(id) }));
    return { header: headerOf(store.revision), leases };
  },
};
