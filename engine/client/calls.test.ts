/** What becomes of calls when servers fail, and of those that are given up. */
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { absent, get, put } from '../txn/builders.ts';
import type { Store } from '../types.ts';
import { RangeRequest_SortOrder as Order, type RangeRequest } from '../wire/generated/rpc_pb.ts';
import { connect } from './connect.ts';
import type { ConnectOptions } from './options.ts';
import { header, keyValue, type Script, ScriptedServer } from './scripted-server.testing.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(script: Script, port?: number): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(script, port);
  ends.push(() => server.kill());
  return server;
}

async function connected(
  servers: readonly ScriptedServer[],
  options?: ConnectOptions,
): Promise<Store> {
  const store = await connect(
    servers.map(({ url }) => url),
    { requestTimeoutMs: 3000, ...options },
  );
  ends.push(() => store.close());
  return store;
}

const found = { header: header(7), kvs: [keyValue('k', 5, 'v')], count: 1n };
const written = { header: header(8) };

const refusing = (code: number, details: string): Script => {
  let isFirst = true;
  const answer = (): object => {
    if (!isFirst) return written;
    isFirst = false;
    return { code, details };
  };
  return { unary: { put: answer, range: answer } };
};

const tokenOf = (call: { readonly metadata: { get(key: string): unknown[] } }): unknown =>
  call.metadata.get('token')[0];

describe('a server that goes away', () => {
  test('a read is asked of the next one', async () => {
    const first = await started({ unary: { range: () => void setImmediate(() => first.kill()) } });
    const second = await started({ unary: { range: () => found } });
    const store = await connected([first, second]);
    expect((await store.get('k'))?.text()).toBe('v');
    expect([first.asked, second.asked]).toEqual([['range'], ['range']]);
  });

  test('a write whose answer was lost is not repeated', async () => {
    const first = await started({ unary: { put: () => void setImmediate(() => first.kill()) } });
    const second = await started({ unary: { put: () => written } });
    const store = await connected([first, second]);
    await expect(store.put('k', 'v')).rejects.toMatchObject({
      code: 'ERR_UNAVAILABLE',
      message: expect.stringContaining('whether it took effect is unknown') as string,
    });
    expect(second.asked).toEqual([]);
    // The next one goes to the server that is there.
    expect(await store.put('k', 'v')).toEqual({ revision: 8 });
  });

  test('a write that was never sent goes to the next one', async () => {
    const first = await started({});
    const second = await started({ unary: { put: () => written } });
    const store = await connected([first, second]);
    first.kill();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await store.put('k', 'v')).toEqual({ revision: 8 });
  });

  test('of a transaction only one that reads is repeated', async () => {
    const first = await started({ unary: { txn: () => void setImmediate(() => first.kill()) } });
    const second = await started({
      unary: { txn: () => ({ header: header(7), succeeded: true }) },
    });
    const store = await connected([first, second]);
    await store.txn({ if: [absent('k')], else: [get('k')] });
    expect(second.asked).toEqual(['txn']);
  });

  test('it is used again when it is back', async () => {
    const first = await started({ unary: { range: () => found } });
    const store = await connected([first]);
    await store.get('k');
    first.kill();
    const reading = store.get('k');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await started({ unary: { range: () => found } }, first.port);
    expect((await reading)?.text()).toBe('v');
  });

  test('nobody there', async () => {
    const server = await started({});
    server.kill();
    await expect(connect(server.url, { dialTimeoutMs: 200 })).rejects.toMatchObject({
      code: 'ERR_UNAVAILABLE',
    });
  });
});

describe('refusals', () => {
  test('a server that is too busy has not looked at a write', async () => {
    const busy = refusing(status.RESOURCE_EXHAUSTED, 'etcdserver: too many requests');
    const store = await connected([await started(busy)]);
    expect(await store.put('k', 'v')).toEqual({ revision: 8 });
  });

  test('a write that ran into an election is in doubt, and a read is not', async () => {
    const details = 'etcdserver: request timed out, possibly due to previous leader failure';
    const first = await started(refusing(status.UNAVAILABLE, details));
    await expect((await connected([first])).put('k', 'v')).rejects.toMatchObject({
      code: 'ERR_UNAVAILABLE',
      message: expect.stringContaining(details) as string,
    });
    const second = await started(refusing(status.UNAVAILABLE, details));
    expect(await (await connected([second])).get('k')).toBeUndefined();
  });

  test('an answer that does not come in time', async () => {
    const server = await started({ unary: { range: () => undefined, put: () => undefined } });
    const store = await connected([server], { requestTimeoutMs: 100 });
    await expect(store.get('k')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await expect(store.put('k', 'v')).rejects.toMatchObject({
      message: expect.stringContaining('unknown') as string,
    });
  });

  test('what is wrong with a request is not sent', async () => {
    const server = await started({});
    const store = await connected([server]);
    await expect(store.put('', 'v')).rejects.toMatchObject({ code: 'ERR_EMPTY_KEY' });
    await expect(store.get(5 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    await expect(store.range('k', { limit: 0.5 })).rejects.toThrow('limit');
    const doubled = store.txn({ then: [put('a', '1'), put('a', '2')] });
    await expect(doubled).rejects.toMatchObject({ code: 'ERR_DUPLICATE_KEY' });
    const conditional = store.txn({ then: [put('a', '1', { ifModRevision: 1 })] });
    await expect(conditional).rejects.toThrow('modRevision(key).eq');
    expect(server.asked).toEqual([]);
  });
});

describe('giving up', () => {
  test('an aborted signal cancels the call on the server', async () => {
    let cancellations = 0;
    const server = await started({
      unary: { range: (_, call) => void call.on('cancelled', () => cancellations++) },
    });
    const store = await connected([server]);
    const controller = new AbortController();
    const reading = store.get('k', { signal: controller.signal });
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 20);
    await expect(reading).rejects.toBe(reason);
    await expect.poll(() => cancellations).toBe(1);
    await expect(store.get('k', { signal: controller.signal })).rejects.toBe(reason);
  });

  test('what is under way when the store is closed says so', async () => {
    const server = await started({ unary: { range: () => undefined, put: () => undefined } });
    const store = await connected([server]);
    const pending = [store.get('k'), store.put('k', 'v')];
    await store.close();
    await store.close();
    for (const call of pending) await expect(call).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(store.status()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(store.watch('k').ready).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  test('bad options', async () => {
    const wrong = [[], '', 'ftp://127.0.0.1:1', 'http://127.0.0.1', 'http://host:1/path'];
    for (const endpoints of wrong) {
      await expect(connect(endpoints)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    }
    await expect(connect('127.0.0.1:1', { requestTimeoutMs: 0 })).rejects.toThrow('milliseconds');
    await expect(connect('127.0.0.1:1', { tls: { cert: 'x' } })).rejects.toThrow('together');
  });
});

test('R29 whatever is sorted names its order', async () => {
  const requests: RangeRequest[] = [];
  const server = await started({
    unary: { range: (request: RangeRequest) => (requests.push(request), found) },
  });
  const store = await connected([server]);
  await store.range('k', { limit: 3 });
  await store.range('k', { reverse: true });
  await store.range('k', { sort: 'mod', limit: 3 });
  await store.range('k', { sort: 'value', reverse: true });
  const orders = requests.map(({ sortOrder }) => sortOrder);
  expect(orders).toEqual([Order.NONE, Order.DESCEND, Order.ASCEND, Order.DESCEND]);
});

describe('authentication', () => {
  const auth = { username: 'root', password: 'secret' };

  test('goes along with each call, and anew when the token is stale', async () => {
    let issued = 0;
    const tokens: unknown[] = [];
    const server = await started({
      unary: {
        authenticate: ({ name, password }: { name: string; password: string }) => ({
          token: `${name}:${password}:${++issued}`,
        }),
        put: (_, call) => {
          tokens.push(tokenOf(call));
          const isStale = tokens.length === 1;
          return isStale
            ? { code: status.UNAUTHENTICATED, details: 'etcdserver: invalid auth token' }
            : written;
        },
      },
    });
    const store = await connected([server], { auth });
    expect(await store.put('k', 'v')).toEqual({ revision: 8 });
    expect(tokens).toEqual(['root:secret:1', 'root:secret:2']);
  });

  test('R158 a server without it is used without it', async () => {
    const details = 'etcdserver: authentication is not enabled';
    const tokens: unknown[] = [];
    const server = await started({
      unary: {
        authenticate: () => ({ code: status.FAILED_PRECONDITION, details }),
        put: (_, call) => (tokens.push(tokenOf(call)), written),
      },
    });
    await (await connected([server], { auth })).put('k', 'v');
    expect(tokens).toEqual([undefined]);
  });

  test('a wrong password', async () => {
    const details = 'etcdserver: authentication failed, invalid user ID or password';
    const server = await started({
      unary: { authenticate: () => ({ code: status.INVALID_ARGUMENT, details }) },
    });
    await expect(connect(server.url, { auth })).rejects.toThrow('invalid user ID or password');
  });
});
