/** Bytes that no honest client sends: each gets a status, and everybody else goes on being served. */
import { connect as connectSocket } from 'node:net';
import { connect as connectHttp2 } from 'node:http2';
import { status } from '@grpc/grpc-js';
import * as fc from 'fast-check';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  KV,
  PutRequestSchema,
  RangeRequestSchema,
  TxnRequestSchema,
} from '../wire/generated/rpc_pb.ts';
import { SERVICES } from '../wire/services.ts';
import { type TestServer, testServer } from './index.ts';
import { collect } from './memory.testing.ts';
import { bytesOf, RawClient, refusalOf } from './raw-client.testing.ts';

let server: TestServer;
let client: RawClient;

beforeAll(async () => {
  server = await testServer({ store: { maxRequestBytes: 8192 } });
  client = new RawClient(server.address);
});
afterAll(async () => {
  client[Symbol.dispose]();
  await server.close();
});

const isServed = async (): Promise<void> => {
  expect(await client.refusal(KV.method.range, { key: bytesOf('k') })).toBe('answered');
};

const UNARY: readonly string[] = Object.values(SERVICES)
  .flatMap((methods) => Object.values(methods))
  .filter(({ requestStream, responseStream }) => !requestStream && !responseStream)
  .map(({ path }) => path);
/** Those of etcd's that a status may be: nothing that says that the server itself went wrong. */
const EXPECTED: ReadonlySet<number> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.FAILED_PRECONDITION,
  status.OUT_OF_RANGE,
  status.UNIMPLEMENTED,
  status.RESOURCE_EXHAUSTED,
  status.DATA_LOSS,
]);
const GARBAGE = `${status.INTERNAL} Error deserializing request`;

test('messages that are none', async () => {
  const bad = [
    Buffer.of(0xff),
    Buffer.of(0x0a, 0x05, 0x61),
    Buffer.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
    Buffer.alloc(64, 0xff),
    Buffer.of(0x07),
  ];
  for (const bytes of bad) {
    for (const method of ['Range', 'Put', 'DeleteRange', 'Txn']) {
      const refusal = await refusalOf(client.bytes(`/etcdserverpb.KV/${method}`, bytes));
      expect(refusal, `${method} ${bytes.toString('hex')}`).toBe(GARBAGE);
    }
  }
  await isServed();
});

const head = (tag: number, length: number): Buffer => {
  const varint: number[] = [];
  for (let rest = length; ; rest >>>= 7) {
    varint.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  return Buffer.from([tag, ...varint]);
};

test('a transaction within a transaction, ten thousand deep', async () => {
  let bytes = Buffer.alloc(0);
  for (let depth = 0; depth < 10_000; depth++) {
    bytes = Buffer.concat([head(0x22, bytes.length), bytes]);
    bytes = Buffer.concat([head(0x12, bytes.length), bytes]);
  }
  const refusal = await refusalOf(client.bytes('/etcdserverpb.KV/Txn', bytes));
  expect(refusal).toMatch(/^(13 Error deserializing request|3 etcdserver: too many operations)/);
  await isServed();
});

test('hostile transactions are refused, or done (R68)', async () => {
  const all = { key: new Uint8Array(1), rangeEnd: new Uint8Array(1) };
  const deleteAll = { request: { case: 'requestDeleteRange', value: all } } as const;
  for (const kept of [{ ignoreValue: true }, { ignoreLease: true }]) {
    await server.store.put('k', 'v');
    const put = {
      request: { case: 'requestPut', value: { key: bytesOf('k'), ...kept } },
    } as const;
    const refusal = await client.refusal(KV.method.txn, { success: [deleteAll, put] });
    expect(refusal).toMatch(/^3 etcdserver: /);
    expect((await server.store.get('k'))!.text()).toBe('v');
  }
  await isServed();
});

const requests: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc
    .record({
      key: fc.uint8Array({ maxLength: 4 }),
      value: fc.uint8Array({ maxLength: 4 }),
      lease: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      prevKv: fc.boolean(),
      ignoreValue: fc.boolean(),
    })
    .map((fields) => toBinary(PutRequestSchema, create(PutRequestSchema, fields))),
  fc
    .record({
      key: fc.uint8Array({ maxLength: 4 }),
      rangeEnd: fc.uint8Array({ maxLength: 4 }),
      limit: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      revision: fc.bigInt({ min: -3n, max: 100n }),
      sortOrder: fc.integer({ min: -1, max: 4 }),
      sortTarget: fc.integer({ min: -1, max: 6 }),
    })
    .map((fields) => toBinary(RangeRequestSchema, create(RangeRequestSchema, fields))),
  fc
    .array(fc.record({ key: fc.uint8Array({ maxLength: 2 }) }), { maxLength: 3 })
    .map((compare) => toBinary(TxnRequestSchema, create(TxnRequestSchema, { compare }))),
);
/** A message with some bytes changed, and perhaps its end cut off. */
const mutated = fc
  .tuple(
    requests,
    fc.array(fc.tuple(fc.nat({ max: 80 }), fc.nat({ max: 255 })), { maxLength: 3 }),
    fc.option(fc.nat({ max: 80 })),
  )
  .map(([bytes, changes, cut]) => {
    const copy = Buffer.from(bytes);
    for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte;
    return cut === null ? copy : copy.subarray(0, cut);
  });

test('any bytes to any method: a status that fits, and the server goes on', async () => {
  // What would last: alarms refuse all writes, and the others answer the same every time.
  const paths = UNARY.filter((path) => !path.endsWith('/Alarm'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...paths), mutated), { minLength: 10, maxLength: 20 }),
      async (calls) => {
        const refusals = calls.map(([path, bytes]) => refusalOf(client.bytes(path, bytes)));
        for (const [i, refusal] of (await Promise.all(refusals)).entries()) {
          if (refusal === 'answered' || refusal.startsWith(GARBAGE)) continue;
          expect(EXPECTED, `${calls[i]![0]} ${refusal}`).toContain(Number.parseInt(refusal, 10));
        }
      },
    ),
    { numRuns: 40 },
  );
  await isServed();
});

test('what is no HTTP/2 at all is hung up on', async () => {
  for (const text of [
    'GET / HTTP/1.1\r\n\r\n',
    '\0'.repeat(500),
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxxxxxxxxxx',
  ]) {
    const socket = connectSocket(server.port, '127.0.0.1');
    const closed = new Promise((resolve) => {
      socket.on('error', resolve).on('close', resolve).resume();
    });
    socket.write(text);
    await closed;
  }
  await isServed();
});

test('frames that promise more than comes, or more than is taken', async () => {
  const session = connectHttp2(server.url);
  session.on('error', () => {});
  const ask = (...frames: readonly Buffer[]): Promise<unknown> => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/etcdserverpb.KV/Put',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const told = new Promise((resolve) => {
      const tell = (headers: Readonly<Record<string, unknown>>): void => {
        if (headers['grpc-status'] !== undefined) resolve(headers['grpc-status']);
      };
      stream.on('response', tell).on('trailers', tell).on('error', resolve).resume();
      stream.on('close', () => resolve('closed'));
    });
    for (const frame of frames) stream.write(frame);
    stream.end();
    return told;
  };
  // Says that four gigabytes follow.
  expect(await ask(Buffer.of(0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3))).toBe(
    String(status.RESOURCE_EXHAUSTED),
  );
  // Compressed by nobody knows what.
  expect(await ask(Buffer.of(1, 0, 0, 0, 1, 0))).not.toBe('0');
  // Two requests where one is expected.
  const empty = Buffer.of(0, 0, 0, 0, 0);
  expect(await ask(empty, empty)).not.toBe('0');
  session.destroy();
  await isServed();
});

/** Bytes of buffers that somebody still holds. */
const held = (): number => collect().arrayBuffers;

test('streams that are refused or left leave no memory behind', async () => {
  const bulk = Buffer.alloc(6000, 0xff);
  const rounds = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await Promise.all(
        Array.from({ length: 50 }, () => refusalOf(client.bytes('/etcdserverpb.KV/Put', bulk))),
      );
    }
  };
  await rounds(4);
  const before = held();
  await rounds(12);
  // Six hundred times six thousand bytes are 3.6 MB, were they kept.
  expect(held() - before).toBeLessThan(1_800_000);
  await isServed();
});
