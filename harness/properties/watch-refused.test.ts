/** R109 Resumable, of a watch that never began: it has shown nothing, and says so. */
import { expect, test } from 'vitest';
import { openMemory, type WatchOptions } from '../../engine/index.ts';

const refusals: [string, WatchOptions, string][] = [
  ['compacted', { startRevision: 2 }, 'ERR_COMPACTED'],
  ['a buffer of nothing', { startRevision: 4, bufferEvents: 0 }, 'ERR_INVALID_ARGUMENT'],
];

test.each(refusals)('R109 a refused watch stays before its start: %s', async (_, options, code) => {
  await using store = await openMemory();
  for (let i = 0; i < 5; i++) await store.put('key', `${i}`);
  await store.compact(4);
  const watch = store.watch('key', options);
  await expect(watch.ready).rejects.toMatchObject({ code });
  expect(watch.revision).toBe(options.startRevision! - 1);
});
