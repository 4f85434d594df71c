import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KeyValue, KeyValueSchema } from './generated/kv_pb.ts';
import { RangeResponseSchema } from './generated/rpc_pb.ts';
import { MessageWriter } from './message-writer.ts';

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 127n, 128n),
);
const safe = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, 1, -1, 127, 128, 2 ** 31, 2 ** 32));
const keyValue = fc.record({
  key: fc.uint8Array({ maxLength: 300 }),
  value: fc.uint8Array({ maxLength: 300 }),
  modRevision: safe,
  lease: int64,
});

test('what is written is what the library writes, whatever size was expected', () => {
  fc.assert(
    fc.property(
      fc.array(keyValue, { maxLength: 5 }),
      fc.boolean(),
      safe,
      fc.constantFrom(0, 1, 127, 128, 400, 20_000),
      (kvs, more, count, expected) => {
        const writer = new MessageWriter();
        for (const { key, value, modRevision, lease } of kvs) {
          const start = writer.begin(2, expected);
          writer.bytes(1, key);
          writer.integer(3, modRevision);
          writer.bytes(5, value);
          writer.int64(6, lease);
          writer.end(start, expected);
        }
        writer.bool(3, more);
        writer.integer(4, count);
        const written = writer.finish();
        const messages = kvs.map(
          (kv): KeyValue => create(KeyValueSchema, { ...kv, modRevision: BigInt(kv.modRevision) }),
        );
        const message = create(RangeResponseSchema, { kvs: messages, more, count: BigInt(count) });
        expect(written).toEqual(Buffer.from(toBinary(RangeResponseSchema, message)));
        expect(fromBinary(RangeResponseSchema, written).kvs).toHaveLength(kvs.length);
      },
    ),
    { numRuns: 300 },
  );
});

test('fields encoded before stand as they are, and an empty message is one', () => {
  const writer = new MessageWriter(10);
  const start = writer.begin(1);
  writer.raw(Buffer.from('1801', 'hex'));
  writer.end(start);
  writer.end(writer.begin(2));
  expect(writer.finish().toString('hex')).toBe('0a0218011200');
});
