/**
 * Who holds a lock: the record in the LOCK file, and the judgement whether its writer still lives.
 *
 *     {"id":"3f0c…","pid":4711,"startTime":8123456,"bootId":"b5c1…","hostname":"db-1",
 *      "since":"2026-08-31T12:00:00.000Z"}
 *
 * A pid alone proves nothing, since pids are given out again: soon after a reboot, and at once in a
 * container, where the store is often pid 1 every time. So the record also names the boot and the
 * moment the process started (clock ticks since boot). Both are Linux's; elsewhere they are absent,
 * and an unrelated process that got the same pid keeps the lock looking held, which errs on the
 * safe side.
 *
 * Left out: telling two live containers apart that share a kernel, a hostname and the directory.
 * They cannot see each other's pids; nothing but a heartbeat could.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { hasCode } from './fs-checks.ts';

export interface LockOwner {
  /** Unlike any other record ever, so that equal text means the same taking of the lock. */
  readonly id: string;
  readonly pid: number;
  readonly startTime: number | undefined;
  readonly bootId: string | undefined;
  readonly hostname: string;
  /** When the lock was taken, ISO 8601. For people; nothing is decided by it. */
  readonly since: string;
}

/** 'elsewhere': written on another machine, whose processes cannot be seen from here. */
export type OwnerState = 'alive' | 'dead' | 'elsewhere';

export function ownerOfThisProcess(): LockOwner {
  return {
    id: randomUUID(),
    pid: process.pid,
    startTime: processStat(process.pid)?.startTime,
    bootId: readIfThere('/proc/sys/kernel/random/boot_id')?.trim(),
    hostname: hostname(),
    since: new Date().toISOString(),
  };
}

/** Undefined when the text is no record: a damaged file, never one half written (file-lock.ts). */
export function parseOwner(text: string): LockOwner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isOwner(value) ? value : undefined;
}

/** `self` is what ownerOfThisProcess told: the judge's own boot and host. */
export function judgeOwner(owner: LockOwner, self: LockOwner): OwnerState {
  if (owner.hostname !== self.hostname) return 'elsewhere';
  if (differ(owner.bootId, self.bootId)) return 'dead';
  if (!isProcess(owner.pid)) return 'dead';
  const stat = processStat(owner.pid);
  if (stat === undefined) return 'alive';
  return stat.isZombie || differ(owner.startTime, stat.startTime) ? 'dead' : 'alive';
}

/** What is known of a process from /proc/<pid>/stat. */
export interface ProcessStat {
  /** Ended, but not yet waited for by its parent: it has a pid and holds nothing. */
  readonly isZombie: boolean;
  readonly startTime: number;
}

/**
 * Fields are separated by spaces, but the second is the program's name in parentheses, which may
 * itself contain both: count from the last closing one. There the third field (state) begins; the
 * 22nd is the start.
 */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], Number(fields[22 - 3])];
  if (state === undefined || !Number.isSafeInteger(startTime)) return undefined;
  return { isZombie: state === 'Z' || state === 'X', startTime };
}

function processStat(pid: number): ProcessStat | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseProcessStat(text);
}

/** Not there (other systems) or hidden (hidepid): either way it is not known. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A process we may not signal (EPERM) is one nevertheless. */
function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

function differ<T>(a: T | undefined, b: T | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function isOwner(value: unknown): value is LockOwner {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<keyof LockOwner, unknown>;
  return (
    typeof record.id === 'string' &&
    isPid(record.pid) &&
    ['number', 'undefined'].includes(typeof record.startTime) &&
    ['string', 'undefined'].includes(typeof record.bootId) &&
    typeof record.hostname === 'string' &&
    typeof record.since === 'string'
  );
}

/** Signalling 0 or a negative pid would ask about whole process groups, which always answer. */
function isPid(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 0x7fffffff;
}
