/**
 * A little program that uses all of the Store interface and writes down what it saw. Whatever store it is given,
 * it must see the same.
 */
import { absent, del, get, modRevision, put, value } from '../../engine/index.ts';
import type { KeyValue, Store, WatchEvent } from '../../engine/types.ts';

export async function sameProgram(store: Store): Promise<unknown[]> {
  const seen: unknown[] = [];
  const see = (what: unknown): void => void seen.push(what);
  const watch = store.watch({ prefix: 'k/' }, { prevKv: true });
  await watch.ready;
  await writes(store, see);
  await reads(store, see);
  await transactions(store, see);
  await leases(store, see);
  const { revision } = await store.put('k/end', 'end');
  see(await eventsUntil(watch, revision));
  await past(store, see);
  await refusals(store, see);
  return seen;
}

type See = (what: unknown) => void;

async function writes(store: Store, see: See): Promise<void> {
  for (const key of ['k/c', 'k/a', 'k/b', 'other']) see(await store.put(key, `value of ${key}`));
  const { prevKv, revision } = await store.put('k/a', 'again', { prevKv: true });
  see([plain(prevKv), revision]);
  see(await store.put('k/b', '', { ignoreValue: true }));
  see(await store.put(new Uint8Array([0xff, 0x00]), new Uint8Array([0, 1, 0xfe])));
  const { prevKvs, ...deleted } = await store.delete({ gte: 'k/b', lt: 'k/d' }, { prevKv: true });
  see([prevKvs.map(plain), deleted]);
  see(await store.delete('no such key'));
}

async function reads(store: Store, see: See): Promise<void> {
  for (let i = 0; i < 9; i++) await store.put(`k/${(i * 5) % 9}`, String(9 - i));
  see(plain(await store.get('k/a')));
  see(await store.get('k/nothing'));
  see([await store.has('k/a'), await store.has('k/b'), await store.count({ prefix: 'k/' })]);
  see(plain(await store.at(3).get('k/c')));
  for (const sort of ['key', 'version', 'create', 'mod', 'value'] as const) {
    for (const reverse of [false, true]) {
      const selector = { prefix: 'k/' };
      const { kvs, ...rest } = await store.range(selector, { sort, reverse, limit: 4 });
      see([sort, reverse, kvs.map(plain), rest]);
    }
  }
  const bounded = await store.range({ all: true }, { minModRevision: 9, maxModRevision: 12 });
  see(bounded.kvs.map(plain));
  for (const reverse of [false, true]) {
    const paged = [];
    for await (const kv of store.iterate({ all: true }, { reverse })) paged.push(plain(kv));
    see(paged);
  }
}

async function transactions(store: Store, see: See): Promise<void> {
  const created = await store.txn({
    if: [absent('k/txn')],
    then: [
      put('k/txn', '1', { prevKv: true }),
      get('k/txn'),
      { op: 'txn', txn: { then: [del('k/0')] } },
    ],
    else: [get('k/txn')],
  });
  see(JSON.stringify(created, asPlain));
  const refused = await store.txn({
    if: [value('k/txn').eq('2'), modRevision('k/txn').gt(0)],
    then: [put('k/txn', '3')],
    else: [get({ prefix: 'k/' }, { limit: 2, reverse: true }), del({ prefix: 'none' })],
  });
  see(JSON.stringify(refused, asPlain));
}

async function leases(store: Store, see: See): Promise<void> {
  const lease = await store.leases.grant({ ttlSeconds: 100, id: 77n });
  see([lease.id, lease.ttlSeconds]);
  await store.put('k/leased', 'x', { lease });
  await store.put('k/leased too', 'y', { lease: 77n });
  const { keys, grantedTtlSeconds } = await lease.timeToLive({ keys: true });
  see([keys.map((key) => Buffer.from(key).toString()), grantedTtlSeconds]);
  see([await store.leases.list(), await lease.keepAliveOnce()]);
  see(await store.leases.keepAliveOnce(5n));
  see(await store.leases.timeToLive(5n));
  const { signal } = lease;
  await lease.revoke();
  see([signal.aborted, await store.get('k/leased'), await store.leases.list()]);
}

async function past(store: Store, see: See): Promise<void> {
  const { hash, compactRevision, revision } = await store.hashKv();
  see([hash, compactRevision, revision]);
  await store.compact(8, { physical: true });
  see(await store.hashKv());
  await store.defragment();
  const { keys, leases, alarms, ...status } = await store.status();
  see([keys, leases, alarms, status.revision, status.compactRevision]);
  const watch = store.watch({ all: true }, { startRevision: 8, only: 'put' });
  const events = await eventsUntil(watch, revision);
  see(events);
}

async function refusals(store: Store, see: See): Promise<void> {
  const attempts: (() => Promise<unknown>)[] = [
    () => store.put('', 'x'),
    () => store.get(''),
    () => store.put('k', 'x', { ignoreValue: true }),
    () => store.put('k/none', '', { ignoreValue: true }),
    () => store.put('k', 'x', { lease: 5n }),
    () => store.put('k/a', 'x', { ifModRevision: 3 }),
    () => store.put('k/a', 'x', { ifModRevision: 3, lease: 5n }),
    () => store.delete('k/a', { ifModRevision: 3 }),
    () => store.get('k/a', { revision: 1000 }),
    () => store.get('k/a', { revision: 3 }),
    () => store.at(4).count({ all: true }),
    () => store.compact(3),
    () => store.compact(1000),
    () => store.hashKv(1000),
    () => store.txn({ then: [put('a', '1'), put('a', '2')] }),
    () => store.txn({ then: [get('a', { revision: 3 })] }),
    () => store.txn({ then: Array.from({ length: 129 }, () => get('a')) }),
    () => store.leases.revoke(5n),
    () => store.leases.grant({ ttlSeconds: 9_000_000_001 }),
    () => store.watch('k', { startRevision: 3 }).batches().next(),
    () => store.watch({ gte: 'b', lt: 'a' }).ready,
    () => store.range('k', { sort: 'size' as 'key' }),
  ];
  for (const attempt of attempts) see(await refusalOf(attempt));
}

async function refusalOf(attempt: () => Promise<unknown>): Promise<unknown> {
  try {
    return ['no refusal', await attempt()];
  } catch (error) {
    const { code, message, name, current, compactRevision } = error as Error & {
      readonly code?: string;
      readonly current?: KeyValue;
      readonly compactRevision?: number;
    };
    return [name, code, message.replace(/ \(.*\)$/s, ''), plain(current), compactRevision];
  }
}

async function eventsUntil(watch: AsyncIterable<WatchEvent>, revision: number): Promise<unknown[]> {
  const events: unknown[] = [];
  for await (const { kv, prevKv, ...rest } of watch) {
    events.push([rest, plain(kv), plain(prevKv)]);
    if (rest.revision >= revision) break;
  }
  return events;
}

export function plain(kv: KeyValue | undefined): unknown {
  if (kv === undefined) return undefined;
  const { key, keyBytes, createRevision, modRevision, version, lease } = kv;
  return [key, [...keyBytes], kv.text(), createRevision, modRevision, version, lease];
}

function asPlain(_: string, field: unknown): unknown {
  if (typeof field === 'bigint') return String(field);
  return field instanceof Uint8Array ? [...field] : field;
}
