/** A disk is known again if nothing differs that was looked at, and only then. */
import { expect, test } from 'vitest';
import { crash } from './explore.ts';
import { Memory } from './memory.ts';

const image = (files: Record<string, string>): ReadonlyMap<string, string> =>
  new Map(Object.entries(files));

test('what was not read may differ; names, and what was read, may not', () => {
  const memory = new Memory<string>();
  memory.remember(image({ a: '1', b: '2' }), ['a'], 'found');
  expect(memory.recall(image({ b: '3', a: '1' }))).toBe('found');
  expect(memory.recall(image({ a: '2', b: '2' }))).toBeUndefined();
  expect(memory.recall(image({ a: '1' }))).toBeUndefined();
  expect(memory.recall(image({ a: '1', b: '2', c: '3' }))).toBeUndefined();
});

test('one that was looked at more closely is told apart', () => {
  const memory = new Memory<string>();
  memory.remember(image({ a: '1', b: '2' }), ['a', 'b'], 'both');
  memory.remember(image({ a: '2', b: '2' }), ['a'], 'one');
  expect(memory.recall(image({ a: '1', b: '3' }))).toBeUndefined();
  expect(memory.recall(image({ a: '2', b: '3' }))).toBe('one');
});

test('the explorer opens what a recovery reads, each time it differs', async () => {
  const contents = new Set<string>();
  const report = await crash<string, string>({
    async run(fs, tell) {
      fs.makeDirectory('/d');
      const file = fs.open('/d/read', 'create');
      const aside = fs.open('/d/aside', 'create');
      fs.syncDirectory('/d');
      for (const byte of ['1', '2', '3']) {
        file.writeAt(Buffer.from(byte), 0);
        aside.writeAt(Buffer.from(byte), 0);
        tell(byte);
      }
    },
    async recover(fs) {
      fs.makeDirectory('/d');
      if (!fs.list('/d').includes('read')) return '';
      const file = fs.open('/d/read', 'read');
      const bytes = Buffer.alloc(file.size());
      file.readAt(bytes, 0);
      contents.add(bytes.toString());
      return bytes.toString();
    },
    judge: () => [],
  });
  expect(contents).toEqual(new Set(['', '\0', '1', '2', '3']));
  expect(report.disks).toBeLessThan(report.states / 2);
});
