import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KV } from '../wire/generated/rpc_pb.ts';
import { type TestServer, testServer } from './index.ts';
import { bytesOf, RawClient } from './raw-client.testing.ts';
import {
  callHeaders,
  FLAG,
  frameOf,
  literal,
  messageOf,
  plain,
  PREFACE,
  RawHttp2,
  TYPE,
} from './raw-http2.testing.ts';

const hasOpenssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const put = async (
  { address }: TestServer,
  secrets: Parameters<typeof credentials.createSsl>,
): Promise<string> => {
  using client = new RawClient(address, credentials.createSsl(...secrets));
  return await client.refusal(KV.method.put, { key: bytesOf('k') });
};

describe.skipIf(!hasOpenssl)('TLS (skipped where there is no openssl to make certificates)', () => {
  let directory: string;
  let server: TestServer;

  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  };
  const pem = (name: string): Buffer => readFileSync(join(directory, name));
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

  const authority = (name: string): void =>
    openssl(
      'req',
      '-x509',
      ...curve,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      `/CN=${name}`,
    );
  const certificate = (name: string, ca: string): void => {
    const san = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    openssl(
      'req',
      ...curve,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
      ...san,
    );
    const signed = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...signed,
      '-out',
      `${name}.pem`,
      '-copy_extensions',
      'copy',
    );
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'varve-tls-'));
    for (const name of ['ca', 'other']) authority(name);
    certificate('server', 'ca');
    certificate('client', 'ca');
    certificate('stranger', 'other');
    const tls = { cert: pem('server.pem').toString(), key: pem('server.key'), ca: pem('ca.pem') };
    server = await testServer({ tls });
  });
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  test('who has a certificate of the authority is served', async () => {
    expect(server.url).toBe(`https://${server.address}`);
    const known = [pem('ca.pem'), pem('client.key'), pem('client.pem')] as const;
    expect(await put(server, [...known])).toBe('answered');
  });

  test('nobody else is', async () => {
    expect(await put(server, [pem('ca.pem')])).toMatch(/^14 /);
    const stranger = [pem('ca.pem'), pem('stranger.key'), pem('stranger.pem')] as const;
    expect(await put(server, [...stranger])).toMatch(/^14 /);
    using plain = new RawClient(server.address);
    expect(await plain.refusal(KV.method.put, { key: bytesOf('k') })).toMatch(/^14 /);
  });

  test('without an authority for clients the connection is private, and open to all', async () => {
    const tls = { cert: pem('server.pem'), key: pem('server.key') };
    await using open = await testServer({ tls });
    expect(await put(open, [pem('ca.pem')])).toBe('answered');
    expect(await put(open, [pem('other.pem')])).toMatch(/^14 /);
  });

  const raw = async (options: ConnectionOptions): Promise<TLSSocket> => {
    const known = { ca: pem('ca.pem'), key: pem('client.key'), cert: pem('client.pem') };
    const socket = connect({ port: server.port, host: '127.0.0.1', ...known, ...options });
    await once(socket, 'secureConnect');
    return socket;
  };

  test('an authority with a scheme is served', async () => {
    using http2 = new RawHttp2(await raw({ ALPNProtocols: ['h2'] }));
    const headers = callHeaders('/etcdserverpb.KV/Put', literal('added', 1, plain('https://a:1')));
    const message = messageOf(Buffer.from('\u000a\u0001s', 'latin1'));
    http2.send(PREFACE, frameOf(TYPE.settings, 0, 0));
    await http2.frame(TYPE.settings, 0);
    http2.send(
      frameOf(TYPE.settings, FLAG.ack, 0),
      frameOf(TYPE.headers, FLAG.endHeaders, 1, headers),
      frameOf(TYPE.data, FLAG.endStream, 1, message),
    );
    await http2.frame(TYPE.headers, 1, FLAG.endStream);
    expect(await server.store.has('s')).toBe(true);
  });

  test('who did not agree on HTTP/2, or on anything, is hung up on, and does not hold up the end', async () => {
    const tls = { cert: pem('server.pem'), key: pem('server.key') };
    const open = await testServer({ tls });
    const options = { port: open.port, ALPNProtocols: [] };
    using other = new RawHttp2(await raw(options));
    other.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await other.end();
    const silent = connectSocket(open.port, '127.0.0.1');
    silent.on('error', () => undefined).resume();
    await once(silent, 'connect');
    const startMs = performance.now();
    await open.close();
    expect(performance.now() - startMs).toBeLessThan(2000);
    silent.destroy();
  });

  test('a key of another certificate is refused at once', async () => {
    const tls = { cert: pem('server.pem'), key: pem('client.key') };
    await expect(testServer({ tls })).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });
});
