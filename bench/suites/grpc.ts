/**
 * Served over gRPC: the same client program against `varve serve`, a real etcd and a bare grpc-js server.
 * Every server is a process of its own, new for each round, and so are the clients.
 */
import { ClientProcess } from '../grpc/client-process.ts';
import { Samples, sampleOf } from '../grpc/samples.ts';
import { type RunningServer, type ServerKind, serverKinds } from '../grpc/servers.ts';
import { type CatchUp, catchUpsOf, type FanOut, fanOuts, loads, putOne } from '../grpc/works.ts';
import type { Bench, Suite } from '../suite.ts';

const IN_FLIGHT = 100;
/** A whole run catches up with as many revisions as a full store has keys; a smaller one takes a tenth. */
const WHOLE_KEYS = 1_000_000;
const CATCH_UP_ROUNDS_MAX = 3;
/** One that has not caught up by then is judged by how far it came. */
const CATCH_UP_PATIENCE_MS = 900_000;
/** One that takes longer is not asked again. */
const CATCH_UP_LONG_MS = 60_000;
/** More than the largest transaction has: no key comes twice in one. */
const HISTORY_KEYS_MIN = 200;

export const grpc: Suite = {
  name: 'grpc',
  title: 'served over gRPC',
  onlyWhenNamed: true,
  run: async (bench) => {
    const { keys, rounds, inProcess, progress } = bench.options;
    const { kinds, note } = serverKinds(inProcess);
    const events = keys >= WHOLE_KEYS ? keys : Math.ceil(keys / 10);
    const catchUps = catchUpsOf(events);
    const works = [...loads, ...fanOuts, ...catchUps].map(({ work }) => work);
    const samples = new Samples([putOne, ...works]);
    samples.note(putOne, note);
    for (let round = 0; round < rounds; round++) {
      for (const kind of kinds) {
        progress(`round ${round + 1}, ${kind.name}`);
        await oneRound(bench, kind, samples);
      }
    }
    const stores = kinds.filter(({ isStore }) => isStore);
    for (const catchUp of catchUps) await caughtUp(bench, stores, catchUp, events, samples);
    return samples.figures();
  },
};

async function oneRound(bench: Bench, kind: ServerKind, samples: Samples): Promise<void> {
  const directory = bench.directory();
  const server = await kind.start(directory);
  const clients = [1, 2].map(() => new ClientProcess(server, bench.options.inProcess));
  try {
    await requests(bench, kind.name, clients[0]!, samples);
    if (kind.isStore) {
      for (const fanOut of fanOuts) await watched(bench, kind.name, clients, fanOut, samples);
    }
  } finally {
    for (const client of clients) client.close();
    await server.end();
    bench.remove(directory);
  }
}

async function requests(
  { options: { turnMs } }: Bench,
  by: string,
  client: ClientProcess,
  samples: Samples,
): Promise<void> {
  await client.do('prepare', undefined);
  // What is not compiled yet is compiled before it counts.
  for (const { request } of loads) await client.do('load', { ...request, timeMs: turnMs });
  const one = await client.do('putOne', { timeMs: turnMs });
  samples.add(putOne, sampleOf(by, one, one.p50Ms));
  for (const { work, request } of loads) {
    const taken = await client.do('load', { ...request, timeMs: turnMs * 2 });
    samples.add(work, sampleOf(by, taken));
  }
}

/** One client holds the watchers, the other one puts. */
async function watched(
  { options: { keys } }: Bench,
  by: string,
  [watcher, writer]: readonly ClientProcess[],
  { work, watchers, streams }: FanOut,
  samples: Samples,
): Promise<void> {
  const key = `watched-${watchers}-${streams}`;
  await watcher!.do('arm', { key, watchers, streams });
  const whole = Math.ceil(keys / 2 / watchers);
  for (const puts of [Math.ceil(whole / 10), whole]) {
    const taking = watcher!.do('take', { events: puts * watchers });
    const writing = writer!.do('write', { key, puts, inFlight: IN_FLIGHT });
    const [taken] = await Promise.all([taking, writing]);
    if (puts === whole) samples.add(work, sampleOf(by, taken));
  }
}

/** The histories are made once; whoever catches up with one finds a server that has just been started. */
async function caughtUp(
  bench: Bench,
  kinds: readonly ServerKind[],
  { work, perRevision }: CatchUp,
  events: number,
  samples: Samples,
): Promise<void> {
  const { rounds, inProcess, progress } = bench.options;
  const keys = Math.max(HISTORY_KEYS_MIN, Math.trunc(events / 100));
  const directories = new Map<ServerKind, string>();
  for (const kind of kinds) {
    progress(`${events} puts into ${kind.name}`);
    const directory = bench.directory();
    directories.set(kind, directory);
    await withClient(await kind.start(directory), inProcess, (client) =>
      client.do('putHistory', { puts: events, keys, perRevision }),
    );
  }
  for (let round = 0; round < Math.min(rounds, CATCH_UP_ROUNDS_MAX); round++) {
    for (const [kind, directory] of directories) {
      progress(`${kind.name} sends ${events} events`);
      const request = { events, patienceMs: CATCH_UP_PATIENCE_MS };
      const taken = await withClient(await kind.start(directory), inProcess, (client) =>
        client.do('catchUp', request),
      );
      samples.add(work, sampleOf(kind.name, taken));
      if (taken.ms > CATCH_UP_LONG_MS) {
        directories.delete(kind);
        bench.remove(directory);
        const seconds = Math.round(taken.ms / 1000);
        const text = `${kind.name} was asked once: it sent ${taken.operations} in ${seconds} s`;
        samples.note(work, `${work.name}: ${text}`);
      }
    }
  }
  for (const directory of directories.values()) bench.remove(directory);
}

async function withClient<T>(
  server: RunningServer,
  inProcess: boolean,
  work: (client: ClientProcess) => Promise<T>,
): Promise<T> {
  const client = new ClientProcess(server, inProcess);
  try {
    return await work(client);
  } finally {
    client.close();
    await server.end();
  }
}
