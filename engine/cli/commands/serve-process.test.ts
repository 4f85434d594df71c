/** `varve serve` as a process: signals, and what is under way when one comes. */
import { connect as connectHttp2 } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { open } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, varve } from '../cli-playground.contract.ts';
import { type CliProcess, cliProcesses } from '../cli-process.testing.ts';

const directory = freshDirectory();
const PROCESS_MS = 30_000;

async function urlOf(served: CliProcess): Promise<string> {
  await served.printed('\n');
  return /http:\/\/[\d.]+:\d+/.exec(served.out)![0];
}

describe('a server', () => {
  const start = cliProcesses();
  const serve = (path: string): CliProcess => start(['serve', path, '--listen', '127.0.0.1:0']);

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'that gets %s while puts are under way loses none that it acknowledged',
    async (signal) => {
      const path = directory();
      const served = serve(path);
      const store = await connect(await urlOf(served), { requestTimeoutMs: 2000 });
      const acknowledged: string[] = [];
      const writer = async (name: string): Promise<unknown> => {
        for (let i = 0; ; i++) {
          const key = `${name}/${i}`;
          try {
            await store.put(key, key);
          } catch (error) {
            return error;
          }
          acknowledged.push(key);
          // Twice at once is once: whoever started it may pass on what it got, too.
          if (acknowledged.length === 500) for (let n = 0; n < 2; n++) served.kill(signal);
        }
      };
      const names = Array.from({ length: 20 }, (_, i) => `writer ${i}`);
      const ends = await Promise.all(names.map(writer));
      for (const end of ends) expect(end).toMatchObject({ code: 'ERR_UNAVAILABLE' });
      await store.close();
      expect(await served.ended).toBe(EXIT.ok);
      expect(served.err).toBe('');
      await using left = await open(path, { createIfMissing: false });
      const keys = new Set((await left.range({ all: true })).kvs.map(({ key }) => key));
      expect(acknowledged.length).toBeGreaterThanOrEqual(500);
      expect(acknowledged.filter((key) => !keys.has(key))).toEqual([]);
      expect(served.out).toMatch(new RegExp(`\\nstopped at revision ${left.revision}\\n$`));
    },
    PROCESS_MS,
  );

  it(
    'that is gone for a while is found again by who watches it',
    async () => {
      const path = directory();
      const first = serve(path);
      const url = await urlOf(first);
      const watching = start(['--endpoint', url, 'watch', 'a', '--rev', '1']);
      await varve(['--endpoint', url, 'put', 'a', '1']);
      await watching.printed('2 A v1 a\t1\n');
      first.kill('SIGTERM');
      expect(await first.ended).toBe(EXIT.ok);
      expect((await varve(['put', path, 'a', '2'])).out).toBe('revision 3\n');
      start(['serve', path, '--listen', new URL(url).host]);
      await watching.printed('3 M v2 a\t2\n');
      watching.kill('SIGINT');
      expect(await watching.ended).toBe(EXIT.interrupted);
      expect(watching.err).toContain('--rev 4 goes on after what was shown');
    },
    PROCESS_MS,
  );

  it(
    'waits for a request that does not come to its end, but not if it is told twice',
    async () => {
      const served = serve(directory());
      const http2 = connectHttp2(await urlOf(served));
      http2.on('error', () => {});
      await new Promise((resolve) => http2.once('connect', resolve));
      const headers = { ':method': 'POST', ':path': '/etcdserverpb.KV/Put', te: 'trailers' };
      const call = http2.request({ ...headers, 'content-type': 'application/grpc' });
      call.on('error', () => {});
      call.write(Buffer.from([0]));
      // A ping overtakes what was sent before it; the next one does not.
      for (let i = 0; i < 2; i++) await new Promise((resolve) => http2.ping(resolve));
      served.kill('SIGTERM');
      const early = await Promise.race([served.ended, new Promise((go) => setTimeout(go, 300))]);
      expect(early).toBeUndefined();
      served.kill('SIGINT');
      expect(await served.ended).toBe('SIGINT');
      http2.destroy();
    },
    PROCESS_MS,
  );
});

describe('without the packages that speak the protocol', () => {
  const start = cliProcesses(['@grpc', '@bufbuild']);

  it(
    'serve and --endpoint say which, and everything else works',
    async () => {
      const path = directory();
      const message =
        "varve: etcd's protocol needs two packages more: " +
        'npm install @grpc/grpc-js @bufbuild/protobuf (ERR_MISSING_PACKAGE)\n';
      for (const argv of [
        ['serve', path],
        ['--endpoint', 'http://127.0.0.1:1', 'get', 'a'],
      ]) {
        const refused = start(argv);
        expect(await refused.ended).toBe(EXIT.unexpected);
        expect([refused.out, refused.err]).toEqual(['', message]);
      }
      const put = start(['put', path, 'a', '1']);
      expect(await put.ended).toBe(EXIT.ok);
      expect(put.out).toBe('revision 2\n');
    },
    PROCESS_MS,
  );
});
