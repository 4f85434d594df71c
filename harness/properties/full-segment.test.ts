/**
 * Regression: a segment filled to its very last sector. The next transaction's frame header already lies
 * past the end, and moving to the next segment used to copy from there.
 */
import { expect, test } from 'vitest';
import { open } from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';

test('a segment that is full to the last sector is followed by another', async () => {
  const fs = memoryFs();
  const store = await open('store', { fs, segmentSizeBytes: 4096 });
  // Alone in its batch, each put takes one sector; the segment's size is a multiple of it.
  const puts = 5000;
  for (let i = 0; i < puts; i++) await store.put(`key-${i % 7}`, `value ${i}`);
  expect(store.revision).toBe(puts + 1);
  await store.close();

  const reopened = await open('store', { fs, segmentSizeBytes: 4096 });
  expect(reopened.revision).toBe(puts + 1);
  expect(reopened.getSync('key-1')?.text()).toBe('value 4999');
  await reopened.close();
});
