/** Requests read by hand are those that the library reads, whatever the bytes. */
import { type DescMessage, fromBinary, toBinary, create } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { property } from '../base/property.testing.ts';
import { PutRequestSchema, RangeRequestSchema } from './generated/rpc_pb.ts';
import { decoderOf, PutFields, RangeFields } from './requests.ts';

const int64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 5n }),
  fc.bigInt({ min: 0n, max: 2n ** 50n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const bytes = fc.uint8Array({ maxLength: 200 });
/** Orders and targets, and numbers that are none. */
const kind = fc.constantFrom(0, 1, 2, 3, 4, 77, 300, -1) as fc.Arbitrary<0 | 1 | 2>;

const range = fc.record({
  key: bytes,
  rangeEnd: bytes,
  limit: int64,
  revision: int64,
  sortOrder: kind,
  sortTarget: kind,
  serializable: fc.boolean(),
  keysOnly: fc.boolean(),
  countOnly: fc.boolean(),
  minModRevision: int64,
  maxModRevision: int64,
  minCreateRevision: int64,
  maxCreateRevision: int64,
});
const put = fc.record({
  key: bytes,
  value: fc.uint8Array({ maxLength: 20_000 }),
  lease: int64,
  prevKv: fc.boolean(),
  ignoreValue: fc.boolean(),
  ignoreLease: fc.boolean(),
});

function fieldsOf(read: () => object): object | 'refused' {
  try {
    const { $typeName: _, $unknown: __, ...fields } = read() as Record<string, unknown>;
    return fields;
  } catch {
    return 'refused';
  }
}

function agree(schema: DescMessage, message: Uint8Array): void {
  const buffer = Buffer.from(message);
  const byHand = fieldsOf(() => decoderOf(schema)(buffer));
  expect(byHand).toEqual(fieldsOf(() => fromBinary(schema, buffer)));
}

property([range])('ranges', (fields) => {
  agree(RangeRequestSchema, toBinary(RangeRequestSchema, create(RangeRequestSchema, fields)));
});

property([put])('puts', (fields) => {
  agree(PutRequestSchema, toBinary(PutRequestSchema, create(PutRequestSchema, fields)));
});

/** Mostly tags that are known, with what follows anything. */
const garbage = fc
  .array(
    fc.tuple(
      fc.oneof(fc.integer({ min: 0, max: 127 }), fc.nat({ max: 255 })),
      fc.uint8Array({ maxLength: 12 }),
    ),
    { maxLength: 5 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap(([tag, rest]) => [tag, ...rest])));

property([garbage], { numRuns: 3000 })('whatever comes', (message) => {
  agree(RangeRequestSchema, message);
  agree(PutRequestSchema, message);
});

property([range, put, fc.nat(), fc.nat({ max: 255 })])(
  'cut anywhere, or with a byte changed',
  (rangeFields, putFields, place, byte) => {
    const messages = [
      [RangeRequestSchema, toBinary(RangeRequestSchema, create(RangeRequestSchema, rangeFields))],
      [PutRequestSchema, toBinary(PutRequestSchema, create(PutRequestSchema, putFields))],
    ] as const;
    for (const [schema, message] of messages) {
      if (message.length === 0) continue;
      const at = place % message.length;
      agree(schema, message.subarray(0, at));
      agree(schema, message.with(at, byte));
    }
  },
);

test('what is ordinary is read by hand', () => {
  const key = Buffer.from('key');
  const ranged = create(RangeRequestSchema, { key, limit: 3n, revision: 70_000n, keysOnly: true });
  const read = decoderOf(RangeRequestSchema)(Buffer.from(toBinary(RangeRequestSchema, ranged)));
  expect(read).toBeInstanceOf(RangeFields);
  const stored = create(PutRequestSchema, { key, value: Buffer.alloc(300_000), lease: 7n });
  const bytesOfPut = Buffer.from(toBinary(PutRequestSchema, stored));
  expect(decoderOf(PutRequestSchema)(bytesOfPut)).toBeInstanceOf(PutFields);
});
