/** What a running store shows: metrics in Prometheus' text, traces on diagnostics channels, log lines. */
import { tracingChannel } from 'node:diagnostics_channel';
import { describe, expect, test } from 'vitest';
import { type EmbeddedStore, type Logger, open, openMemory } from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';
import { eachStore, putAll } from './stores.ts';

/** Strictly by the grammar: each family once, help and type before samples, every sample of its family. */
function parsed(text: string): ReadonlyMap<string, number> {
  expect(text.endsWith('\n') && !text.includes('\n\n')).toBe(true);
  const values = new Map<string, number>();
  const families = new Set<string>();
  let family = '';
  let type = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP ([a-z_]+) \S.*\.$/.exec(line);
    const typed = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    const sample =
      /^([a-z_]+)(\{[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*\})? (-?\d+(?:\.\d+)?(?:e[-+]\d+)?)$/.exec(
        line,
      );
    if (help !== null) {
      family = help[1]!;
      expect(families.has(family)).toBe(false);
      families.add(family);
    } else if (typed !== null) {
      expect(typed[1]).toBe(family);
      type = typed[2]!;
    } else {
      expect(sample, line).not.toBeNull();
      const [, name = '', labels = '', value] = sample!;
      const suffix = type === 'histogram' ? /^_(bucket|sum|count)$/ : /^$/;
      expect(name.startsWith(family) && suffix.test(name.slice(family.length)), line).toBe(true);
      expect(type !== 'counter' || name.endsWith('_total'), line).toBe(true);
      expect(values.has(name + labels)).toBe(false);
      values.set(name + labels, Number(value));
    }
  }
  return values;
}

const metricsOf = (store: EmbeddedStore): Record<string, number | undefined> =>
  Object.fromEntries(parsed(store.metrics()));

eachStore((store) => {
  test("metrics follow the store, under etcd's names", async () => {
    await putAll(store(), 'a=1 b=1 a=2');
    await store().delete('b');
    await store()
      .txn({})
      .catch(() => {});
    await store().get('a');
    await store().range({ all: true });
    expect(metricsOf(store())).toMatchObject({
      etcd_mvcc_put_total: 3,
      etcd_mvcc_delete_total: 1,
      etcd_mvcc_txn_total: 1,
      etcd_mvcc_range_total: 2,
      etcd_debugging_mvcc_keys_total: 1,
      etcd_debugging_mvcc_current_revision: 5,
      etcd_debugging_mvcc_compact_revision: -1,
      varve_indexed_keys: 2,
      varve_durable_revision: 5,
      varve_pins: 0,
      varve_compaction_pending: 0,
      varve_failed: 0,
      'varve_alarm{type="NOSPACE"}': 0,
    });
    const snapshot = await store().snapshot();
    await store().compact(4);
    const { sizeBytes, sizeInUseBytes } = await store().status();
    expect(metricsOf(store())).toMatchObject({
      etcd_mvcc_db_total_size_in_bytes: sizeBytes,
      etcd_mvcc_db_total_size_in_use_in_bytes: sizeInUseBytes,
      etcd_debugging_mvcc_compact_revision: 4,
      varve_pins: 1,
    });
    await snapshot[Symbol.asyncDispose]();
  });

  test('watchers, their events and leases are counted', async () => {
    const watch = store().watch({ all: true });
    const behind = store().watch('a', { startRevision: 100 });
    await putAll(store(), 'a=1 b=1');
    await store().leases.grant({ ttlSeconds: 60 });
    expect(metricsOf(store())).toMatchObject({
      etcd_debugging_mvcc_watch_stream_total: 2,
      etcd_debugging_mvcc_watcher_total: 2,
      etcd_debugging_mvcc_slow_watcher_total: 0,
      etcd_debugging_mvcc_events_total: 2,
      etcd_debugging_mvcc_pending_events_total: 2,
      varve_leases: 1,
    });
    await watch.cancel();
    await behind.cancel();
    expect(metricsOf(store())).toMatchObject({
      etcd_debugging_mvcc_watch_stream_total: 0,
      etcd_debugging_mvcc_watcher_total: 0,
      etcd_debugging_mvcc_pending_events_total: 0,
    });
  });
});

test('syncs are counted where there is something to sync', async () => {
  const name = 'etcd_disk_wal_fsync_duration_seconds_count';
  const store = await open('/store', { fs: memoryFs() });
  await store.put('a', '1');
  const count = metricsOf(store)[name]!;
  expect(count).toBeGreaterThan(0);
  await store.put('a', '2');
  expect(metricsOf(store)[name]).toBeGreaterThan(count);
  await store.close();
  expect(() => store.metrics()).toThrow('closed');
  const memory = await openMemory();
  expect(metricsOf(memory)[name]).toBeUndefined();
  await memory.close();
});

async function traced(
  name: string,
  run: () => Promise<unknown>,
): Promise<[event: string, message: unknown][]> {
  const seen: [string, unknown][] = [];
  const note = (event: string) => (message: unknown) => {
    seen.push([event, { ...(message as object) }]);
  };
  const subscribers = {
    start: note('start'),
    end: () => {},
    asyncStart: () => {},
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  };
  const traces = tracingChannel(`varve:${name}`);
  traces.subscribe(subscribers);
  try {
    await run().catch(() => {});
  } finally {
    traces.unsubscribe(subscribers);
  }
  return seen;
}

describe('traces', () => {
  test('each job has a start and an end that tells what came of it', async () => {
    const fs = memoryFs();
    const directory = '/store';
    let store!: EmbeddedStore;
    const recovery = await traced('recovery', async () => {
      store = await open(directory, { fs });
    });
    expect(recovery).toMatchObject([
      ['start', { directory }],
      ['asyncEnd', { directory, revision: 1, keys: 0 }],
    ]);
    await putAll(store, 'a=1 a=2 a=3');
    const physical = { physical: true };
    expect(await traced('compaction', () => store.compact(3, physical))).toMatchObject([
      ['start', { directory, revision: 3 }],
      ['asyncEnd', { removed: 1 }],
    ]);
    expect(await traced('backup', () => store.backup('/copy'))).toMatchObject([
      ['start', { directory, target: '/copy' }],
      ['asyncEnd', { revision: 4 }],
    ]);
    expect(await traced('backup', () => store.backup('/copy'))).toMatchObject([
      ['start', {}],
      ['error', { error: { code: 'ERR_INVALID_ARGUMENT' } }],
      ['asyncEnd', {}],
    ]);
    expect(await traced('defragment', () => store.defragment())).toHaveLength(2);
    await store.close();
  });
});

test('maintenance logs what it did, as an object and a sentence', async () => {
  const lines: [level: string, context: object, message: string | undefined][] = [];
  const level = (name: string) => (context: object, message?: string) => {
    lines.push([name, context, message]);
  };
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const logger = Object.fromEntries(levels.map((name) => [name, level(name)])) as unknown as Logger;
  const store = await open('/store', { fs: memoryFs(), logger });
  await putAll(store, 'a=1 a=2 a=3');
  await store.compact(3, { physical: true });
  await store.backup('/copy');
  await store.close();
  const told = lines.filter(([, , message]) => /compaction|backup/.test(message ?? ''));
  expect(told).toMatchObject([
    ['debug', { revision: 3 }, 'compaction begins'],
    ['info', { revision: 3, removed: 1 }, 'compaction finished'],
    ['debug', { target: '/copy' }, 'backup begins'],
    ['info', { target: '/copy', revision: 4 }, 'backup written'],
  ]);
});
