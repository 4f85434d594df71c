/** lease: grants, what hangs on them, what is left, and ids in every form. */
import { beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, type Outcome, varve } from '../cli-playground.contract.ts';
import { LEASE_ID, leaseHex, leaseIdOf } from '../lease-id.ts';

const directory = freshDirectory();
const ok = (...lines: string[]): Outcome => ({
  code: EXIT.ok,
  out: lines.map((line) => `${line}\n`).join(''),
  err: '',
});
const gone = (line: string): Outcome => ({ ...ok(line), code: EXIT.nothing });

const ID = '00000000000000a1';
let path = '';
beforeEach(async () => {
  path = directory();
  await varve(['put', path, 'a', '1']);
});
const lease = (verb: string, ...argv: string[]): Promise<Outcome> =>
  varve(['lease', verb, path, ...argv]);

describe('lease', () => {
  it('grants, lists, and revokes with the keys in one revision', async () => {
    expect(await lease('list')).toEqual({ ...ok(), code: EXIT.nothing });
    expect(await lease('grant', '60', '--id', 'A1')).toEqual(
      ok(`lease ${ID} granted with TTL(60s)`),
    );
    expect(await lease('grant', '9', '--id', 'b')).toMatchObject({ code: EXIT.ok });
    expect(await varve(['put', path, 'k', 'v', '--lease', 'a1'])).toEqual(ok('revision 3'));
    await varve(['txn', path], { stdin: '\nput l w --lease=a1\n' });
    expect(await lease('list')).toEqual(ok('000000000000000b', ID));
    expect((await varve(['get', path, 'k', '--json'])).out).toContain('"lease":"161"');
    expect(await lease('revoke', 'a1')).toEqual(ok(`lease ${ID} revoked`));
    expect((await varve(['log', path, '--oneline', '-n', '1'])).out).toBe('5 D k, D l\n');
    expect(await lease('list')).toEqual(ok('000000000000000b'));
  });

  it('says what is left, and which keys', async () => {
    await lease('grant', '60', '--id', 'a1');
    await varve(['put', path, 'k\\n', 'v', '--lease', 'a1', '--escaped']);
    await varve(['put', path, 'b', 'v', '--lease', 'a1']);
    expect((await lease('timetolive', 'a1')).out).toMatch(
      /^lease 00000000000000a1 granted with TTL\(60s\), remaining\((59|60)s\)\n$/,
    );
    expect((await lease('timetolive', 'a1', '--keys')).out.split('\n').slice(1)).toEqual([
      'b',
      'k\\n',
      '',
    ]);
    const json = JSON.parse((await lease('timetolive', 'a1', '--keys', '--json')).out) as object;
    expect(json).toEqual({
      id: '161',
      hex: ID,
      ttlSeconds: expect.any(Number),
      grantedTtlSeconds: 60,
      keys: [{ key: 'b' }, { key: 'k\n' }],
    });
    // A put without a lease takes it away (R126).
    await varve(['put', path, 'b', 'w']);
    await lease('revoke', 'a1');
    expect((await varve(['range', path, '-k'])).out).toBe('a\nb\n');
  });

  it('renews once', async () => {
    await lease('grant', '60', '--id', 'a1');
    expect(await lease('keep-alive', 'a1', '--once')).toEqual(
      ok(`lease ${ID} keepalived with TTL(60)`),
    );
    expect(await lease('keep-alive', 'a1', '--once', '--json')).toEqual(
      ok(`{"id":"161","hex":"${ID}","ttlSeconds":60}`),
    );
  });

  it('is gone', async () => {
    expect(await lease('timetolive', 'a1')).toEqual(gone(`lease ${ID} already expired`));
    expect(await lease('timetolive', 'a1', '--json')).toEqual(
      gone(`{"id":"161","hex":"${ID}","ttlSeconds":-1,"grantedTtlSeconds":0}`),
    );
    for (const more of [[], ['--once']]) {
      expect(await lease('keep-alive', 'a1', ...more)).toEqual(
        gone(`lease ${ID} expired or revoked`),
      );
    }
    const hint = expect.stringMatching(/\(ERR_LEASE_NOT_FOUND\)\n {2}hint: .*lease list/);
    const refused = { code: EXIT.store, out: '', err: hint };
    expect(await lease('revoke', 'a1')).toEqual(refused);
    expect(await varve(['put', path, 'k', 'v', '--lease', 'a1'])).toEqual(refused);
  });

  it('prints JSON that the command line takes back', async () => {
    const { out } = await lease('grant', '1', '--json');
    const { id, hex, ttlSeconds } = JSON.parse(out) as Record<string, string>;
    // R121.
    expect(ttlSeconds).toBe(2);
    expect(BigInt(`0x${hex}`)).toBe(BigInt(id!));
    expect((await lease('list', '--json')).out).toBe(`{"id":"${id}","hex":"${hex}"}\n`);
    expect(await lease('revoke', hex!, '--json')).toEqual(
      ok(`{"id":"${id}","hex":"${hex}","revision":2}`),
    );
  });

  it('ends with 130 when keep-alive is interrupted', async () => {
    await lease('grant', '60', '--id', 'a1');
    const argv = ['lease', 'keep-alive', path, 'a1'];
    const { code, err } = await varve(argv, { signal: AbortSignal.abort() });
    expect(code).toBe(EXIT.interrupted);
    expect(err).toContain('hint: the lease goes on when the directory is opened again');
  });
});

describe('lease refuses', () => {
  it.each([
    [['grant', 'PATH', '0'], EXIT.usage, '<ttl> takes a whole number above 0'],
    [['grant', 'PATH', '9000000001'], EXIT.store, '(ERR_LEASE_TTL_TOO_LARGE)'],
    [['grant', 'PATH', '5', '--id', 'a1'], EXIT.store, '(ERR_LEASE_EXISTS)\n  hint: '],
    [['grant', 'PATH', '5', '--id', 'xyz'], EXIT.usage, '--id takes a lease in hexadecimal'],
    [['revoke', 'PATH', '8000000000000000'], EXIT.usage, '<id> takes a lease in hexadecimal'],
    [['revoke'], EXIT.usage, "missing required argument 'dir'"],
    [
      ['grnt', 'PATH'],
      EXIT.usage,
      "unknown command 'grnt' (ERR_USAGE)\n  hint: Did you mean grant",
    ],
  ])('%j', async (argv, code, message) => {
    await lease('grant', '60', '--id', 'a1');
    const given = argv.map((word) => (word === 'PATH' ? path : word));
    expect(await varve(['lease', ...given])).toEqual({
      code,
      out: '',
      err: expect.stringContaining(message),
    });
  });

  it('to make a store for a lease that cannot be in it', async () => {
    const outcome = await varve(['put', directory('none'), 'k', 'v', '--lease', 'a1']);
    expect(outcome.err).toContain('(ERR_NOT_FOUND)');
    expect((await varve(['lease', 'grant', directory('none'), '5'])).code).toBe(EXIT.store);
  });
});

describe('the id of a lease', () => {
  it.each([
    [161n, '00000000000000a1'],
    [7_587_855_291_873_106_698n, '694d7a2f8f2a1b0a'],
    [-1n, '-000000000000001'],
    [2n ** 63n - 1n, '7fffffffffffffff'],
    [-(2n ** 63n), '-8000000000000000'],
  ])('%s in hexadecimal comes back', (id, expected) => {
    const hex = leaseHex(id);
    expect(hex).toBe(expected);
    expect(LEASE_ID.test(hex)).toBe(true);
    expect(leaseIdOf(hex)).toBe(id);
  });

  it.each(['', '-', '0x1', '8000000000000000', '-8000000000000001', '11111111111111111', 'g'])(
    'is not %j',
    (text) => {
      expect(LEASE_ID.test(text)).toBe(false);
    },
  );
});
