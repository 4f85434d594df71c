/**
 * Traffic as work queues make it: many small puts under rising keys, the oldest taken out by whoever sees it
 * first, a backlog that is counted, peeked at and thrown away; so keys live short lives, most of history is
 * tombstones, and the same key comes back after it was deleted.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import { stateAt } from '../../spec/history.ts';
import type { Model } from '../../spec/model.ts';
import type { Bytes, KeyValue } from '../../spec/types.ts';
import type { Draft } from './draft.ts';
import type { Features } from './features.ts';
import { compact, defragment } from './maintenance.ts';
import { ask, type StoreCommand } from './program.ts';
import { oneOf, type Part } from './uniform.ts';
import { value } from './vocabulary.ts';
import type { Watching } from './watching.ts';

const QUEUES: readonly Bytes[] = ['q/', 'q\xff/', 'retry/'];
const queue = fc.constantFrom(...QUEUES);
/** Keys come back after some rounds. */
const ROUND = 12;

const enqueue: Arbitrary<Draft> = fc
  .tuple(queue, value, fc.integer({ min: 0, max: 2 }))
  .map(([queue, value, ahead]) => ({ revision }: Model) => {
    const number = (revision + ahead) % ROUND;
    return { op: 'put', key: queue + String(number).padStart(4, '0'), value };
  });

function oldest({ changes, revision }: Model, queue: Bytes): KeyValue | undefined {
  const waiting = stateAt(changes, revision).filter(({ key }) => key.startsWith(queue));
  return waiting.sort((a, b) => a.createRevision - b.createRevision)[0];
}

/** Only one of those who try it gets it. */
const take: Arbitrary<Draft> = fc
  .tuple(queue, fc.constantFrom(0, 0, 0, -1))
  .map(([queue, offset]) => (model: Model) => {
    const first = oldest(model, queue);
    const key = first?.key ?? `${queue}0000`;
    const ifModRevision = Math.max(0, (first?.modRevision ?? 0) + offset);
    return { op: 'delete', selector: { key }, prevKv: true, ifModRevision };
  });

const move: Arbitrary<Draft> = fc.tuple(queue, queue).map(([from, to]) => (model: Model) => {
  const first = oldest(model, from);
  if (first === undefined) return { op: 'count', selector: { prefix: from } };
  const key = first.key.replace(from, to);
  return {
    op: 'write',
    steps: [
      { op: 'delete', selector: { key: first.key } },
      { op: 'put', key, value: first.value },
      { op: 'range', selector: { prefix: to }, limit: 2 },
    ],
  };
});

const drop: Arbitrary<Draft> = queue.map((prefix) => () => ({
  op: 'delete',
  selector: { prefix },
}));

const peek: Arbitrary<Draft> = fc
  .tuple(queue, fc.integer({ min: 1, max: 3 }))
  .map(([prefix, limit]) => () => ({
    op: 'range',
    selector: { prefix },
    sort: 'create',
    limit,
  }));

const backlog: Arbitrary<Draft> = queue.map((prefix) => () => ({
  op: 'count',
  selector: { prefix },
}));

const watching: Arbitrary<Watching> = fc
  .record({ queue, only: fc.constantFrom('put', 'delete', undefined), past: fc.boolean() })
  .map(({ queue, only, past }) => ({
    selector: { prefix: queue },
    start: past ? ({ compactRevision }): number => Math.max(1, compactRevision) : undefined,
    prevKv: past ? true : undefined,
    only,
    onSlow: past ? undefined : 'cancel',
    bufferEvents: past ? 1 : 4,
    by: 'batches',
    takes: past ? 3 : 1000,
  }));

export function queues(features: Features): Part<StoreCommand>[] {
  const write = oneOf(features, [
    { weight: 12, arbitrary: enqueue },
    { weight: 9, arbitrary: take, feature: 'deletes' },
    { weight: 2, arbitrary: move, feature: 'writes' },
    { weight: 1, arbitrary: drop, feature: 'deletes' },
  ]);
  return [
    { weight: 40, arbitrary: write.map(ask) },
    { weight: 6, arbitrary: peek.map(ask), feature: 'reads' },
    { weight: 4, arbitrary: backlog.map(ask), feature: 'counts' },
    { weight: 5, arbitrary: compact.map(ask), feature: 'compaction' },
    { weight: 2, arbitrary: defragment.map(ask), feature: 'defragment' },
    {
      weight: 5,
      arbitrary: watching.map((watching) => ({ do: 'watch', watching })),
      feature: 'watches',
    },
    {
      weight: 10,
      arbitrary: fc.record({
        do: fc.constant('ask'),
        drafts: fc.array(write, { minLength: 2, maxLength: 6 }),
        awaited: fc.boolean(),
      }),
      feature: 'concurrency',
    },
  ];
}
