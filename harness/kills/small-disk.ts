/**
 * A file system that is soon full: a real one in memory where mounting is allowed (Linux, root), else the
 * real disk with a quota on one directory.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileSystem, nodeFs } from '../../engine/vfs/index.ts';
import { quotaFs } from './quota-fs.ts';
import type { Quota } from './script.ts';

export type DiskKind = 'tmpfs' | 'quota';

export interface SmallDisk {
  readonly kind: DiskKind;
  /** For one store; it may have siblings. */
  readonly directory: string;
  readonly fs: FileSystem;
  /** That a child has to keep to by itself. */
  readonly quota: Quota | undefined;
  /** Something else on the same disk that takes room, until it is removed. */
  fillUp(bytes: number): void;
  makeRoom(): void;
  dispose(): void;
}

/** Why this machine has no real one; undefined if it has. */
export function mountRefusal(): string | undefined {
  if (process.platform !== 'linux') return `mounting is not tried on ${process.platform}`;
  const directory = mkdtempSync(join(tmpdir(), 'varve-mount-'));
  try {
    mount(directory, 4096);
    unmount(directory);
    return undefined;
  } catch (error) {
    return `mounting is refused: ${String((error as { stderr?: unknown }).stderr ?? error).trim()}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function smallDisk(kind: DiskKind, bytes: number): SmallDisk {
  const top = mkdtempSync(join(tmpdir(), `varve-${kind}-`));
  if (kind === 'tmpfs') mount(top, bytes);
  const directory = join(top, 'store');
  mkdirSync(directory);
  const ballast = join(top, 'ballast');
  const quota = kind === 'quota' ? { directory: top, bytes } : undefined;
  return {
    kind,
    directory,
    fs: quota === undefined ? nodeFs : quotaFs(nodeFs, quota),
    quota,
    fillUp: (size) => writeFileSync(ballast, Buffer.alloc(size)),
    makeRoom: () => rmSync(ballast),
    dispose: () => {
      if (kind === 'tmpfs') unmount(top);
      rmSync(top, { recursive: true, force: true });
    },
  };
}

function mount(directory: string, bytes: number): void {
  const args = ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', directory];
  execFileSync('mount', args, { stdio: 'pipe' });
}

function unmount(directory: string): void {
  execFileSync('umount', ['-l', directory], { stdio: 'pipe' });
}
