/** Each fault does what its line in the table says, to the call it names and to no other. */
import { expect, test } from 'vitest';
import { type File, type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { parseFaultPlan } from './fault-plan-parser.ts';
import { faulty, type FaultyFs, type FaultyOptions } from './faulty-fs.ts';
import { SimulatedDisk } from './simulated-disk.ts';

function on(fs: FileSystem, plan: string, options?: FaultyOptions): FaultyFs {
  return faulty(fs, parseFaultPlan(plan), options);
}

function inMemory(plan: string, options?: FaultyOptions): FaultyFs {
  return on(memoryFs(), plan, options);
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

function contents(file: File): string {
  const all = Buffer.alloc(file.size());
  return all.subarray(0, file.readAt(all, 0)).toString('latin1');
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'none';
}

test('an error befalls the call it names, once, and looks like that of the operating system', () => {
  const { fs, fired } = inMemory('write:2=EIO');
  const file = fs.open('/f', 'create');
  file.writeAt(bytes('ab'), 0);
  expect(() => file.writeAt(bytes('cd'), 2)).toThrow(
    expect.objectContaining({ code: 'EIO', syscall: 'write', path: '/f' }) as Error,
  );
  file.writeAt(bytes('ef'), 2);
  expect(contents(file)).toBe('abef');
  expect(fired).toEqual([{ kind: 'write', path: '/f', n: 2, fault: 'write:2=EIO' }]);
});

test('with + it befalls all later ones as well', () => {
  const { fs } = inMemory('open:2+=EACCES');
  fs.open('/f', 'create').close();
  expect(codeOf(() => fs.open('/f', 'read'))).toBe('EACCES');
  expect(codeOf(() => fs.open('/g', 'create'))).toBe('EACCES');
  expect(fs.list('/')).toEqual(['f']);
});

test('only the files of the pattern count', () => {
  const { fs, fired } = inMemory('write:2@*.seg=ENOSPC');
  const [other, segment] = [fs.open('/a.segx', 'create'), fs.open('/1.seg', 'create')];
  other.writeAt(bytes('a'), 0);
  segment.writeAt(bytes('a'), 0);
  other.writeAt(bytes('b'), 1);
  expect(codeOf(() => segment.writeAt(bytes('b'), 1))).toBe('ENOSPC');
  // Of all writes it was the fourth.
  expect(fired[0]).toMatchObject({ path: '/1.seg', n: 4 });
});

test.each(['makedir', 'list', 'syncdir', 'lock', 'rename', 'remove'])('a %s fails', (kind) => {
  const { fs } = inMemory(`${kind}:1=EMFILE`);
  fs.open('/f', 'create').close();
  const call: Record<string, () => unknown> = {
    makedir: () => fs.makeDirectory('/d'),
    list: () => fs.list('/'),
    syncdir: () => fs.syncDirectory('/'),
    lock: () => fs.lock('/LOCK'),
    rename: () => fs.rename('/f', '/g'),
    remove: () => fs.remove('/f'),
  };
  expect(codeOf(call[kind]!)).toBe('EMFILE');
  expect(fs.list('/')).toEqual(['f']);
});

test('what fails in the background rejects', async () => {
  const { fs } = inMemory('sync:1=EIO,remove:1=EIO,truncate:1=EIO');
  const file = fs.open('/f', 'create');
  await expect(file.syncInBackground()).rejects.toMatchObject({ code: 'EIO' });
  await expect(fs.removeInBackground('/f')).rejects.toMatchObject({ code: 'EIO' });
  expect(codeOf(() => file.truncate(0))).toBe('EIO');
  await file.syncInBackground();
  await fs.removeInBackground('/f');
  expect(fs.list('/')).toEqual([]);
});

test('a write that is cut leaves its beginning', () => {
  const { fs } = inMemory('write:1=cut:3:EIO');
  const file = fs.open('/f', 'create');
  expect(codeOf(() => file.writeAt(bytes('abcdef'), 0))).toBe('EIO');
  expect(contents(file)).toBe('abc');
});

test('a lost write leaves nothing, a shifted one lands elsewhere', () => {
  const { fs } = inMemory('write:2=lost,write:3=shift:2,write:4=shift:-2');
  const file = fs.open('/f', 'create');
  file.writeAt(bytes('......'), 0);
  file.writeAt(bytes('ab'), 0);
  expect(contents(file)).toBe('......');
  file.writeAt(bytes('ab'), 0);
  expect(contents(file)).toBe('..ab..');
  file.writeAt(bytes('cd'), 3);
  expect(contents(file)).toBe('.cdb..');
});

test('a short read stops early', () => {
  const { fs } = inMemory('read:1=short:2');
  const file = fs.open('/f', 'create');
  file.writeAt(bytes('abcd'), 0);
  expect(contents(file)).toBe('ab');
  expect(contents(file)).toBe('abcd');
});

test('a flipped bit is wrong once, a rotten one for good, also for a reader', () => {
  const { fs } = inMemory('read:1=flip:8,read:3=rot:32');
  const file = fs.open('/f', 'create');
  file.writeAt(bytes('aaa'), 0);
  expect(contents(file)).toBe('a`a');
  expect(contents(file)).toBe('aaa');
  const reader = fs.open('/f', 'read');
  // Byte 4 of 3 is byte 1.
  expect(contents(reader)).toBe('a`a');
  expect(contents(file)).toBe('a`a');
});

test('a sync that lies has failed once, and never syncs again', async () => {
  const disk = new SimulatedDisk();
  const { fs, fired } = on(disk.fs, 'sync:2=lie');
  const file = fs.open('/f', 'create');
  fs.syncDirectory('/');
  file.writeAt(bytes('old'), 0);
  file.sync();
  file.writeAt(bytes('new'), 0);
  expect(codeOf(() => file.sync())).toBe('EIO');
  file.sync();
  await file.syncInBackground();
  fs.rename('/f', '/g');
  fs.syncDirectory('/');
  fs.open('/g', 'write').sync();
  expect(fired).toHaveLength(1);
  const lost = disk.crash(disk.doubts().map(() => 0));
  expect(Buffer.from(lost.get('/g')!).toString()).toBe('old');
  // Another file is none of its business.
  const other = fs.open('/h', 'create');
  other.writeAt(bytes('new'), 0);
  other.sync();
  fs.syncDirectory('/');
  expect(disk.crash(disk.doubts().map(() => 0)).get('/h')).toHaveLength(3);
});

test('a directory whose sync lies forgets its names', () => {
  const disk = new SimulatedDisk();
  const { fs } = on(disk.fs, 'syncdir:1=lie');
  fs.open('/f', 'create').sync();
  expect(codeOf(() => fs.syncDirectory('/'))).toBe('EIO');
  fs.syncDirectory('/');
  expect(disk.crash(disk.doubts().map(() => 0)).size).toBe(0);
});

test('space ends with what fits written, and comes back with what is removed', () => {
  const { fs, fired } = inMemory('space=8');
  const [one, two] = [fs.open('/one', 'create'), fs.open('/two', 'create')];
  one.writeAt(bytes('12345'), 0);
  expect(codeOf(() => two.writeAt(bytes('12345'), 0))).toBe('ENOSPC');
  expect(contents(two)).toBe('123');
  // What is there already can be written over.
  two.writeAt(bytes('abc'), 0);
  expect(codeOf(() => two.truncate(4))).toBe('ENOSPC');
  expect(fired).toHaveLength(2);
  fs.rename('/two', '/one');
  two.writeAt(bytes('45678'), 3);
  expect(codeOf(() => two.writeAt(bytes('9'), 8))).toBe('ENOSPC');
  two.truncate(7);
  two.writeAt(bytes('9'), 7);
  expect(contents(fs.open('/one', 'read'))).toBe('abc45679');
  fs.remove('/one');
  fs.open('/three', 'create').writeAt(bytes('12345678'), 0);
});

test('a slow sync takes turns in the background, and time in place', async () => {
  const jumps: number[] = [];
  const { fs } = inMemory('sync:1+=slow:3', { onClockJump: (ms) => jumps.push(ms) });
  const file = fs.open('/f', 'create');
  const order: string[] = [];
  const synced = file.syncInBackground().then(() => order.push('synced'));
  for (let turn = 0; turn < 6; turn++) {
    await new Promise(setImmediate);
    order.push('turn');
  }
  await synced;
  expect(order.indexOf('synced')).toBeGreaterThanOrEqual(2);
  expect(order.indexOf('synced')).toBeLessThan(5);
  expect(jumps).toEqual([]);
  file.sync();
  expect(jumps).toEqual([3]);
});

test('the clock jumps at a call of any kind, and calls are told', () => {
  const jumps: number[] = [];
  const calls: string[] = [];
  const { fs } = inMemory('call:2=clock:-500', {
    onClockJump: (ms) => jumps.push(ms),
    onCall: (kind, path) => calls.push(`${kind} ${path}`),
  });
  fs.list('/');
  expect(jumps).toEqual([]);
  fs.open('/f', 'create').writeAt(bytes('a'), 0);
  expect(jumps).toEqual([-500]);
  expect(calls).toEqual(['list /', 'open /f', 'write /f']);
});
