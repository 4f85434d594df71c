/**
 * Leases keep what they promise (`spec/guarantees/lease.ts`), whatever is granted, renewed, revoked and
 * moved from one to another while time goes by. Stores that lie about it are caught by the promise broken.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EmbeddedStore, openMemory } from '../../engine/index.ts';
import { describeOperation } from '../../spec/describe.ts';
import {
  eventually,
  type LeaseAct,
  type LeaseStory,
  noEarlyExpiry,
  together,
} from '../../spec/guarantees/lease.ts';
import type { Operation } from '../../spec/types.ts';
import { advance } from '../stores/session-lease.ts';
import { latin1 } from '../stores/plain.ts';
import { Session } from '../stores/session.ts';
import { VirtualClock } from '../stores/virtual-clock.ts';
import { firstFailure, holds } from './replay.ts';

const NAME = 'leases keep what they promise';
const FILE = 'harness/properties/lease-guarantees.property.test.ts';
const RUNS = 40;
/** As long as `advance` moves time before it looks. */
const GRACE_MS = 1000;

const id = fc.constantFrom(1n, 2n, -3n);
const key = fc.constantFrom('a', 'b', 'c', 'd');
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constant('grant' as const), id, ttl: fc.integer({ min: 2, max: 6 }) }),
  fc.record({ op: fc.constant('put' as const), key, value: fc.constant('1'), lease: id }),
  fc.record({ op: fc.constant('put' as const), key, value: fc.constant('2') }),
  key.map((key): Operation => ({ op: 'delete', selector: { key } })),
  fc.record({ op: fc.constant('keepalive' as const), id }),
  fc.record({ op: fc.constant('revoke' as const), id }),
  fc.record({ op: fc.constant('advance' as const), seconds: fc.integer({ min: 1, max: 3 }) }),
);
const program = fc.array(operation, { minLength: 5, maxLength: 40, size: 'max' });

/** Names of the promises that were broken, each with what is wrong. */
async function broken(
  operations: readonly Operation[],
  lie: (story: LeaseStory) => LeaseStory = (story) => story,
): Promise<string[]> {
  const told = lie(await storyOf(operations));
  return [
    ...noEarlyExpiry(told).map((text) => `NoEarlyExpiry: ${text}`),
    ...together(told).map((text) => `Together: ${text}`),
    ...eventually(told, GRACE_MS).map((text) => `Eventually: ${text}`),
  ];
}

async function storyOf(operations: readonly Operation[]): Promise<LeaseStory> {
  const clock = new VirtualClock();
  await using store = await openMemory({ clock });
  const session = new Session({ store, form: 'bytes', reopen: async () => store, clock });
  const acts: LeaseAct[] = [];
  const changes: LeaseStory['changes'][number][] = [];
  const byClients = new Set<number>();
  const note = async (): Promise<void> => {
    changes.push(...(await changesFrom(store, changes.at(-1)?.revision ?? 1, clock.now())));
  };
  for (const operation of operations) {
    if (operation.op === 'advance') {
      for (let second = 0; second < operation.seconds; second++) {
        await advance(clock, 1);
        await note();
      }
      continue;
    }
    const response = await session.answer(operation);
    const at = clock.now();
    const { kind } = response;
    if (kind === 'put' || kind === 'delete') byClients.add(response.revision);
    if (kind === 'granted') {
      acts.push({ act: 'grant', id: response.id, ttlMs: response.ttl * 1000, at });
    }
    if (operation.op === 'keepalive' && kind === 'kept' && response.ttl > 0) {
      acts.push({ act: 'renew', id: operation.id, ttlMs: response.ttl * 1000, at });
    }
    if (operation.op === 'revoke' && kind === 'done') {
      acts.push({ act: 'revoke', id: operation.id, at });
    }
    await note();
  }
  return { acts, changes, byClients, until: clock.now() };
}

async function changesFrom(
  store: EmbeddedStore,
  after: number,
  at: number,
): Promise<LeaseStory['changes']> {
  const changes: LeaseStory['changes'][number][] = [];
  if (store.revision === after) return changes;
  for await (const { type, revision, kv } of store.history({ all: true }, { from: after + 1 })) {
    const key = latin1(kv.keyBytes);
    changes.push(
      type === 'delete'
        ? { type, revision, key, at }
        : { type, revision, key, at, value: latin1(kv.value), lease: kv.lease },
    );
  }
  return changes;
}

const promised = (lie?: (story: LeaseStory) => LeaseStory) =>
  fc.asyncProperty(program, async (operations) => {
    const problems = await broken(operations, lie);
    if (problems.length === 0) return;
    throw new Error([...operations.map(describeOperation), ...problems].join('\n'));
  });

test(NAME, () => holds(NAME, FILE, RUNS, promised()), 120_000);

const isEnding = ({ byClients }: LeaseStory, { revision }: { revision: number }): boolean =>
  !byClients.has(revision);

test.each<[string, (story: LeaseStory) => LeaseStory]>([
  [
    'NoEarlyExpiry',
    (story) => ({
      ...story,
      changes: story.changes.map((one) =>
        isEnding(story, one) ? { ...one, at: one.at - 1001 } : one,
      ),
    }),
  ],
  [
    'Together',
    (story) => ({
      ...story,
      changes: story.changes.map((one, i) => {
        const isLater = story.changes[i - 1]?.revision === one.revision;
        return isEnding(story, one) && isLater ? { ...one, revision: one.revision + 0.5 } : one;
      }),
    }),
  ],
  [
    'Eventually',
    (story) => ({ ...story, changes: story.changes.filter((one) => !isEnding(story, one)) }),
  ],
])(
  '%s catches the lie',
  async (name, lie) => {
    const { failed, errorInstance } = await firstFailure(promised(lie));
    expect([failed, String(errorInstance)]).toEqual([true, expect.stringContaining(`${name}: `)]);
  },
  120_000,
);
