import { describe, expect, it } from 'vitest';
import { fsContract } from './fs.contract.ts';
import { withCode } from './fs-playground.contract.ts';
import { memoryFs } from './memory-fs.ts';

fsContract('memory', () => {
  const fs = memoryFs();
  fs.makeDirectory('/store');
  return { fs, directory: '/store', dispose: () => undefined };
});

describe('memoryFs', () => {
  it('is fresh each time', () => {
    memoryFs().open('/a', 'create').close();
    expect(memoryFs().list('/')).toEqual([]);
    expect(memoryFs().kind).toBe('memory');
  });

  it('takes relative paths from the root and resolves dots', () => {
    const fs = memoryFs();
    fs.makeDirectory('a/b');
    fs.open('./a/b/../c', 'create').close();
    expect(fs.list('/a//.')).toEqual(['b', 'c']);
    expect(fs.list('..')).toEqual(['a']);
  });

  it('treats the root as the directory it is', () => {
    const fs = memoryFs();
    fs.makeDirectory('/');
    fs.syncDirectory('/');
    expect(() => fs.open('/', 'read')).toThrow(withCode('EISDIR'));
    expect(() => fs.remove('/')).toThrow(withCode('EISDIR'));
  });

  it('answers an impossible size as a full disk does', () => {
    const file = memoryFs().open('/a', 'create');
    file.writeAt(Buffer.from('kept'), 0);
    expect(() => file.writeAt(new Uint8Array(1), Number.MAX_SAFE_INTEGER - 1)).toThrow(
      withCode('ENOSPC'),
    );
    expect(() => file.truncate(Number.MAX_SAFE_INTEGER)).toThrow(withCode('ENOSPC'));
    expect(file.size()).toBe(4);
  });

  it('grows geometrically: many small appends stay cheap', () => {
    const file = memoryFs().open('/a', 'create');
    const bytes = new Uint8Array(64).fill(1);
    for (let i = 0; i < 200_000; i++) file.writeAt(bytes, i * 64);
    expect(file.size()).toBe(200_000 * 64);
  });

  it('syncs in the background within a microtask', async () => {
    const file = memoryFs().open('/a', 'create');
    let isDone = false;
    const sync = async (): Promise<void> => {
      await file.syncInBackground();
      isDone = true;
    };
    const done = sync();
    await Promise.resolve();
    expect(isDone).toBe(true);
    await done;
  });
});
