/** Real servers start, answer, keep their data over stops and kills, and leave nothing behind. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startCluster } from './etcd-cluster.ts';
import { etcdIsInstalled, startEtcd } from './etcd-process.ts';
import { statusOfMember } from './member-status.ts';

describe.skipIf(!etcdIsInstalled())('etcd (skipped if it is not installed)', () => {
  test('answers, and goes on with its data after it was stopped, or killed', async () => {
    await using etcd = await startEtcd();
    const { pid, endpoint, directory } = etcd;
    const first = await statusOfMember(endpoint);
    expect(first).toMatchObject({ isLeader: true, revision: 1n });
    await etcd.stop();
    expect(isAlive(pid)).toBe(false);
    expect(await statusOfMember(endpoint)).toBeUndefined();
    await etcd.restart();
    expect((await statusOfMember(endpoint))!.memberId).toBe(first!.memberId);
    await etcd.kill();
    await etcd.restart();
    expect((await statusOfMember(endpoint))!.memberId).toBe(first!.memberId);
    expect(existsSync(directory)).toBe(true);
    await etcd.remove();
    expect(isAlive(etcd.pid)).toBe(false);
    expect(existsSync(directory)).toBe(false);
  });

  test('says why it does not start', async () => {
    await expect(startEtcd({ flags: ['--no-such-flag'] })).rejects.toThrow('no-such-flag');
  });

  test('of three members elects another leader when one is killed', async () => {
    await using cluster = await startCluster(3);
    const first = await cluster.leader();
    await first.kill();
    const second = await cluster.leader();
    expect(second).not.toBe(first);
    await first.restart();
    expect(await cluster.leader()).toBe(second);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
