/** Watches of a client whose server does on each watch stream what a test tells it. */
import { afterEach } from 'vitest';
import type { Store, Watch, WatchBatch } from '../types.ts';
import type { WatchCreateRequest } from '../wire/generated/rpc_pb.ts';
import { connect } from './connect.ts';
import { header, ScriptedServer, type WatchSide } from './scripted-server.testing.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** `streams`: what the server does on each watch stream in turn, as each request comes. */
export type OnRequest = (side: WatchSide, request: WatchSide['requests'][number]) => void;

export async function watching(...streams: readonly OnRequest[]): Promise<Store> {
  let next = 0;
  const server = await ScriptedServer.start({
    unary: {
      status: () => ({ version: '3.5.9', header: header(1) }),
      put: () => ({ header: header(99) }),
      leaseRevoke: () => ({ header: header(99) }),
    },
    watch: (side) => {
      const onRequest = streams[next++];
      side.onRequest = (request) => onRequest?.(side, request);
    },
  });
  ends.push(() => server.kill());
  const store = await connect(server.url);
  ends.push(() => store.close());
  return store;
}

/** Answers creations with what `begin` sends; ids count from 0. */
export function creating(
  begin: (side: WatchSide, id: number, asked: WatchCreateRequest) => void,
): OnRequest {
  let id = 0;
  return (side, request) => {
    if (request.case === 'createRequest') begin(side, id++, request.value);
  };
}

export async function take(watch: Watch, count: number): Promise<WatchBatch[]> {
  const batches: WatchBatch[] = [];
  const iterator = watch.batches();
  while (batches.length < count) batches.push((await iterator.next()).value as WatchBatch);
  return batches;
}

export const revisionsOf = (batches: readonly WatchBatch[]): number[][] =>
  batches.map(({ events }) => events.map(({ revision }) => revision));
