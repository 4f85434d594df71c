/**
 * nodeFs over a node:fs that does less than it is asked, as kernels may: reads and writes stop half
 * way. The whole contract must hold nevertheless. It also records which directories were synced,
 * which nothing inside a running machine shows otherwise.
 */
import type * as NodeFs from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fsContract } from './fs.contract.ts';
import { type Playground, withCode } from './fs-playground.contract.ts';
import { nodeFs } from './node-fs.ts';

const kernel = vi.hoisted(() => ({
  writesNothing: false,
  shortCalls: 0,
  pathsByFd: new Map<number, unknown>(),
  synced: [] as unknown[],
  lengthOf(asked: number): number {
    if (asked > 1) this.shortCalls++;
    return this.writesNothing ? 0 : Math.ceil(asked / 2);
  },
}));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof NodeFs>();
  type Io = [fd: number, bytes: Uint8Array, offset: number, length: number, position: number];
  return {
    ...real,
    readSync: (...[fd, bytes, offset, length, position]: Io) =>
      real.readSync(fd, bytes, offset, kernel.lengthOf(length), position),
    writeSync: (...[fd, bytes, offset, length, position]: Io) =>
      real.writeSync(fd, bytes, offset, kernel.lengthOf(length), position),
    openSync: (...call: Parameters<typeof real.openSync>) => {
      const fd = real.openSync(...call);
      kernel.pathsByFd.set(fd, call[0]);
      return fd;
    },
    fsyncSync: (fd: number) => {
      real.fsyncSync(fd);
      kernel.synced.push(kernel.pathsByFd.get(fd));
    },
  };
});

function makePlayground(): Playground {
  const directory = mkdtempSync(join(tmpdir(), 'varve-fs-'));
  return {
    fs: nodeFs,
    directory,
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}

beforeEach(() => {
  kernel.writesNothing = false;
  kernel.synced.length = 0;
});

fsContract('node, every call cut short', makePlayground);

describe('nodeFs and the kernel', () => {
  it('was cut short above', () => {
    expect(kernel.shortCalls).toBeGreaterThan(100);
  });

  it('gives up on a disk that takes nothing: EIO', () => {
    const playground = makePlayground();
    const { fs, directory } = playground;
    const file = fs.open(`${directory}/a`, 'create');
    kernel.writesNothing = true;
    expect(() => file.writeAt(Buffer.from('x'), 0)).toThrow(withCode('EIO'));
    file.close();
    playground.dispose();
  });

  it.skipIf(process.platform === 'win32')('syncs each directory in which a name was made', () => {
    const playground = makePlayground();
    const { fs, directory } = playground;
    fs.makeDirectory(`${directory}/a/b/c`);
    expect(kernel.synced).toEqual([directory, `${directory}/a`, `${directory}/a/b`]);
    fs.makeDirectory(`${directory}/a/b/c`);
    expect(kernel.synced).toHaveLength(3);
    fs.syncDirectory(`${directory}/a`);
    expect(kernel.synced.at(-1)).toBe(`${directory}/a`);
    playground.dispose();
  });
});
