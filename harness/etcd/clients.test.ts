/** What other people's clients do with Varve's server: npm's etcd3, and Debian's python3-etcd3. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Etcd3, type Lease, type Watcher } from 'etcd3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestServer, testServer } from '../../engine/v3rpc/index.ts';
import { etcdIsInstalled, startEtcd } from './etcd-process.ts';
import { PYTHON_SCRIPT } from './python-script.ts';

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
});
afterEach(() => server.close());

describe("npm's etcd3", () => {
  let client: Etcd3;
  beforeEach(() => {
    client = new Etcd3({ hosts: server.url });
  });
  afterEach(() => client.close());

  test('puts, gets, deletes', async () => {
    await client.put('a').value('1');
    await client.put('ab').value('2');
    await client.put('b').value(Buffer.from([0, 255]));
    expect(await client.get('a').string()).toBe('1');
    expect(await client.get('b').buffer()).toEqual(Buffer.from([0, 255]));
    expect(await client.get('missing')).toBeNull();
    expect(await client.getAll().prefix('a').sort('Key', 'Descend').keys()).toEqual(['ab', 'a']);
    expect(await client.getAll().count()).toBe(3);
    expect((await client.put('a').value('3').getPrevious()).value.toString()).toBe('1');
    expect((await client.delete().prefix('a')).deleted).toBe('2');
    expect(server.store.revision).toBe(6);
  });

  test('runs transactions, also those of its own memory', async () => {
    await client.put('n').value('1');
    const swap = (from: string, to: string) =>
      client
        .if('n', 'Value', '==', from)
        .and('n', 'Version', '>', 0)
        .then(client.put('n').value(to))
        .else(client.get('n'))
        .commit();
    expect((await swap('1', '2')).succeeded).toBe(true);
    const failed = await swap('1', '3');
    expect(failed.succeeded).toBe(false);
    expect(failed.responses[0]!.response_range.kvs[0]!.value.toString()).toBe('2');
    const add = () =>
      client.stm().transact(async (tx) => {
        const n = Number(await tx.get('n').string());
        await tx.put('n').value(String(n + 1));
      });
    await Promise.all([add(), add(), add()]);
    expect(await client.get('n').string()).toBe('5');
  });

  test('keeps a lease, and loses its keys when it revokes it', async () => {
    const lease: Lease = client.lease(10);
    await lease.put('session').value('on');
    const id = await lease.grant();
    const { TTL } = await lease.keepaliveOnce();
    expect(TTL).toBe('10');
    expect((await server.store.leases.timeToLive(BigInt(id))).grantedTtlSeconds).toBe(10);
    await lease.revoke();
    expect(await client.get('session')).toBeNull();
  });

  test('locks: who comes second is refused until the first has done', async () => {
    const first = await client.lock('l').acquire();
    await expect(client.lock('l').acquire()).rejects.toThrow('Failed to acquire a lock on l');
    await first.release();
    expect(await client.lock('l').do(() => 'held')).toBe('held');
  });

  test('elects one, and the next when that one resigns', async () => {
    const election = client.election('e', 10);
    const first = election.campaign('one');
    await first.wait();
    expect(await election.leader()).toBe('one');
    const second = election.campaign('two');
    const elected = once(second, 'elected');
    await second.getCampaignKey();
    await first.resign();
    await elected;
    expect(await election.leader()).toBe('two');
    await second.resign();
  });

  test('watches what comes, and what has been', async () => {
    await client.put('w/1').value('a');
    const watcher: Watcher = await client.watch().prefix('w/').startRevision('2').create();
    const seen: string[] = [];
    const done = new Promise<void>((resolve) => {
      watcher.on('put', ({ key, value }) => seen.push(`put ${key.toString()} ${value.toString()}`));
      watcher.on('delete', ({ key }) => {
        seen.push(`delete ${key.toString()}`);
        resolve();
      });
    });
    await client.put('w/2').value('b');
    await client.put('other').value('c');
    await client.delete().key('w/1');
    await done;
    await watcher.cancel();
    expect(seen).toEqual(['put w/1 a', 'put w/2 b', 'delete w/1']);
  });

  test('is told errors of etcd in words that it knows', async () => {
    await client.put('a').value('1');
    await expect(client.get('a').revision(9)).rejects.toThrow('future revision');
    await client.kv.compact({ revision: 2 });
    await expect(client.get('a').revision(1)).rejects.toThrow('has been compacted');
  });
});

describe("Debian's python3-etcd3", () => {
  const python = '/usr/bin/python3';

  test('finds everything as it should be', async ({ skip }) => {
    const isThere = (await run(python, ['-c', 'import etcd3'])).code === 0;
    skip(!isThere, 'python3-etcd3 is not installed');
    const ofVarve = await run(python, ['-c', PYTHON_SCRIPT, String(server.port)]);
    expect(ofVarve).toEqual({ code: 0, output: 'all is as it should be\n' });
    // The same of etcd: that what the script holds to be right is so.
    if (!etcdIsInstalled()) return;
    await using etcd = await startEtcd();
    expect(await run(python, ['-c', PYTHON_SCRIPT, String(etcd.clientPort)])).toEqual(ofVarve);
  });
});

async function run(
  program: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // A program that is not there ends in an error, and is no failure here.
  const [code] = (await once(child, 'close').catch(() => [-1])) as [number | null];
  return { code, output };
}
