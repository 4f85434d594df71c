import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { open, openMemory } from '../open.ts';
import type { EmbeddedStore } from '../types.ts';
import { Cluster, KV, LeaseKeepAliveRequestSchema } from '../wire/generated/rpc_pb.ts';
import { type ServeOptions, serve, testServer } from './index.ts';
import { bytesOf, RawClient } from './raw-client.testing.ts';

const { put, range } = KV.method;
const bytes = (value: unknown): Buffer => value as Buffer;

test('a server for a test is up at once, and closing it closes its store', async () => {
  const first = await testServer();
  const startMs = performance.now();
  const server = await testServer({ store: { maxTxnOps: 3 }, name: 'mine' });
  const tookMs = performance.now() - startMs;
  // Fifty milliseconds are promised; a machine that is busy otherwise gets more.
  expect(tookMs).toBeLessThan(2000);
  expect(server.port).not.toBe(first.port);
  expect([server.address, server.url]).toEqual([
    `127.0.0.1:${server.port}`,
    `http://127.0.0.1:${server.port}`,
  ]);
  using client = new RawClient(server.address);
  await client.call(put, { key: bytesOf('k'), value: bytesOf('v') });
  expect((await server.store.get('k'))!.text()).toBe('v');
  const { members } = await client.call(Cluster.method.memberList, {});
  expect(members[0]!.name).toBe('mine');
  await server.close();
  await server.close();
  await expect(server.store.get('k')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  await first.close();
});

test('the address is taken: says so, and the server that has it goes on', async () => {
  await using server = await testServer();
  await expect(serve(server.store, { listen: server.address })).rejects.toMatchObject({
    code: 'ERR_UNAVAILABLE',
    message: expect.stringMatching(/EADDRINUSE.*another process listens there/),
  });
  await expect(serve(server.store, { listen: 'no.such.host.invalid:0' })).rejects.toMatchObject({
    code: 'ERR_UNAVAILABLE',
  });
  using client = new RawClient(server.address);
  expect(await client.refusal(put, { key: bytesOf('k') })).toBe('answered');
});

test('options that mean nothing are refused', async () => {
  await using store = await openMemory();
  const bad: ServeOptions[] = [
    { listen: '2379' },
    { listen: 'localhost' },
    { listen: 'localhost:99999' },
    { listen: '::1:0' },
    { listen: 5 as never },
    { name: '' },
    { graceMs: -1 },
    { progressNotifyIntervalMs: 99 },
    { progressNotifyIntervalMs: Number.NaN },
    { advertiseUrl: 'nowhere' },
    { tls: { cert: 'x' } as never },
    { tls: { cert: 'x', key: 'y' } },
    { tls: { cert: 'x', key: 'y', requireClientCert: true } },
  ];
  for (const options of bad) {
    await expect(serve(store, options), JSON.stringify(options)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
  }
  await expect(serve({} as EmbeddedStore)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
});

test('IPv6, where there is any', async ({ skip }) => {
  await using store = await openMemory();
  const server = await serve(store, { listen: '[::1]:0' }).catch(() => undefined);
  if (server === undefined) {
    skip('there is no ::1 here');
    return;
  }
  expect(server.address).toBe(`[::1]:${server.port}`);
  using client = new RawClient(server.address);
  expect(await client.refusal(put, { key: bytesOf('k') })).toBe('answered');
  await server.close();
});

test('stopping: what was asked is answered, what was answered is on disk, the store goes on', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'varve-stop-'));
  try {
    const store = await open(directory);
    const server = await serve(store, { listen: '127.0.0.1:0' });
    using client = new RawClient(server.address);
    await client.call(range, { key: bytesOf('0') });
    const asked = Array.from({ length: 500 }, async (_, i) => {
      const { header } = await client.call(put, { key: bytesOf(`k${i}`) });
      return { key: `k${i}`, revision: Number(header!.revision) };
    });
    await asked[0];
    const stopped = server.close();
    const settled = await Promise.allSettled(asked);
    await stopped;
    const answered = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    for (const each of settled) {
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 14 });
    }
    expect(answered.length).toBeGreaterThan(0);
    expect(await client.refusal(put, { key: bytesOf('late') })).toMatch(/^14 /);
    await store.put('embedded', 'still there');
    await store.close();

    await using again = await open(directory);
    for (const { key, revision } of answered) {
      expect((await again.get(key))?.modRevision).toBe(revision);
    }
    expect(await again.has('late')).toBe(false);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('streams end with a status when the server stops', async () => {
  const server = await testServer();
  using client = new RawClient(server.address);
  const stream = client.keepAlive();
  const ended = new Promise((resolve) => {
    stream.on('error', resolve);
  });
  const answered = new Promise((resolve) => {
    stream.once('data', resolve);
  });
  stream.write(create(LeaseKeepAliveRequestSchema, { ID: 1n }));
  await answered;
  await server.close();
  expect(await ended).toMatchObject({ code: 14, details: 'etcdserver: server stopped' });
});

test('who does not finish is cut off after the time of grace', async () => {
  const server = await testServer({ graceMs: 50 });
  using client = new RawClient(server.address);
  await client.call(range, { key: bytesOf('k') });
  const ended = new Promise((resolve) => {
    // A unary call whose request never ends.
    client.grpc.makeClientStreamRequest('/etcdserverpb.KV/Put', bytes, bytes, resolve);
  });
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  const startMs = performance.now();
  await server.close();
  expect(performance.now() - startMs).toBeLessThan(5000);
  expect([1, 14]).toContain(((await ended) as { code: number }).code);
});
