import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { judgeOwner, ownerOfThisProcess, parseOwner, parseProcessStat } from './lock-owner.ts';

const self = ownerOfThisProcess();
/** Above the largest pid Linux gives out (4194304), and valid as a pid. */
const PID_OF_NOBODY = 99_999_999;

describe('ownerOfThisProcess', () => {
  it('names this process and never twice the same', () => {
    expect(self.pid).toBe(process.pid);
    expect(self.hostname).toBe(hostname());
    expect(new Date(self.since).toISOString()).toBe(self.since);
    expect(ownerOfThisProcess().id).not.toBe(self.id);
  });

  it.skipIf(process.platform !== 'linux')('knows boot and start time on Linux', () => {
    expect(self.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(self.startTime).toBeGreaterThan(0);
    const uptimeTicks = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100;
    expect(self.startTime).toBeLessThanOrEqual(uptimeTicks);
  });
});

describe('parseOwner', () => {
  it('reads what JSON wrote, with or without the facts of Linux', () => {
    expect(parseOwner(JSON.stringify(self))).toEqual(self);
    const bare = { ...self, startTime: undefined, bootId: undefined };
    expect(parseOwner(JSON.stringify(bare))).toEqual({
      id: self.id,
      pid: self.pid,
      hostname: self.hostname,
      since: self.since,
    });
  });

  it.each([
    '',
    '\0\0\0\0',
    'null',
    '42',
    '{}',
    JSON.stringify(self).slice(0, -1),
    JSON.stringify({ ...self, pid: 0 }),
    JSON.stringify({ ...self, pid: -1 }),
    JSON.stringify({ ...self, pid: 1.5 }),
    JSON.stringify({ ...self, pid: '1' }),
    JSON.stringify({ ...self, pid: 2 ** 40 }),
    JSON.stringify({ ...self, hostname: undefined }),
    JSON.stringify({ ...self, startTime: '1' }),
  ])('takes %j for damage', (text) => {
    expect(parseOwner(text)).toBeUndefined();
  });
});

describe('judgeOwner', () => {
  it('finds this process alive', () => {
    expect(judgeOwner(self, ownerOfThisProcess())).toBe('alive');
  });

  it('finds a pid that nobody has dead', () => {
    expect(judgeOwner({ ...self, pid: PID_OF_NOBODY }, self)).toBe('dead');
  });

  it('finds everybody of an earlier boot dead', () => {
    expect(judgeOwner({ ...self, bootId: 'earlier' }, { ...self, bootId: 'now' })).toBe('dead');
  });

  it.skipIf(process.platform !== 'linux')('finds the earlier owner of a reused pid dead', () => {
    expect(judgeOwner({ ...self, startTime: 1 }, self)).toBe('dead');
  });

  it('goes by the pid alone where nothing else is known', () => {
    const bare = { ...self, startTime: undefined, bootId: undefined };
    expect(judgeOwner(bare, self)).toBe('alive');
    expect(judgeOwner({ ...bare, pid: PID_OF_NOBODY }, bare)).toBe('dead');
  });

  it('does not judge another host, whatever its pids', () => {
    const elsewhere = { ...self, hostname: 'elsewhere', bootId: 'other', pid: PID_OF_NOBODY };
    expect(judgeOwner(elsewhere, self)).toBe('elsewhere');
  });
});

describe('parseProcessStat', () => {
  it.each(['node', 'a b', 'a) S 1 (b', ')', ''])('is not misled by the name %j', (name) => {
    expect(parseProcessStat(line(name, 'S'))).toEqual({ isZombie: false, startTime: 8123456 });
  });

  it('tells the dead that still have a pid', () => {
    expect(parseProcessStat(line('node', 'Z'))?.isZombie).toBe(true);
    expect(parseProcessStat(line('node', 'X'))?.isZombie).toBe(true);
  });

  it('admits not to understand another format', () => {
    expect(parseProcessStat('')).toBeUndefined();
    expect(parseProcessStat('77 node S 1')).toBeUndefined();
  });
});

function line(name: string, state: string): string {
  return `77 (${name}) ${state} 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 8123456 4096 1\n`;
}
