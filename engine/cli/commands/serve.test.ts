/** `varve serve`: what it says, what it can be told, what watches over it, and why it does not start. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, varve } from '../cli-playground.contract.ts';
import { autoCompactionOf, bytesOf } from '../serve/quantities.ts';
import { type Served, servers } from '../serve/serving.testing.ts';

const directory = freshDirectory();
const serve = servers();

const at = ({ url }: Served, ...argv: string[]): ReturnType<typeof varve> =>
  varve(['--endpoint', url, ...argv]);

const metricsOf = ({ line }: Served): string => /metrics at (\S+)/.exec(line)![1]!;

describe('what it says', () => {
  it('is one line when it is ready, and one when it ends', async () => {
    const path = directory();
    const served = await serve(path);
    const { url, line } = served;
    expect(line).toBe(`serving ${path} at ${url}\n`);
    expect(Number(new URL(url).port)).toBeGreaterThan(0);
    expect((await at(served, 'put', 'a', '1')).out).toBe('revision 2\n');
    expect(await served.stop()).toEqual({
      code: EXIT.ok,
      out: `${line}stopped at revision 2\n`,
      err: '',
    });
    expect((await varve(['get', path, 'a'])).out).toBe('1\n');
  });

  it('is an object with --json', async () => {
    const path = directory();
    const served = await serve(path, '--json', '--metrics', '127.0.0.1:0');
    const said = JSON.parse(served.line) as Record<string, unknown>;
    expect(said).toEqual({
      url: served.url,
      address: new URL(served.url).host,
      directory: path,
      metrics: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/),
      pid: process.pid,
    });
    expect((await served.stop()).out).toBe(served.line);
  });

  it('is of no directory with --memory, which leaves nothing', async () => {
    const served = await serve('--memory');
    expect(served.line).toBe(`serving a store in memory at ${served.url}\n`);
    expect((await at(served, 'put', 'a', '1')).code).toBe(EXIT.ok);
    expect((await served.stop()).code).toBe(EXIT.ok);
  });
});

describe('what it can be told', () => {
  it('goes to the store: quota, sizes, operations', async () => {
    const flags = ['--quota-bytes', '1KiB', '--max-request-bytes', '2048', '--max-txn-ops', '1'];
    const served = await serve('--memory', ...flags);
    const put = (bytes: number): Promise<{ readonly err: string }> =>
      at(served, 'put', 'a', 'x'.repeat(bytes));
    expect((await put(100)).err).toBe('');
    expect((await put(1500)).err).toContain('database space exceeded');
    expect((await put(2500)).err).toContain('request is too large');
    const txn = { stdin: '{"then":[{"op":"range","selector":"a"},{"op":"range","selector":"b"}]}' };
    expect((await varve(['--endpoint', served.url, 'txn'], txn)).err).toContain(
      'too many operations',
    );
  });

  test.each([
    ['1', 1],
    ['2GiB', 2 ** 31],
    ['512KiB', 512 * 1024],
  ])('%s is a size', (text, bytes) => expect(bytesOf('--quota-bytes', text)).toBe(bytes));

  test.each([
    ['revision:100', { mode: 'revision', keep: 100 }],
    ['periodic:90s', { mode: 'periodic', retentionMs: 90_000 }],
    ['periodic:12h', { mode: 'periodic', retentionMs: 12 * 3_600_000 }],
  ])('%s is a way to compact', (text, mode) => expect(autoCompactionOf(text)).toEqual(mode));
});

describe('what watches over it', () => {
  it('gets metrics by their names at etcd, and those of the process', async () => {
    const served = await serve(directory(), '--metrics', '127.0.0.1:0');
    await at(served, 'put', 'a', '1');
    const response = await fetch(metricsOf(served));
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines).toContain('etcd_mvcc_put_total 1');
    expect(lines).toContain('etcd_debugging_mvcc_current_revision 2');
    const grammar = /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [-+.\deInfNa]+)$/;
    expect(lines.filter((line) => !grammar.test(line))).toEqual([]);
    const started = lines.find((line) => line.startsWith('process_start_time_seconds '))!;
    expect(Math.abs(Date.now() / 1000 - Number(started.split(' ')[1]))).toBeLessThan(3600);
  });

  it('hears that it is well, and when an alarm is on', async () => {
    const served = await serve('--memory', '--metrics', '127.0.0.1:0', '--quota-bytes', '1000');
    const health = new URL('/health', metricsOf(served));
    const well = await fetch(health);
    expect([well.status, await well.text()]).toEqual([200, '{"health":"true"}\n']);
    await at(served, 'put', 'a', 'x'.repeat(2000));
    const ill = await fetch(health);
    expect([ill.status, await ill.json()]).toEqual([
      503,
      { health: 'false', reason: 'ALARM NOSPACE' },
    ]);
  });

  it('finds nothing else there', async () => {
    const served = await serve('--memory', '--metrics', '127.0.0.1:0');
    const url = metricsOf(served);
    expect((await fetch(new URL('/v3/kv/range', url))).status).toBe(404);
    const posted = await fetch(url, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    await served.stop();
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('why it does not start', () => {
  it.each([
    [[], 'no directory given'],
    [['d', '--memory'], '--memory takes no directory'],
    [['d', '--listen', '2379'], '--listen takes host:port, not "2379"'],
    [['d', '--listen', '127.0.0.1:65536'], '--listen takes host:port'],
    [['d', '--metrics', 'http://localhost:1'], '--metrics takes host:port'],
    [['d', '--quota-bytes', '2GB'], '--quota-bytes takes bytes'],
    [['d', '--auto-compaction', '1h'], '--auto-compaction takes revision:<n> or periodic:<time>'],
    [['d', '--auto-compaction', 'periodic:1'], '--auto-compaction takes'],
    [['d', '--sync', 'always'], 'Allowed choices are commit, interval, never'],
    [['d', '--tls-cert', 'none.pem'], '--tls-cert cannot be read: ENOENT'],
    [['d', '--tls-cert', 'package.json'], '--tls-cert and --tls-key go together'],
    [['d', '--tls-ca', 'package.json'], '--tls-ca needs --tls-cert and --tls-key'],
    [['d', '--user', 'a:b'], '--user needs --endpoint'],
    [['d', '--endpoint', 'http://localhost:1'], 'serve does not take --endpoint'],
  ])('%j is a usage error', async (argv, message) => {
    const { code, out, err } = await varve(['serve', ...argv]);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toContain(message);
    expect(existsSync('d')).toBe(false);
  });

  it('a directory belongs to one process', async () => {
    const path = directory();
    await serve(path);
    const { code, out, err } = await varve(['serve', path, '--listen', '127.0.0.1:0']);
    expect({ code, out }).toEqual({ code: EXIT.store, out: '' });
    expect(err).toContain(`${join(path, 'LOCK')} is locked by this very process`);
    expect(err).toContain('(ERR_LOCKED)');
  });

  it('a port belongs to one, too, and the directory is free again', async () => {
    const { url } = await serve('--memory');
    const { host, port } = new URL(url);
    for (const flags of [
      ['--listen', host],
      ['--listen', '127.0.0.1:0', '--metrics', host],
    ]) {
      const { code, out, err } = await varve(['serve', directory(), ...flags]);
      expect({ code, out }).toEqual({ code: EXIT.store, out: '' });
      expect(err).toContain(`cannot listen on 127.0.0.1 port ${port}`);
      expect(err).toContain('(ERR_UNAVAILABLE)');
    }
    expect((await varve(['put', directory(), 'a', '1'])).code).toBe(EXIT.ok);
  });

  it('what is no certificate is none', async () => {
    const files = ['--tls-cert', 'package.json', '--tls-key', 'package.json'];
    const { code, err } = await varve(['serve', directory(), ...files]);
    expect(code).toBe(EXIT.store);
    expect(err).toMatch(/tls is of no use.*\(ERR_INVALID_ARGUMENT\)/);
  });
});

it('takes a port that somebody listened on before', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as { readonly port: number };
  await new Promise((resolve) => probe.close(resolve));
  const interrupt = new AbortController();
  interrupt.abort();
  const argv = ['serve', '--memory', '--listen', `127.0.0.1:${port}`];
  expect(await varve(argv, { signal: interrupt.signal })).toEqual({
    code: EXIT.ok,
    out: `serving a store in memory at http://127.0.0.1:${port}\nstopped at revision 1\n`,
    err: '',
  });
});
