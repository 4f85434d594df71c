/** What the encoder makes by hand is what protobuf makes of the same response. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyStringOf } from '../base/bytes.ts';
import { StoredKeyValue } from '../mvcc/key-value.ts';
import type { KeyValue, WatchEvent } from '../types.ts';
import { EventBatch, LIVE } from '../watch/event-batch.ts';
import { type WatchResponse, WatchResponseSchema } from '../wire/generated/rpc_pb.ts';
import type { Identity } from './serving.ts';
import {
  type MessagePieces,
  messagesOf,
  type SharedResponse,
  WatchEncoder,
} from './watch-encoder.ts';

const uint64 = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const integer = fc.oneof(fc.nat(300), fc.maxSafeNat());
const identities: fc.Arbitrary<Identity> = fc.record({
  clusterId: uint64,
  memberId: uint64,
  raftTerm: uint64,
});

const keyValues: fc.Arbitrary<KeyValue> = fc
  .tuple(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(integer, integer, integer),
    fc.oneof(fc.constant(0n), int64),
  )
  .map(
    ([key, value, [created, mod, version], lease]) =>
      new StoredKeyValue(keyStringOf(key), value, created, mod, version, lease),
  );

const events: fc.Arbitrary<WatchEvent[]> = fc.array(
  fc
    .tuple(fc.constantFrom('put', 'delete'), keyValues, fc.option(keyValues), fc.nat(3))
    .map(([type, kv, prevKv, revision]) => {
      const event = { type, kv, revision: revision + 1, isCreate: prevKv === null } as WatchEvent;
      return prevKv === null ? event : { ...event, prevKv };
    }),
  { minLength: 1, maxLength: 8 },
);

const inOrder = (all: readonly WatchEvent[]): WatchEvent[] =>
  all.toSorted((a, b) => a.revision - b.revision);

function wireKv(kv: KeyValue): object {
  const { keyBytes, value, createRevision, modRevision, version, lease } = kv;
  return {
    key: keyBytes,
    value,
    lease,
    createRevision: BigInt(createRevision),
    modRevision: BigInt(modRevision),
    version: BigInt(version),
  };
}

function wireEvent({ type, kv, prevKv }: WatchEvent): object {
  const before = prevKv === undefined ? {} : { prevKv: wireKv(prevKv) };
  return { type: type === 'put' ? 0 : 1, kv: wireKv(kv), ...before };
}

function expected(
  identity: Identity,
  revision: number,
  rest: { watchId: bigint; fragment?: boolean; events: readonly WatchEvent[] },
): WatchResponse {
  const init = {
    ...rest,
    header: { ...identity, revision: BigInt(revision) },
    events: rest.events.map(wireEvent),
  };
  return create(WatchResponseSchema, init as MessageInitShape<typeof WatchResponseSchema>);
}

const joined = ({ header, fields, events: tail }: MessagePieces): Buffer =>
  Buffer.concat([header, fields, tail]);
/** Not of a Buffer, whose pieces are Buffers. */
const decoded = (bytes: Buffer): WatchResponse =>
  fromBinary(WatchResponseSchema, new Uint8Array(bytes));
const messages = (responses: readonly SharedResponse[], id: bigint, max: number): Buffer[] =>
  responses.flatMap((response) => messagesOf(response, id, max)).map(joined);

describe('watch encoder', () => {
  test('a response that catches up is byte for byte what protobuf makes of it', () => {
    fc.assert(
      fc.property(identities, int64, events, integer, (identity, watchId, all, shown) => {
        const batch = new EventBatch(1, inOrder(all), shown, 0);
        const revision = Math.max(1, shown);
        const response = expected(identity, revision, { watchId, events: batch.events });
        const made = messages(new WatchEncoder(identity).responses(batch), watchId, Infinity);
        expect(made).toEqual([Buffer.from(toBinary(WatchResponseSchema, response))]);
      }),
    );
  });

  test('R102 live events are told a revision a response, under its own header', () => {
    fc.assert(
      fc.property(identities, int64, events, (identity, watchId, all) => {
        const batch = new EventBatch(9, inOrder(all), LIVE, 0);
        const revisions = new Set(batch.events.map(({ revision }) => revision));
        const responses = Array.from(revisions, (revision) => {
          const some = batch.events.filter((event) => event.revision === revision);
          return expected(identity, revision, { watchId, events: some });
        });
        const made = messages(new WatchEncoder(identity).responses(batch), watchId, Infinity);
        expect(made.map(decoded)).toEqual(responses);
      }),
    );
  });

  test('R101 merged, they are the same events, whole revisions under what is shown by now', () => {
    const large = fc.array(events, { minLength: 1, maxLength: 12 }).map((parts) => parts.flat());
    fc.assert(
      fc.property(identities, int64, large, fc.nat(9), (identity, watchId, all, later) => {
        const batch = new EventBatch(9, inOrder(all), LIVE, 0);
        const encoder = new WatchEncoder(identity);
        const revisions = new Set(batch.events.map(({ revision }) => revision));
        const shared = encoder.merged(batch, 9 + later);
        const [first] = revisions;
        if (revisions.size === 1) {
          const alone = expected(identity, first!, { watchId, events: batch.events });
          expect(messages(shared, watchId, Infinity).map(decoded)).toEqual([alone]);
          return;
        }
        const parts = messages(shared, watchId, Infinity).map(decoded);
        const whole = expected(identity, 9 + later, { watchId, events: batch.events });
        expect(parts.flatMap((part) => part.events)).toEqual(whole.events);
        expect(parts.map(({ header }) => header)).toEqual(parts.map(() => whole.header));
        let end = 0;
        for (const part of parts) {
          end += part.events.length;
          expect(batch.events[end]?.revision).not.toBe(batch.events[end - 1]!.revision);
        }
        // In fragments, should one ask for them: the ends of the events are known.
        const split = messages(shared, watchId, 1).map(decoded);
        expect(split.map((part) => part.events.length)).toEqual(batch.events.map(() => 1));
      }),
    );
  });

  test('R107 R108 progress is a header and an id', () => {
    fc.assert(
      fc.property(identities, int64, integer, (identity, watchId, revision) => {
        const batch = EventBatch.progress(revision);
        const [message] = messages(new WatchEncoder(identity).responses(batch), watchId, 1);
        const response = expected(identity, revision, { watchId, events: [] });
        expect(decoded(message!)).toEqual(response);
      }),
    );
  });

  test('R106 fragments: as many events as stay below the bound, at least one', () => {
    const identity = { clusterId: 1n, memberId: 1n, raftTerm: 1n };
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 1500 }), int64, (all, max, watchId) => {
        const batch = new EventBatch(9, inOrder(all), 9, 0);
        const shared = new WatchEncoder(identity).responses(batch);
        const [whole] = messages(shared, watchId, Infinity);
        const made = messages(shared, watchId, max);
        const parts = made.map(decoded);
        expect(parts.flatMap((part) => part.events)).toEqual(decoded(whole!).events);
        expect(parts.map(({ fragment }) => fragment)).toEqual(
          parts.map((_, i) => i < parts.length - 1),
        );
        for (const [i, bytes] of made.entries()) {
          const { events: some } = parts[i]!;
          expect(some.length === 1 || bytes.length < max).toBe(true);
          // The first of the next one would not have fitted.
          const next = parts[i + 1];
          if (next === undefined) continue;
          const more = { ...parts[i]!, events: [...some, next.events[0]!] };
          expect(toBinary(WatchResponseSchema, more).length).toBeGreaterThanOrEqual(max);
        }
      }),
    );
  });

  test('events are encoded once, for watchers of one batch and of several', () => {
    const encoder = new WatchEncoder({ clusterId: 1n, memberId: 1n, raftTerm: 1n });
    let reads = 0;
    const kv = new StoredKeyValue('a', new Uint8Array(3), 2, 2, 1, 0n);
    const counted = new Proxy(kv, {
      get(target, name) {
        if (name === 'value') reads++;
        return Reflect.get(target, name, target) as unknown;
      },
    });
    const event: WatchEvent = { type: 'put', kv: counted, revision: 2, isCreate: true };
    const batches = [1, 2, 3].map(() => new EventBatch(2, [event], LIVE, 0));
    const [first] = batches.map((batch) => encoder.responses(batch)[0]!);
    for (const batch of batches) expect(encoder.responses(batch)[0]!.events).toBe(first!.events);
    expect(reads).toBe(1);
  });
});
