/** The measuring itself: what it counts has really happened, and what fails is not counted as done. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMemory, type EmbeddedStore } from '../../engine/index.ts';
import { type Server, serve } from '../../engine/v3rpc/index.ts';
import { etcdIsInstalled, startEtcd } from '../../harness/etcd/etcd-process.ts';
import { keyOf, valueOf } from '../keys.ts';
import { type Echo, startEcho } from './echo.ts';
import { FrameClient } from './frame-client.ts';
import { getRequest, METHODS, putRequest, txnRequest, watchMessageIn } from './messages.ts';
import { ClientProgram } from './program.ts';
import { cpuSecondsOf } from './usage.ts';

let store: EmbeddedStore;
let server: Server;
let echo: Echo;

beforeAll(async () => {
  store = await openMemory();
  server = await serve(store, { listen: '127.0.0.1:0', graceMs: 0 });
  echo = await startEcho();
});
afterAll(async () => {
  echo.close();
  await server.close();
  await store.close();
});

/** Exactly so many calls. */
const times = (count: number): (() => boolean) => {
  let left = count;
  return () => left-- > 0;
};

describe('the client of frames', () => {
  test('puts what it is told to, as often as it says', async () => {
    const before = store.revision;
    const client = await FrameClient.connect(server.url);
    const requests = [1, 2, 3].map((n) => putRequest(`framed-${n}`, valueOf(n)));
    const templates = client.templates(METHODS.put, requests);
    // More than fits the window that the server opens first.
    const done = await client.run({ templates, inFlight: 100, goesOn: times(1000) });
    client.close();
    expect(done).toBe(1000);
    expect(store.revision).toBe(before + 1000);
    const found = await store.get('framed-2');
    expect(Buffer.from(found!.value)).toEqual(valueOf(2));
  });

  test('fails with a call that fails', async () => {
    const client = await FrameClient.connect(server.url);
    for (const path of [METHODS.put, '/no.Such/Method']) {
      const templates = client.templates(path, [putRequest('', valueOf(0))]);
      const running = client.run({ templates, inFlight: 1, goesOn: times(1) });
      await expect(running).rejects.toThrow('a call has failed');
    }
    client.close();
  });

  test('fails when the server is gone', async () => {
    const gone = await startEcho();
    const client = await FrameClient.connect(gone.url);
    const templates = client.templates(METHODS.get, [getRequest('a')]);
    await client.run({ templates, inFlight: 1, goesOn: times(1) });
    const many = client.run({ templates, inFlight: 10, goesOn: times(100_000) });
    gone.close();
    await expect(many).rejects.toThrow('server');
    client.close();
  });
});

describe('the client program', () => {
  test.each(['frames', 'grpc-js'] as const)('loads by %s until time is over', async (by) => {
    const program = new ClientProgram(echo.url, process.pid);
    await program.prepare();
    for (const method of ['put', 'get'] as const) {
      const taken = await program.load({ method, by, inFlight: 5, timeMs: 200 });
      expect(taken.operations).toBeGreaterThanOrEqual(5);
      expect(taken.ms).toBeGreaterThanOrEqual(200);
    }
    program.close();
  });

  test('counts the events of all watchers on all streams', async () => {
    const program = new ClientProgram(server.url, process.pid);
    await program.arm({ key: 'watched', watchers: 5, streams: 2 });
    const taking = program.take({ events: 35 });
    await program.write({ key: 'watched', puts: 7, inFlight: 3 });
    expect((await taking).operations).toBe(35);
    program.close();
  });

  test('catches up with all that was put, and says how far it came', async () => {
    const own = await openMemory();
    const ownServer = await serve(own, { listen: '127.0.0.1:0', graceMs: 0 });
    const program = new ClientProgram(ownServer.url, process.pid);
    await program.putHistory({ puts: 300, keys: 200, perRevision: 128 });
    expect(own.revision).toBe(1 + 3);
    await program.putHistory({ puts: 50, keys: 200, perRevision: 1 });
    expect(own.revision).toBe(1 + 3 + 50);
    const all = await program.catchUp({ events: 350, patienceMs: 10_000 });
    expect(all.operations).toBe(350);
    const short = await program.catchUp({ events: 351, patienceMs: 200 });
    expect(short.operations).toBe(350);
    program.close();
    await ownServer.close();
    await own.close();
  });
});

test('the echo server answers with what was put', async () => {
  const program = new ClientProgram(echo.url, process.pid);
  const put = putRequest(keyOf(1), valueOf(1));
  await program.prepare();
  const answer = await program.ask(METHODS.get, getRequest(keyOf(1)));
  expect(answer.includes(keyOf(1))).toBe(true);
  expect(answer.includes(valueOf(1))).toBe(true);
  expect(txnRequest([put]).subarray(-put.length)).toEqual(put);
  program.close();
});

test('messages that are cut off are refused', () => {
  expect(watchMessageIn(Buffer.from([0x18, 1, 0x5a, 2, 8, 1, 0x5a, 0]))).toEqual({
    events: 2,
    isCreated: true,
    isCanceled: false,
  });
  expect(() => watchMessageIn(Buffer.from([0x5a, 200, 1, 0]))).toThrow('cut off');
  expect(() => watchMessageIn(Buffer.from([0x5d, 0, 0, 0, 0]))).toThrow('wire type 5');
});

test.skipIf(cpuSecondsOf(process.pid) === undefined)('processor time goes on', () => {
  const before = cpuSecondsOf(process.pid)!;
  expect(before).toBeGreaterThan(0);
  expect(cpuSecondsOf(process.pid)).toBeGreaterThanOrEqual(before);
  expect(cpuSecondsOf(2 ** 30)).toBeUndefined();
});

test.skipIf(!etcdIsInstalled())('a real etcd takes the same requests (if installed)', async () => {
  await using etcd = await startEtcd();
  const program = new ClientProgram(etcd.endpoint, etcd.pid);
  await program.prepare();
  const load = { method: 'get', inFlight: 5, timeMs: 30 } as const;
  expect((await program.load({ ...load, by: 'frames' })).operations).toBeGreaterThanOrEqual(5);
  await program.putHistory({ puts: 300, keys: 200, perRevision: 128 });
  const all = await program.catchUp({ events: 1300, patienceMs: 10_000 });
  expect(all.operations).toBe(1300);
  await program.arm({ key: 'watched', watchers: 4, streams: 2 });
  const taking = program.take({ events: 40 });
  await program.write({ key: 'watched', puts: 10, inFlight: 5 });
  expect((await taking).operations).toBe(40);
  program.close();
});
