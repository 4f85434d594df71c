/**
 * Connections and watches of which nothing comes: each costs little, and the others are served. For ten
 * thousand connections of each kind and a hundred thousand watches, with what they cost printed:
 *
 *     VARVE_IDLE_CONNECTIONS=10000 npx vitest run engine/v3rpc/idle.test.ts
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KV, PutRequestSchema } from '../wire/generated/rpc_pb.ts';
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
  TYPE,
} from './raw-http2.testing.ts';
import { type TestServer, testServer } from './test-server.ts';

const asked = Number(process.env['VARVE_IDLE_CONNECTIONS']);
const COUNT = asked > 0 ? asked : 300;
/** More than any of them takes: what is measured is the whole process. */
const BYTES_MAX = 200_000;

const BEGIN = Buffer.concat([
  PREFACE,
  frameOf(TYPE.settings, 0, 0),
  frameOf(TYPE.settings, FLAG.ack, 0),
]);
const message = toBinary(PutRequestSchema, create(PutRequestSchema, { key: bytesOf('k') }));
const put = (authority: string): Buffer =>
  Buffer.concat([
    frameOf(
      TYPE.headers,
      FLAG.endHeaders,
      1,
      callHeaders('/etcdserverpb.KV/Put', literal('added', 1, plain(authority))),
    ),
    frameOf(TYPE.data, FLAG.endStream, 1, messageOf(message)),
  ]);

/** Opens connections, some at a time, sends the same on each, and says when each was told so much. */
const CLIENTS = `
const { connect } = require('node:net');
const [port, count, bytes] = process.argv.slice(1).map(Number);
const sent = Buffer.from(process.argv[4] ?? '', 'hex');
let opened = 0;
let done = 0;
function open() {
  if (opened++ >= count) return;
  const socket = connect(port, '127.0.0.1');
  let received = 0;
  const check = () => {
    if (received < bytes) return;
    received = -Infinity;
    if (++done === count) console.log('ready');
    open();
  };
  socket.on('connect', () => {
    socket.write(sent);
    check();
  });
  socket.on('data', (chunk) => {
    received += chunk.length;
    check();
  });
  socket.on('error', () => {});
}
for (let i = 0; i < 50; i++) open();
`;

let server: TestServer;
let clients: ChildProcess | undefined;

beforeEach(async () => {
  server = await testServer();
});
afterEach(async () => {
  clients?.kill();
  await server.close();
});

/** Of those that are told at least so much. */
async function connections(sent: Uint8Array, bytes: number): Promise<void> {
  const args = [server.port, COUNT, bytes].map(String);
  clients = spawn(process.execPath, ['-e', CLIENTS, ...args, Buffer.from(sent).toString('hex')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(clients.stdout!, 'data');
}

/** More than the frames of settings. */
const ANSWERED = 60;

test.each([
  ['said nothing', Buffer.alloc(0), 0],
  ['began, and asked nothing', BEGIN, 9],
  ['asked once', Buffer.concat([BEGIN, put('127.0.0.1:2379')]), ANSWERED],
  ['asked once, and are filtered', Buffer.concat([BEGIN, put('http://127.0.0.1:2379')]), ANSWERED],
])('connections that %s', async (kind, sent, told) => {
  using client = new RawClient(server.address);
  const get = (): Promise<string> => client.refusal(KV.method.range, { key: bytesOf('k') });
  await get();
  const before = collect();
  const startMs = performance.now();
  await connections(sent, told);
  const tookMs = performance.now() - startMs;
  const after = collect();
  const cost = (key: 'rss' | 'heapUsed'): number => Math.round((after[key] - before[key]) / COUNT);
  if (asked > 0) {
    const each = `${cost('rss')} bytes each, ${cost('heapUsed')} of them JavaScript's`;
    process.stderr.write(`${COUNT} that ${kind}: ${each}, open in ${Math.round(tookMs)} ms\n`);
  }
  expect(cost('rss')).toBeLessThan(BYTES_MAX);
  expect(cost('heapUsed')).toBeLessThan(BYTES_MAX / 4);
  const answers = await Promise.all(Array.from({ length: 100 }, get));
  expect(new Set(answers)).toEqual(new Set(['answered']));
  if (told === ANSWERED) expect((await server.store.status()).revision).toBe(COUNT + 1);
});

test('watches of one client on which nothing happens', async () => {
  using watcher = new RawClient(server.address);
  using client = new RawClient(server.address);
  const watches = 10 * COUNT;
  const before = collect();
  const stream = watcher.grpc.makeBidiStreamRequest('/etcdserverpb.Watch/Watch', asIs, asIs);
  stream.on('error', () => undefined);
  let created = 0;
  let wake: (() => void) | undefined;
  stream.on('data', () => {
    if (++created % BATCH === 0) wake?.();
  });
  // Of the key "a". The client of grpc-js is slow when it has many to send.
  const request = Buffer.of(0x0a, 3, 0x0a, 1, 0x61);
  for (let i = 0; i < watches; i += BATCH) {
    for (let j = 0; j < BATCH; j++) stream.write(request);
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  const bytes = Math.round((collect().heapUsed - before.heapUsed) / watches);
  if (asked > 0) process.stderr.write(`${watches} watches of one client: ${bytes} bytes each\n`);
  expect(bytes).toBeLessThan(20_000);
  for (let i = 0; i < 50; i++) {
    expect(await client.refusal(KV.method.put, { key: bytesOf('b') })).toBe('answered');
  }
  stream.cancel();
  expect(await client.refusal(KV.method.put, { key: bytesOf('a') })).toBe('answered');
});

const BATCH = 500;
const asIs = (bytes: Buffer): Buffer => bytes;
