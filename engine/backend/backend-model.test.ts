/** Random operations, rollbacks, defrags and reopens, against plain Maps: every backend, one content. */
import * as fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { property } from '../base/property.testing.ts';
import { limits } from '../base/limits.ts';
import { resetLimits } from '../log/log.testing.ts';
import {
  bytes,
  entryOf,
  hashOf,
  type OpenBackend,
  openLogBackend,
  openMemoryBackend,
  revision,
  tombstone,
} from './backend-edges.testing.ts';

Object.assign(limits, {
  segmentSizeBytesMin: 2048,
  zeroFillBytes: 1024,
  framePayloadBytesTarget: 300,
  checkpointRecordsMin: 5,
});
afterAll(resetLimits);

const key = fc.constantFrom('a', 'b', 'c\xff', 'd');
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('put' as const), key, size: fc.nat(700) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('tombstone' as const), key }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('remove' as const), nth: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('set' as const), key, size: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('unset' as const), key }) },
);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('txn' as const),
      operations: fc.array(operation, { maxLength: 5 }),
      keep: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom(
        'commit' as const,
        'defrag' as const,
        'reopen' as const,
        'turn' as const,
      ),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

interface Model {
  readonly meta: Map<string, string>;
  /** Hexadecimal revision key to message; removed ones are gone. */
  readonly revisions: Map<string, string>;
}

const hex = (some: Uint8Array): string => Buffer.from(some).toString('hex');

function apply(
  { backend }: OpenBackend,
  model: Model,
  main: number,
  operations: readonly Operation[],
): void {
  const batch = backend.batchTx();
  for (const [sub, action] of operations.entries()) {
    if (action.type === 'put' || action.type === 'tombstone') {
      const record =
        action.type === 'put'
          ? revision(main, { key: action.key, sub, value: 'v'.repeat(action.size) })
          : tombstone(main, action.key, sub);
      batch.putRevision(record);
      const [at, message] = entryOf(record);
      model.revisions.set(hex(at), hex(message));
    } else if (action.type === 'remove') {
      const at = [...model.revisions.keys()][action.nth];
      if (at === undefined) continue;
      batch.delete('key', Buffer.from(at, 'hex'));
      model.revisions.delete(at);
    } else if (action.type === 'set') {
      const value = 'w'.repeat(action.size);
      batch.put('meta', bytes(action.key), bytes(value));
      model.meta.set(action.key, value);
    } else {
      batch.delete('meta', bytes(action.key));
      model.meta.delete(action.key);
    }
  }
}

function check({ backend }: OpenBackend, model: Model): void {
  const found: string[] = [];
  backend.readTx().forEach('key', (at, message) => found.push(`${hex(at)} ${hex(message)}`));
  expect(found).toEqual([...model.revisions].map((entry) => entry.join(' ')));
  const meta: string[] = [];
  backend.readTx().forEach('meta', (at, value) => meta.push(`${hex(at)} ${hex(value)}`));
  const expected = [...model.meta].map(([at, value]) => `${hex(bytes(at))} ${hex(bytes(value))}`);
  expect(meta).toEqual(expected.toSorted());
  expect(backend.hash()).toBe(hashOf(backend.readTx()));
}

const shapes: readonly [string, () => Promise<OpenBackend>][] = [
  ['memory', openMemoryBackend],
  ['log', () => openLogBackend()],
  ['log of tiny segments', () => openLogBackend({ segmentSizeBytes: 4096, cacheSizeBytes: 3000 })],
  [
    'log that never syncs',
    () => openLogBackend({ sync: 'never', segmentSizeBytes: 4096, cacheSizeBytes: 0 }),
  ],
];

for (const [name, open] of shapes) {
  property([fc.array(step, { maxLength: 30 })], { numRuns: 60 })(
    `${name}: as the model`,
    async (steps) => {
      const opened = await open();
      let model: Model = { meta: new Map(), revisions: new Map() };
      let main = 1;
      for (const action of steps) {
        const { backend } = opened;
        if (action.type === 'txn') {
          const before = { meta: new Map(model.meta), revisions: new Map(model.revisions) };
          backend.batchTx().begin();
          apply(opened, model, ++main, action.operations);
          backend.batchTx()[action.keep ? 'end' : 'rollback']();
          if (!action.keep) model = before;
        } else if (action.type === 'commit') backend.batchTx().commit();
        else if (action.type === 'defrag') await backend.defrag();
        else if (action.type === 'turn') await new Promise(setImmediate);
        else if (opened.reopen !== undefined) {
          const inUse = backend.sizeInUse();
          expect((await opened.reopen()).sizeInUse()).toBe(inUse);
        }
        check(opened, model);
      }
      if (opened.reopen !== undefined) await opened.reopen();
      check(opened, model);
      await opened.dispose();
    },
  );
}
