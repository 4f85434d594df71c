/**
 * Traffic as a Kubernetes API server makes it: objects under a prefix for each kind and namespace, created
 * if absent, replaced and deleted if unchanged since they were read; lists in pages at one revision, watches
 * from the revision of a list; events that live as long as their lease; and a compaction every now and then
 * that is agreed on through a key of its own.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Txn } from '../../spec/txn-types.ts';
import type { Bytes } from '../../spec/types.ts';
import { type Draft, now } from './draft.ts';
import type { Features } from './features.ts';
import { attachment, chosen, grant } from './leases.ts';
import { compact } from './maintenance.ts';
import { ask, type StoreCommand } from './program.ts';
import { oneOf, type Part } from './uniform.ts';
import { flag, given, value } from './vocabulary.ts';
import type { Watching } from './watching.ts';

const ROOT = '/registry/';
const kind = fc.constantFrom('pods', 'pods.metrics', 'leases');
const namespace = fc.constantFrom('a', 'ab', 'kube-system');
const object: Arbitrary<Bytes> = fc
  .tuple(kind, namespace, fc.integer({ min: 0, max: 3 }))
  .map(([kind, namespace, number]) => `${ROOT}${kind}/${namespace}/x-${number}`);
const prefix: Arbitrary<Bytes> = fc.oneof(
  fc.tuple(kind, namespace).map(([kind, namespace]) => `${ROOT}${kind}/${namespace}/`),
  kind.map((kind) => `${ROOT}${kind}/`),
  fc.constant(ROOT),
);

/** Only if nobody else was faster: the mod revision is as it was read, or not any more. */
function guarded(key: Bytes, modRevision: number, step: Txn['then'][number], reads: boolean): Txn {
  return {
    op: 'txn',
    if: [{ selector: { key }, target: 'mod', result: '=', operand: modRevision }],
    then: [step],
    else: reads ? [{ op: 'range', selector: { key } }] : [],
  };
}

const create: Arbitrary<Draft> = fc
  .tuple(object, value, attachment)
  .map(([key, value, lease]) => (model: Model) => {
    const options = given({ lease: chosen(lease, model) });
    return guarded(key, 0, { op: 'put', key, value, ...options }, false);
  });

/** Read some writes ago, once in a while. */
const stale = fc.constantFrom(0, 0, 0, 1);

const replace: Arbitrary<Draft> = fc
  .tuple(object, value, stale)
  .map(([key, value, stale]) => (model: Model) => {
    const modRevision = (now(model, key)?.modRevision ?? 0) - stale;
    return guarded(key, modRevision, { op: 'put', key, value }, true);
  });

const remove: Arbitrary<Draft> = fc.tuple(object, stale).map(([key, stale]) => (model: Model) => {
  const modRevision = (now(model, key)?.modRevision ?? 0) - stale;
  return guarded(key, modRevision, { op: 'delete', selector: { key }, prevKv: true }, true);
});

/** A page of a list, the first one or, at the revision of the first, one that goes on after a key. */
const list: Arbitrary<Draft> = fc
  .tuple(prefix, object, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), flag(2))
  .map(([prefix, after, limit, ago, goesOn]) => ({ revision }: Model) => {
    if (goesOn !== true) return { op: 'range', selector: { prefix }, limit };
    const selector = { gt: after, lt: `${prefix.slice(0, -1)}0` };
    return { op: 'range', selector, limit, revision: Math.max(1, revision - ago) };
  });

const count: Arbitrary<Draft> = prefix.map((prefix) => () => ({
  op: 'count',
  selector: { prefix },
}));

/** What every API server does in turn, and one of them first. */
const agreement: Arbitrary<Draft> = flag(3).map((late) => (model: Model) => {
  const key = 'compact_rev_key';
  const version = (now(model, key)?.version ?? 0) - (late === true ? 1 : 0);
  return {
    op: 'txn',
    if: [{ selector: { key }, target: 'version', result: '=', operand: version }],
    then: [{ op: 'put', key, value: String(model.revision) }],
    else: [{ op: 'range', selector: { key } }],
  };
});

/** From the revision of a list, with what was before. */
const watching: Arbitrary<Watching> = fc
  .record({ prefix, ago: fc.integer({ min: 0, max: 4 }), takes: fc.constantFrom(0, 2, 1000) })
  .map(({ prefix, ago, takes }) => ({
    selector: { prefix },
    start: ({ revision }) => Math.max(1, revision + 1 - ago),
    prevKv: true,
    only: undefined,
    onSlow: undefined,
    bufferEvents: ago === 0 ? 1 : undefined,
    by: 'batches',
    takes,
  }));

export function kubernetes(features: Features): Part<StoreCommand>[] {
  const write = oneOf(features, [
    { weight: 4, arbitrary: create },
    { weight: 6, arbitrary: replace },
    { weight: 3, arbitrary: remove, feature: 'deletes' },
    { weight: 2, arbitrary: agreement, feature: 'compaction' },
  ]);
  return [
    { weight: 40, arbitrary: write.map(ask) },
    { weight: 14, arbitrary: list.map(ask), feature: 'reads' },
    { weight: 3, arbitrary: count.map(ask), feature: 'counts' },
    { weight: 3, arbitrary: compact.map(ask), feature: 'compaction' },
    { weight: 4, arbitrary: grant.map(ask), feature: 'leases' },
    {
      weight: 8,
      arbitrary: watching.map((watching) => ({ do: 'watch', watching })),
      feature: 'watches',
    },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('ask'),
        drafts: fc.array(write, { minLength: 2, maxLength: 5 }),
        awaited: fc.boolean(),
      }),
      feature: 'concurrency',
    },
  ];
}
