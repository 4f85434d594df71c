import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KV, PutRequestSchema } from '../wire/generated/rpc_pb.ts';
import { Beginnings } from './connections.ts';
import { bytesOf, RawClient } from './raw-client.testing.ts';
import {
  callHeaders,
  coded,
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
const SETTINGS = frameOf(TYPE.settings, 0, 0);
const ACK = frameOf(TYPE.settings, ack, 0);
const PATH = '/etcdserverpb.KV/Put';
const URL = 'http://127.0.0.1:2379';

/** A put, with the header of the authority as it is given. */
function putting(stream: number, authority: Uint8Array, key: string): Buffer {
  const message = toBinary(PutRequestSchema, create(PutRequestSchema, { key: bytesOf(key) }));
  return Buffer.concat([
    frameOf(TYPE.headers, endHeaders, stream, callHeaders(PATH, authority)),
    frameOf(TYPE.data, endStream, stream, messageOf(message)),
  ]);
}

describe('a server', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await testServer({ graceMs: 200 });
  });
  afterEach(() => server.close());

  const client = (): RawHttp2 => new RawHttp2(connect(server.port, '127.0.0.1'));
  const isPut = async (http2: RawHttp2, stream: number, key: string): Promise<void> => {
    await http2.frame(TYPE.data, stream);
    await http2.frame(TYPE.headers, stream, endStream);
    expect(await server.store.has(key)).toBe(true);
  };

  test('an authority with a scheme is served, as an index of the table, too', async () => {
    using http2 = client();
    http2.send(PREFACE, SETTINGS);
    await http2.frame(TYPE.settings, 0);
    http2.send(ACK, putting(1, literal('added', 1, coded(URL)), 'first'));
    await isPut(http2, 1, 'first');
    http2.send(ACK, putting(3, Buffer.of(0x80 | 62), 'second'));
    await isPut(http2, 3, 'second');
    http2.send(putting(5, literal('neverAdded', 1, plain(URL)), 'third'));
    await isPut(http2, 5, 'third');
  });

  test.each([
    ['with a scheme', literal('added', 1, plain(URL))],
    ['without one', literal('added', 1, plain('127.0.0.1:2379'))],
  ])('byte by byte, %s', async (_, authority) => {
    using http2 = client();
    http2.socket.setNoDelay(true);
    const all = Buffer.concat([PREFACE, SETTINGS, ACK, putting(1, authority, 'k')]);
    for (const byte of all) {
      http2.send(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    await isPut(http2, 1, 'k');
  });

  test('who asks at once and acknowledges late, or never, is served', async () => {
    const authority = literal('added', 1, plain('etcd'));
    using late = client();
    late.send(PREFACE, SETTINGS, putting(1, authority, 'late'));
    await sleep(50);
    late.send(ACK);
    await isPut(late, 1, 'late');
    using never = client();
    never.send(PREFACE, SETTINGS, putting(1, authority, 'never'));
    await isPut(never, 1, 'never');
  });

  test('who pings before it asks is answered', async () => {
    using http2 = client();
    http2.send(PREFACE, SETTINGS, frameOf(TYPE.ping, 0, 0, Buffer.from('12345678')));
    const { payload } = await http2.frame(TYPE.ping, 0, ack);
    expect(payload.toString()).toBe('12345678');
    http2.send(ACK, putting(1, literal('added', 1, plain('etcd')), 'k'));
    await isPut(http2, 1, 'k');
  });

  test('a large answer arrives whole, though it is read slowly', async () => {
    const value = Buffer.alloc(1_000_000, 'v');
    await server.store.put('large', value);
    using http2 = client();
    const window = Buffer.alloc(4);
    window.writeUInt32BE(2_000_000);
    const wider = [frameOf(8, 0, 0, window), frameOf(8, 0, 1, window)];
    const request = Buffer.from(`\u000a\u0005large`, 'latin1');
    const range = callHeaders('/etcdserverpb.KV/Range', literal('added', 1, coded(URL)));
    http2.send(PREFACE, SETTINGS, ACK, frameOf(TYPE.headers, endHeaders, 1, range));
    http2.send(...wider, frameOf(TYPE.data, endStream, 1, messageOf(request)));
    await http2.frame(TYPE.data, 1);
    http2.socket.pause();
    await sleep(50);
    http2.socket.resume();
    await http2.frame(TYPE.headers, 1, endStream);
    const data = http2.frames.filter(({ type }) => type === TYPE.data);
    expect(Buffer.concat(data.map(({ payload }) => payload)).includes(value)).toBe(true);
  });

  test('it stops in time: some have not begun, one is filtered, one never hangs up', async () => {
    using silent = client();
    using begun = client();
    begun.send(PREFACE, SETTINGS);
    await begun.frame(TYPE.settings, 0);
    using filtered = client();
    filtered.send(PREFACE, SETTINGS, ACK, putting(1, literal('added', 1, plain(URL)), 'k'));
    await isPut(filtered, 1, 'k');
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    using staying = new RawHttp2(socket);
    staying.send(PREFACE, SETTINGS, ACK, putting(1, literal('added', 1, plain('etcd')), 'l'));
    await isPut(staying, 1, 'l');
    const startMs = performance.now();
    await server.close();
    expect(performance.now() - startMs).toBeLessThan(3000);
    await Promise.all([silent.end(), begun.end(), filtered.end()]);
    expect(filtered.frames.at(-1)!.type).toBe(TYPE.goaway);
    expect(staying.frames.at(-1)!.type).toBe(TYPE.goaway);
  });

  test('a call that is under way on a filtered connection is answered when it stops', async () => {
    using http2 = client();
    const data = messageOf(Buffer.from('\u000a\u0001k', 'latin1'));
    const block = callHeaders(PATH, literal('added', 1, plain(URL)));
    http2.send(PREFACE, SETTINGS, ACK, frameOf(TYPE.headers, endHeaders, 1, block));
    http2.send(frameOf(TYPE.ping, 0, 0, Buffer.alloc(8)));
    await http2.frame(TYPE.ping, 0, ack);
    const closed = server.close();
    http2.send(frameOf(TYPE.data, endStream, 1, data));
    await http2.frame(TYPE.data, 1);
    await closed;
  });
});

describe('which way the bytes go', () => {
  let server: Server;
  let beginnings: Beginnings;
  let accepted: Socket;
  let injected: Promise<Duplex>;

  beforeEach(async () => {
    injected = new Promise((resolve) => {
      beginnings = new Beginnings(resolve);
    });
    server = createServer((socket) => {
      accepted = socket;
      beginnings.admit(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => void server.close());

  const client = (): RawHttp2 =>
    new RawHttp2(connect((server.address() as AddressInfo).port, '127.0.0.1'));

  test('those of nearly all are read from the socket itself, but for the ack', async () => {
    using http2 = client();
    http2.send(PREFACE, SETTINGS);
    await http2.frame(TYPE.settings, 0);
    expect(beginnings.size).toBe(1);
    const asked = putting(1, literal('added', 1, plain('127.0.0.1:1')), 'k');
    http2.send(ACK, asked);
    const connection = await injected;
    expect(connection).toBe(accepted);
    expect(beginnings.size).toBe(0);
    expect(connection.read()).toEqual(Buffer.concat([PREFACE, SETTINGS, asked]));
    connection.destroy();
  });

  test('those of one that says a scheme are not', async () => {
    using http2 = client();
    http2.send(PREFACE, SETTINGS, ACK, putting(1, literal('added', 1, plain(URL)), 'k'));
    const connection = await injected;
    expect(connection).not.toBe(accepted);
    const asked = putting(1, literal('added', 1, plain('etcd')), 'k');
    expect(connection.read()).toEqual(Buffer.concat([PREFACE, SETTINGS, asked]));
    connection.destroy();
    await http2.end();
  });

  test('what is no HTTP/2 is handed on as it came, and not greeted', async () => {
    using http2 = client();
    http2.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    const connection = await injected;
    expect(connection).toBe(accepted);
    expect(String(connection.read())).toBe('GET / HTTP/1.1\r\n\r\n');
    connection.destroy();
    await http2.end();
    expect(http2.frames).toEqual([]);
  });

  test('who sends much and asks nothing is not collected for ever', async () => {
    using http2 = client();
    http2.send(PREFACE);
    http2.socket.on('error', () => undefined);
    const settings = frameOf(TYPE.settings, 0, 0, Buffer.alloc(6 * 2000));
    for (let i = 0; i < 20; i++) http2.send(settings);
    const connection = await injected;
    expect(connection).not.toBe(accepted);
    connection.destroy();
  });
});

test('clients of libraries are served, whatever they take for an authority', async () => {
  await using server = await testServer();
  for (const authority of ['etcd', server.address, server.url, `https://${server.address}`]) {
    const options = { 'grpc.default_authority': authority };
    using client = new RawClient(server.address, undefined, options);
    for (let i = 0; i < 20; i++) {
      expect(await client.refusal(KV.method.range, { key: bytesOf('k') })).toBe('answered');
    }
  }
});
