/** The lock as one process sees it; several real processes meet in file-lock-processes.test.ts. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimPath, lockFile } from './file-lock.ts';
import { withCode } from './fs-playground.contract.ts';
import { type LockOwner, ownerOfThisProcess, parseOwner } from './lock-owner.ts';

describe('lockFile', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'varve-lock-'));
    path = join(directory, 'LOCK');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const names = (): string[] => readdirSync(directory);
  const owner = (): LockOwner | undefined => parseOwner(readFileSync(path, 'utf8'));

  it('writes who holds it, and leaves nothing else behind', () => {
    const lock = lockFile(path);
    expect(owner()).toEqual({
      ...ownerOfThisProcess(),
      id: expect.any(String),
      since: expect.any(String),
    });
    expect(names()).toEqual(['LOCK']);
    expect(() => lockFile(path)).toThrow(withCode('ERR_LOCKED'));
    expect(names()).toEqual(['LOCK']);
    lock.release();
    expect(names()).toEqual([]);
  });

  it.each([
    ['a process that ended', dead],
    ['a process of an earlier boot', () => recordOf({ bootId: 'earlier' })],
    ['an earlier process with our pid', () => recordOf({ startTime: 1 })],
    ['nobody: empty', () => ''],
    ['nobody: zeros, as after a power cut', () => '\0'.repeat(200)],
    ['nobody: cut short', () => dead().slice(0, 40)],
  ])('takes over from %s', (_, record) => {
    // Boot and start time are known on Linux only; elsewhere these two would be judged by the pid.
    if (process.platform !== 'linux' && record().includes(`"pid":${process.pid}`)) return;
    writeFileSync(path, record());
    const lock = lockFile(path);
    expect(owner()?.pid).toBe(process.pid);
    expect(names()).toEqual(['LOCK']);
    lock.release();
    expect(names()).toEqual([]);
  });

  it('does not take over from another machine, and tells how a person can', () => {
    const record = recordOf({ hostname: 'far-away', pid: 99_999_999 });
    writeFileSync(path, record);
    expect(() => lockFile(path)).toThrow(withCode('ERR_LOCKED'));
    expect(() => lockFile(path)).toThrow(/process 99999999 on host far-away.* remove .*LOCK and/);
    expect(readFileSync(path, 'utf8')).toBe(record);
    expect(names()).toEqual(['LOCK']);
  });

  it('releases only what is still its own', () => {
    const lock = lockFile(path);
    rmSync(path);
    const next = lockFile(path);
    lock.release();
    expect(owner()?.pid).toBe(process.pid);
    expect(names()).toEqual(['LOCK']);
    next.release();
    expect(names()).toEqual([]);
  });

  it('releases quietly when the file is gone', () => {
    const lock = lockFile(path);
    rmSync(path);
    lock.release();
    expect(names()).toEqual([]);
  });

  it('leaves a takeover to the one who claimed it first', () => {
    const stale = dead();
    const claim = claimPath(path, path, stale);
    writeFileSync(path, stale);
    writeFileSync(claim, recordOf({}));
    expect(() => lockFile(path)).toThrow(/LOCK is locked by this very process/);
    expect(readFileSync(path, 'utf8')).toBe(stale);
    rmSync(claim);
    lockFile(path).release();
    expect(names()).toEqual([]);
  });

  it('takes over from those who died while taking over', () => {
    const stale = dead();
    const claim = claimPath(path, path, stale);
    const staleClaim = dead();
    writeFileSync(path, stale);
    writeFileSync(claim, staleClaim);
    writeFileSync(claimPath(path, claim, staleClaim), '');
    const lock = lockFile(path);
    expect(owner()?.pid).toBe(process.pid);
    expect(names()).toEqual(['LOCK']);
    lock.release();
  });

  it('ends even if lock and claim are damaged alike', () => {
    writeFileSync(path, '');
    writeFileSync(claimPath(path, path, ''), '');
    lockFile(path).release();
    expect(names()).toEqual([]);
  });

  it('passes on what is no question of locking', () => {
    expect(() => lockFile(join(directory, 'missing', 'LOCK'))).toThrow(withCode('ENOENT'));
    expect(() => lockFile(directory)).toThrow(withCode('EISDIR'));
    expect(names()).toEqual([]);
  });
});

function recordOf(changes: Partial<LockOwner>): string {
  return JSON.stringify({ ...ownerOfThisProcess(), ...changes });
}

/** The pid lies above the largest that Linux gives out. */
function dead(): string {
  return recordOf({ pid: 99_999_999 });
}
