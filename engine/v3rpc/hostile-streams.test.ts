/** Streams that are begun and not ended, left half-way, or not read: they cost little, and others are served. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KV, PutRequestSchema, RangeRequestSchema } from '../wire/generated/rpc_pb.ts';
import { collect } from './memory.testing.ts';
import { bytesOf, RawClient } from './raw-client.testing.ts';
import {
  callHeaders,
  FLAG,
  frameOf,
  literal,
  messageOf,
  plain,
  PREFACE,
  RawHttp2,
  TYPE,
} from './raw-http2.testing.ts';
import { type TestServer, testServer } from './test-server.ts';

const { ack, endHeaders, endStream } = FLAG;
const MIB = 1024 * 1024;

let server: TestServer;
let client: RawClient;

beforeEach(async () => {
  server = await testServer();
  client = new RawClient(server.address);
});
afterEach(async () => {
  client[Symbol.dispose]();
  await server.close();
});

/** One that has begun. */
async function begun(): Promise<RawHttp2> {
  const http2 = new RawHttp2(connect(server.port, '127.0.0.1'));
  http2.send(PREFACE, frameOf(TYPE.settings, 0, 0));
  await http2.frame(TYPE.settings, 0);
  http2.send(frameOf(TYPE.settings, ack, 0));
  return http2;
}

const heads = (stream: number, path: string, flags = 0): Buffer => {
  const headers = callHeaders(path, literal('notAdded', 1, plain('etcd')));
  return frameOf(TYPE.headers, endHeaders | flags, stream, headers);
};
const PUT = '/etcdserverpb.KV/Put';
const RANGE = '/etcdserverpb.KV/Range';
const put = messageOf(
  toBinary(PutRequestSchema, create(PutRequestSchema, { key: bytesOf('half') })),
);
const reset = (stream: number): Buffer => frameOf(TYPE.reset, 0, stream, Buffer.of(0, 0, 0, 8));

const isServed = async (): Promise<void> => {
  expect(await client.refusal(KV.method.range, { key: bytesOf('k') })).toBe('answered');
};

test('calls that end without a message, or in the midst of one, get a status', async () => {
  using http2 = await begun();
  http2.send(heads(1, PUT, endStream));
  http2.send(heads(3, PUT), frameOf(TYPE.data, endStream, 3, put.subarray(0, 7)));
  http2.send(heads(5, PUT), frameOf(TYPE.data, endStream, 5, put.subarray(0, 3)));
  http2.send(heads(7, '/etcdserverpb.Watch/Watch', endStream));
  http2.send(heads(9, '/etcdserverpb.Lease/LeaseKeepAlive', endStream));
  for (const stream of [1, 3, 5, 9]) await http2.frame(TYPE.headers, stream, endStream);
  expect(await server.store.has('half')).toBe(false);
  await isServed();
});

test('a request waits for its end, and costs little; one that is left is forgotten', async () => {
  using http2 = await begun();
  const COUNT = 300;
  const before = collect().heapUsed;
  for (let i = 0; i < COUNT; i++) {
    http2.send(heads(2 * i + 1, PUT), frameOf(TYPE.data, 0, 2 * i + 1, put));
  }
  const last = 2 * COUNT + 1;
  http2.send(heads(last, RANGE), frameOf(TYPE.data, endStream, last, messageOf(Buffer.of())));
  await http2.frame(TYPE.headers, last, endStream);
  await isServed();
  expect(await server.store.has('half')).toBe(false);
  const open = (collect().heapUsed - before) / COUNT;
  expect(open).toBeLessThan(50_000);
  for (let i = 0; i < COUNT; i++) http2.send(reset(2 * i + 1));
  http2.send(frameOf(TYPE.ping, 0, 0, Buffer.alloc(8)));
  await http2.frame(TYPE.ping, 0, ack);
  await isServed();
  await expect.poll(() => (collect().heapUsed - before) / COUNT).toBeLessThan(open / 2);
});

test('the other side of the connection is closed while it asks', async () => {
  const http2 = await begun();
  http2.send(heads(1, PUT), frameOf(TYPE.data, 0, 1, put));
  http2.socket.end();
  await http2.end();
  await isServed();
});

test('answers that nobody reads wait for their reader only, and leave with it', async () => {
  await server.store.put('large', Buffer.alloc(MIB, 'v'));
  const request = create(RangeRequestSchema, { key: bytesOf('large') });
  const range = messageOf(toBinary(RangeRequestSchema, request));
  using http2 = await begun();
  const before = collect().arrayBuffers;
  const COUNT = 20;
  for (let i = 0; i < COUNT; i++) {
    const stream = 2 * i + 1;
    http2.send(heads(stream, RANGE), frameOf(TYPE.data, endStream, stream, range));
  }
  // HTTP/2 lets 64 KiB of them leave.
  await http2.frame(TYPE.data, 1);
  const startMs = performance.now();
  for (let i = 0; i < 50; i++) await isServed();
  expect(performance.now() - startMs).toBeLessThan(5000);
  // One copy each.
  expect(collect().arrayBuffers - before).toBeLessThan((COUNT + 4) * MIB);
  http2.socket.destroy();
  await expect.poll(() => collect().arrayBuffers - before).toBeLessThan(4 * MIB);
});

test('a snapshot that nobody reads is not collected in memory', async () => {
  const value = Buffer.alloc(MIB, 'v');
  for (let i = 0; i < 24; i++) await server.store.put(`large${i}`, value);
  using http2 = await begun();
  const before = collect().arrayBuffers;
  http2.send(heads(1, '/etcdserverpb.Maintenance/Snapshot'));
  http2.send(frameOf(TYPE.data, endStream, 1, messageOf(Buffer.of())));
  await http2.frame(TYPE.data, 1);
  await sleep(100);
  expect(collect().arrayBuffers - before).toBeLessThan(12 * MIB);
  await isServed();
});

test('headers without end, and frames of streams that there are not, are told to go', async () => {
  for (const bytes of [
    frameOf(TYPE.headers, 0, 1, Buffer.alloc(20_000)),
    Buffer.concat([
      frameOf(TYPE.headers, 0, 1, Buffer.of(0x83)),
      ...Array.from({ length: 2000 }, () => frameOf(9, 0, 1, literal('added', 'a', plain('b')))),
    ]),
    frameOf(TYPE.data, 0, 7, Buffer.alloc(10)),
    frameOf(TYPE.headers, endHeaders, 1, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
  ]) {
    using http2 = await begun();
    http2.send(bytes);
    await Promise.race([http2.end(), http2.frame(TYPE.goaway, 0)]);
    await isServed();
  }
});
