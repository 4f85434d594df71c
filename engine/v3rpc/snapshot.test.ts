/** Maintenance.Snapshot over the wire (R152): what comes, and that nothing is held for who goes away. */
import { createHash } from 'node:crypto';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, type ClientReadableStream, credentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { importSnapshot } from '../bolt/import-snapshot.ts';
import { insidesOf } from '../insides.ts';
import { memoryFs } from '../vfs/index.ts';
import {
  Maintenance,
  SnapshotRequestSchema,
  type SnapshotResponse,
  SnapshotResponseSchema,
} from '../wire/generated/rpc_pb.ts';
import { type TestServer, testServer } from './test-server.ts';

const clients: Client[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function call(server: TestServer): ClientReadableStream<SnapshotResponse> {
  const client = new Client(server.address, credentials.createInsecure());
  clients.push(client);
  return client.makeServerStreamRequest(
    `/${Maintenance.typeName}/Snapshot`,
    () => Buffer.from(toBinary(SnapshotRequestSchema, create(SnapshotRequestSchema))),
    (bytes) => fromBinary(SnapshotResponseSchema, bytes),
    {},
  );
}

async function filled(bytes: number): Promise<TestServer> {
  const server = await testServer();
  const value = 'v'.repeat(10_000);
  for (let left = bytes; left > 0; left -= value.length) await server.store.put(`${left}`, value);
  return server;
}

const openViews = ({ store }: TestServer): number =>
  insidesOf(store).core.maintenance.context.backend.openReadTxN();
const heldRevisions = ({ store }: TestServer): number =>
  insidesOf(store).core.maintenance.pins.count;

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(condition()).toBe(true);
}

describe('Snapshot', () => {
  it('is a file that can be imported, then its digest', async () => {
    await using server = await filled(500_000);
    const messages: SnapshotResponse[] = [];
    for await (const message of call(server)) messages.push(message as SnapshotResponse);
    const last = messages.at(-1)!;
    const blobs = messages.slice(0, -1).map(({ blob }) => blob);
    expect(Math.max(...blobs.map(({ length }) => length))).toBe(32 * 1024);
    let remaining = blobs.reduce((sum, { length }) => sum + length, 0);
    for (const { blob, remainingBytes } of messages.slice(0, -1)) {
      remaining -= blob.length;
      expect(remainingBytes).toBe(BigInt(remaining));
    }
    const content = Buffer.concat(blobs);
    expect(last.remainingBytes).toBe(0n);
    expect(Buffer.from(last.blob)).toEqual(createHash('sha256').update(content).digest());
    expect(content.length % 512).toBe(0);
    const fs = memoryFs();
    const file = fs.open('/file', 'create');
    file.writeAt(Buffer.concat([content, last.blob]), 0);
    file.close();
    const { revision, hash } = await importSnapshot('/file', '/store', { fs });
    expect({ revision, hash }).toMatchObject({
      revision: server.store.revision,
      hash: (await server.store.hashKv()).hash,
    });
    expect([openViews(server), heldRevisions(server)]).toEqual([0, 0]);
  });

  it('waits for a client that reads slowly, and lets go when it goes away', async () => {
    await using server = await filled(4_000_000);
    const stream = call(server);
    stream.on('error', () => {});
    await new Promise((resolve) => stream.once('readable', resolve));
    const first: SnapshotResponse = stream.read();
    expect(first.remainingBytes).toBeGreaterThan(3_000_000n);
    // Nobody reads: the rest is not made meanwhile, and the store goes on.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([openViews(server), heldRevisions(server)]).toEqual([1, 1]);
    await server.store.put('goes', 'on');
    stream.cancel();
    await until(() => openViews(server) === 0 && heldRevisions(server) === 0);
  });

  it('ends with a status when the store is closed', async () => {
    const server = await filled(4_000_000);
    const stream = call(server);
    const failed = new Promise<{ code?: number }>((resolve) => stream.on('error', resolve));
    await new Promise((resolve) => stream.once('readable', resolve));
    await server.store.close();
    stream.resume();
    expect(await failed).toMatchObject({ code: 14 });
    await server.close();
  });
});
