/** `--endpoint`: the same commands and the same answers, with a server in place of the directory. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, type Outcome, type Setting, varve } from '../cli-playground.contract.ts';
import type { CommandSpec } from '../command.ts';
import { allCommands } from '../commands.ts';
import { servers } from '../serve/serving.testing.ts';

const directory = freshDirectory();
const serve = servers();

/** Commands that can be asked of both; what they say is to be the same. DIR stands for the directory. */
const SESSION: readonly (readonly [argv: readonly string[], stdin?: string])[] = [
  [['put', 'DIR', 'a', '1']],
  [['put', 'DIR', 'a', '-'], 'two\n'],
  [['put', 'DIR', 'b/\\x00', 'x', '--escaped', '--json']],
  [['get', 'DIR', 'a']],
  [['get', 'DIR', 'a', '--revision', '2', '--json']],
  [['get', 'DIR', 'nope']],
  [['get', 'DIR', 'a', '--revision', '99']],
  [['put', 'DIR', '', 'v']],
  [['range', 'DIR']],
  [['range', 'DIR', 'b', '--prefix', '--keys-only', '--json']],
  [['range', 'DIR', '--count-only']],
  [['range', 'DIR', '--count-only', '--json', '--revision', '2']],
  [['range', 'DIR', '--sort', 'mod', '--reverse', '--limit', '1']],
  [['range', 'DIR', 'zzz']],
  [['txn', 'DIR'], 'version("a") = "2"\n\nput a 3 --prev-kv\n\nget a\n'],
  [['txn', 'DIR', '--json'], '{"then":[{"op":"range","selector":"a"}]}'],
  [['lease', 'grant', 'DIR', '1000', '--id', '1f']],
  [['lease', 'grant', 'DIR', '1000', '--id', '1f']],
  [['put', 'DIR', 'l', 'v', '--lease', '1f']],
  [['put', 'DIR', 'l', 'v', '--lease', '2f']],
  [['lease', 'list', 'DIR', '--json']],
  [['lease', 'keep-alive', 'DIR', '1f', '--once']],
  [['lease', 'timetolive', 'DIR', '1f', '--keys', '--json']],
  [['lease', 'revoke', 'DIR', '1f', '--json']],
  [['lease', 'timetolive', 'DIR', '1f']],
  [['del', 'DIR', 'b', '--prefix', '--json']],
  [['del', 'DIR', 'nope']],
  [['watch', 'DIR', '--rev', '2', '--limit', '3', '--prev-kv']],
  [['watch', 'DIR', '--interactive'], 'put w 1\ndel w\n'],
  [['watch', 'DIR', '--rev', '8', '--interactive', '--json'], ''],
  [['hash', 'DIR', '--json']],
  [['hash', 'DIR', '--revision', '3']],
  [['compact', 'DIR', '4', '--json']],
  [['compact', 'DIR', '3']],
  [['compact', 'DIR', '5', '--physical', '--json']],
  [['get', 'DIR', 'a', '--revision', '3']],
  [['watch', 'DIR', '--rev', '2']],
];

const named = ([argv]: (typeof SESSION)[number]): string => argv.join(' ');

describe('a server answers as a directory does', () => {
  it('command by command', async () => {
    const { url } = await serve(directory('served'));
    for (const step of SESSION) {
      const [argv, stdin] = step;
      const setting: Setting = stdin === undefined ? {} : { stdin };
      const embedded = argv.map((word) => (word === 'DIR' ? directory() : word));
      const remote = argv.filter((word) => word !== 'DIR');
      const expected = { step: named(step), ...(await varve(embedded, setting)) };
      const answer = await varve(['--endpoint', url, ...remote], setting);
      expect({ step: named(step), ...answer }).toEqual(expected);
    }
  });

  it('with its status, but for what files take', async () => {
    const { url } = await serve(directory());
    await varve(['put', 'a', '1', '--endpoint', url]);
    const { out } = await varve(['status', '--json', '--endpoint', url]);
    expect(JSON.parse(out)).toEqual({
      revision: 2,
      compactRevision: -1,
      keys: 1,
      sizeBytes: expect.any(Number),
      sizeInUseBytes: expect.any(Number),
    });
  });

  it('and goes on watching until Ctrl-C', async () => {
    const { url } = await serve('--memory');
    await varve(['--endpoint', url, 'put', 'a', '1']);
    const signal = AbortSignal.timeout(300);
    const watched = await varve(['--endpoint', url, 'watch', '--rev', '1'], { signal });
    expect(watched).toEqual({
      code: EXIT.interrupted,
      out: '2 A v1 a\t1\n',
      err: 'varve: interrupted (ERR_INTERRUPTED)\n  hint: --rev 3 goes on after what was shown\n',
    });
  });
});

describe('the option', () => {
  it('may stand before or behind, and name several servers', async () => {
    const { url } = await serve('--memory');
    const elsewhere = `http://127.0.0.1:1, ${url}`;
    for (const argv of [
      ['--endpoint', url, 'put', 'a', '1'],
      [`--endpoint=${url}`, 'put', 'a', '1'],
      ['put', '--endpoint', url, 'a', '1'],
      ['put', 'a', '1', `--endpoint=${url}`],
      ['--endpoint', elsewhere, 'put', 'a', '1'],
      ['put', 'a', '1', '--endpoint', new URL(url).host],
    ]) {
      expect({ argv, ...(await varve(argv)) }).toMatchObject({ argv, code: EXIT.ok, err: '' });
    }
    expect((await varve(['get', 'a', '--json', '--endpoint', url])).out).toContain('"version":6');
  });

  it('leaves the directory out', async () => {
    const { code, err } = await varve(['get', 'store', 'a', '--endpoint', 'http://127.0.0.1:1']);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('hint: with --endpoint the directory is left out\n');
    const { out } = await varve(['help', 'put', '--endpoint', 'http://127.0.0.1:1']);
    expect(out).toContain('Usage: varve put [options] <key> [value]\n');
  });

  it('is refused by what needs a directory, whatever else it is given', async () => {
    const commands = (await allCommands()).flatMap((spec) => {
      return 'commands' in spec ? spec.commands : [spec];
    });
    const embeddedOnly = commands.filter(({ endpoint }) => endpoint !== true);
    const names = embeddedOnly.map(({ name }) => name);
    expect(names).toContain('backup');
    expect(names).toContain('verify');
    expect(names).toContain('import-git');
    for (const { name, endpoint } of embeddedOnly satisfies CommandSpec[]) {
      const outcome = await varve([name, 'x', 'y', 'z', '--endpoint', 'http://127.0.0.1:1']);
      const hint = endpoint === undefined ? '' : `  hint: ${endpoint}\n`;
      const err = `varve: ${name} does not take --endpoint (ERR_USAGE)\n${hint}`;
      expect(outcome).toEqual({ code: EXIT.usage, out: '', err });
    }
  });

  it.each(['--user', '--tls-ca', '--tls-cert', '--tls-key'])('%s needs it', async (option) => {
    const { code, err } = await varve(['status', directory(), option, 'x']);
    expect(code).toBe(EXIT.usage);
    expect(err).toBe(`varve: ${option} needs --endpoint (ERR_USAGE)\n`);
  });

  it.each([
    [['--user', ':secret'], '--user takes name:password'],
    [['--user', 'name'], '--user takes name:password'],
    [['--tls-ca', '/none.pem'], '--tls-ca cannot be read: ENOENT'],
    [['--tls-cert', 'package.json'], '--tls-cert and --tls-key go together'],
  ])('%j makes no sense', async (flags, message) => {
    const argv = ['status', '--endpoint', 'https://127.0.0.1:1', ...flags];
    const { code, err } = await varve(argv);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(message);
  });

  it('takes a user to a server that knows none', async () => {
    const { url } = await serve('--memory');
    const as = (...flags: string[]): Promise<Outcome> =>
      varve(['--endpoint', url, 'put', 'a', '1', ...flags], { env: { VARVE_PASSWORD: 'x' } });
    expect((await as('--user', 'root:a:b')).code).toBe(EXIT.ok);
    expect((await as('--user', 'root')).code).toBe(EXIT.ok);
  });

  it('says when nobody is there, and what an endpoint is', async () => {
    expect(await varve(['status', '--endpoint', 'http://127.0.0.1:1'])).toEqual({
      code: EXIT.store,
      out: '',
      err: expect.stringMatching(
        /^varve: no endpoint can be reached: http:\/\/127\.0\.0\.1:1 \(ERR_UNAVAILABLE\)\n {2}hint: /,
      ),
    });
    const { code, err } = await varve(['status', '--endpoint', 'localhost']);
    expect(code).toBe(EXIT.store);
    expect(err).toContain('an endpoint is http://host:port');
  });
});

describe.skipIf(!hasOpenssl())('with certificates (skipped where no openssl makes them)', () => {
  it('both sides show one', async () => {
    makeCertificates();
    const files = (name: string): string[] => {
      const [cert, key] = [directory(`${name}.pem`), directory(`${name}.key`)];
      return ['--tls-ca', directory('ca.pem'), '--tls-cert', cert, '--tls-key', key];
    };
    const { url } = await serve(directory(), ...files('server'));
    expect(url).toMatch(/^https:/);
    const put = ['--endpoint', url, 'put', 'a', '1'];
    expect(await varve([...put, ...files('client')])).toEqual({
      code: EXIT.ok,
      out: 'revision 2\n',
      err: '',
    });
    const stranger = await varve([...put, '--tls-ca', directory('ca.pem')]);
    expect(stranger.code).toBe(EXIT.store);
    expect(stranger.err).toContain('(ERR_UNAVAILABLE)');
  });
});

function hasOpenssl(): boolean {
  try {
    openssl('version');
    return true;
  } catch {
    return false;
  }
}

/** ca, server and client: `.pem` and `.key` each. */
function makeCertificates(): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const make = (name: string, ...rest: string[]): void =>
    openssl('req', ...curve, '-keyout', directory(`${name}.key`), '-subj', `/CN=${name}`, ...rest);
  make('ca', '-x509', '-out', directory('ca.pem'));
  writeFileSync(directory('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  for (const name of ['server', 'client']) {
    make(name, '-out', directory(`${name}.csr`));
    const by = ['-CA', directory('ca.pem'), '-CAkey', directory('ca.key'), '-CAcreateserial'];
    const csr = ['-in', directory(`${name}.csr`), '-extfile', directory('names')];
    openssl('x509', '-req', ...csr, ...by, '-days', '1', '-out', directory(`${name}.pem`));
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}
