/** diff, inspect and completion: what shows more than keys and values. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, type Outcome, varve } from '../cli-playground.contract.ts';
import { allCommands } from '../commands.ts';
import { SHELLS } from '../completion-scripts.ts';
import { tableLines } from '../table.ts';

const directory = freshDirectory();
const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');
const ok = (...all: string[]): Outcome => ({ code: EXIT.ok, out: lines(...all), err: '' });

/** Revision 6: a=1, b/x=2, a=4, b/x deleted, b/y=5. */
async function filled(): Promise<string> {
  const path = directory();
  await varve(['put', path, 'a', '1']);
  await varve(['put', path, 'b/x', '2']);
  await varve(['put', path, 'a', '4']);
  await varve(['del', path, 'b/x']);
  await varve(['put', path, 'b/y', '5']);
  return path;
}

describe('diff', () => {
  it.each([
    [['3'], ['- a\t1', '+ a\t4', '- b/x\t2', '+ b/y\t5']],
    [
      ['3', 'now'],
      ['- a\t1', '+ a\t4', '- b/x\t2', '+ b/y\t5'],
    ],
    [
      ['5', '2'],
      ['- a\t4', '+ a\t1'],
    ],
    [
      ['3', '--names'],
      ['M a', 'D b/x', 'A b/y'],
    ],
    [
      ['3', '4', 'a'],
      ['- a\t1', '+ a\t4'],
    ],
    [
      ['3', 'now', 'b/', '--prefix', '--names'],
      ['D b/x', 'A b/y'],
    ],
    [
      ['3', 'now', '--names', '--range-end', 'b/y'],
      ['M a', 'D b/x'],
    ],
    [['6', '6'], []],
    [['3', '4', 'b/x'], []],
  ])('%j', async (argv, expected) => {
    const code = expected.length === 0 ? EXIT.nothing : EXIT.ok;
    expect(await varve(['diff', await filled(), ...argv])).toEqual({ ...ok(...expected), code });
  });

  it('prints both sides as JSON', async () => {
    const path = await filled();
    const { out } = await varve(['diff', path, '3', '--json']);
    const kv = { key: 'a', createRevision: 2 };
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      {
        key: 'a',
        before: { ...kv, value: '1', modRevision: 2, version: 1 },
        after: { ...kv, value: '4', modRevision: 4, version: 2 },
      },
      { key: 'b/x', before: expect.objectContaining({ value: '2' }) },
      { key: 'b/y', after: expect.objectContaining({ value: '5' }) },
    ]);
  });

  it.each([
    [['0'], EXIT.usage, '<from> takes a whole number above 0'],
    [['1', 'then'], EXIT.usage, '[to] takes a whole number above 0'],
    [['1', '--json', '--names'], EXIT.usage, 'do not go together'],
    [['3', '99'], EXIT.store, '(ERR_FUTURE_REVISION)'],
    [['3'], EXIT.store, '(ERR_COMPACTED)'],
    [['5', '3'], EXIT.store, '(ERR_COMPACTED)'],
  ])('%j is refused', async (argv, code, message) => {
    const path = await filled();
    await varve(['compact', path, '4']);
    expect(await varve(['diff', path, ...argv])).toEqual({
      code,
      out: '',
      err: expect.stringContaining(message),
    });
  });
});

describe('inspect', () => {
  it('shows segments and what in them is dead', async () => {
    const path = await filled();
    await varve(['compact', path, '6', '--physical']);
    const { out } = await varve(['inspect', path]);
    expect(out).toMatch(
      /^segment  state   file bytes +live +dead +dead %\n +1 {2}active +\d+ +\d+ +\d+ +\d+\.\d\n$/,
    );
    const { liveBytes, deadBytes, ...rest } = JSON.parse(
      (await varve(['inspect', path, '--json'])).out,
    ) as Record<string, number>;
    expect(rest).toMatchObject({ id: 1, file: '0000000001.seg', isActive: true, firstFrame: 1 });
    // As many as its records have, which are counted one by one.
    const records = (await varve(['inspect', path, '--records', '--json'])).out.trim().split('\n');
    const sum = { live: 0, dead: 0, log: 0 };
    for (const line of records) {
      const { state, bytes } = JSON.parse(line) as { state: keyof typeof sum; bytes: number };
      sum[state] += bytes;
    }
    expect(sum).toEqual({ live: liveBytes, dead: deadBytes, log: expect.any(Number) });
    expect(sum.dead).toBeGreaterThan(0);
  });

  it('shows records and where they lie', async () => {
    const path = await filled();
    await varve(['compact', path, '5', '--physical']);
    const { out } = await varve(['inspect', path, '--records', '--segment', '1']);
    const rows = out.split('\n').map((line) => line.trim().split(/ +/));
    expect(rows[0]).toEqual([
      'segment',
      'offset',
      'frame',
      'kind',
      'bucket',
      'revision',
      'bytes',
      'state',
      'key',
    ]);
    const [kind, bucket, revision, state, key] = [3, 4, 5, 7, 8];
    const cells = rows
      .slice(1, -1)
      .map((row) => [kind, bucket, revision, state, key].map((at) => row[at]));
    expect(cells).toEqual([
      ['put', 'key', '2.0', 'dead', 'a'],
      ['put', 'key', '3.0', 'dead', 'b/x'],
      ['put', 'key', '4.0', 'live', 'a'],
      // R83: kept until the next compaction.
      ['tombstone', 'key', '5.0', 'live', 'b/x'],
      ['put', 'key', '6.0', 'live', 'b/y'],
      ['put', 'meta', '-', 'live', 'scheduledCompactRev'],
      ['put', 'meta', '-', 'live', 'finishedCompactRev'],
      ['compact', 'key', '5.0', 'log', undefined],
    ]);
  });

  it('reads sealed segments as well', async () => {
    const path = directory();
    for (let i = 0; i < 5; i++) {
      await varve(['put', path, 'k'], { stdin: Buffer.alloc(400_000, i) });
    }
    const segments = (await varve(['inspect', path, '--json'])).out.trim().split('\n');
    expect(segments.length).toBeGreaterThan(1);
    expect(JSON.parse(segments[0]!)).toMatchObject({ isActive: false });
    const { out } = await varve(['inspect', path, '--records']);
    expect(out.split('\n').filter((line) => line.endsWith('live   k'))).toHaveLength(5);
  });

  it('shows the generations of a key, newest first', async () => {
    const path = await filled();
    await varve(['put', path, 'b/x', '6']);
    expect(await varve(['inspect', path, 'b/x'])).toEqual(
      ok(
        'generation  created  version  revisions',
        'open              7        1  7',
        'closed            3        1  3 5(t)',
      ),
    );
    expect((await varve(['inspect', path, 'b/x', '--json'])).out.split('\n')[1]).toBe(
      '{"created":3,"version":1,"isOpen":false,"revisions":[{"main":3,"sub":0},{"main":5,"sub":0}]}',
    );
  });

  it.each([
    [['--segment', '1'], EXIT.usage, '--segment needs --records'],
    [['a', '--records'], EXIT.usage, '--records takes no key'],
    [['--records', '--segment', '9'], EXIT.store, 'there is no segment 9: there are 1 '],
    [['none'], EXIT.nothing, 'no key none at any revision (ERR_KEY_NOT_FOUND)'],
  ])('%j is refused', async (argv, code, message) => {
    const outcome = await varve(['inspect', await filled(), ...argv]);
    expect(outcome).toMatchObject({ code, err: expect.stringContaining(message) });
  });
});

describe('completion', () => {
  it.each(SHELLS)('for %s knows every command and its options', async (shell) => {
    const { code, out } = await varve(['completion', shell]);
    expect(code).toBe(EXIT.ok);
    for (const { name } of await allCommands()) expect(out).toContain(name);
    for (const option of [
      'endpoint',
      'tls-ca',
      'listen',
      'revision',
      'bump-revision',
      'help',
      'keep-alive',
      'prev-kv',
    ]) {
      expect(out).toContain(option);
    }
  });

  it('for bash is a script that completes', async () => {
    const { out: script } = await varve(['completion', 'bash']);
    const complete = (...words: string[]): string[] => {
      const list = words.map((word) => `'${word}'`).join(' ');
      const tail = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _varve; echo "\${COMPREPLY[@]}"`;
      execFileSync('bash', ['-n'], { input: script });
      return execFileSync('bash', { input: `${script}\n${tail}\n`, encoding: 'utf8' })
        .trim()
        .split(' ');
    };
    expect(complete('varve', 'comp')).toEqual(['compact', 'completion']);
    expect(complete('varve', 'compact', '--ph')).toEqual(['--physical']);
    expect(complete('varve', 'range', 'store', '--sort', 'c')).toEqual(['create']);
    expect(complete('varve', 'completion', 'b')).toEqual(['bash']);
    expect(complete('varve', 'help', 'sta')).toEqual(['status']);
    expect(complete('varve', 'lease', 'g')).toEqual(['grant']);
    expect(complete('varve', 'lease', 'help', 'rev')).toEqual(['revoke']);
    expect(complete('varve', 'lease', 'timetolive', '--k')).toEqual(['--keys']);
    expect(complete('varve', 'lease', 'grant', 'store', '--k')).toEqual(['']);
    expect(complete('varve', 'watch', 'store', '--only', 'd')).toEqual(['delete']);
    expect(complete('varve', 'get', 'sto')).toEqual(['']);
    expect(complete('varve', 'put', '--end')).toEqual(['--endpoint']);
    expect(complete('varve', 'serve', 'store', '--sync', 'n')).toEqual(['never']);
    // As the shell takes --endpoint http://host:2379 apart.
    const endpoint = ['--endpoint', 'http', ':', '//host', ':', '2379'];
    expect(complete('varve', ...endpoint, 'comp')).toEqual(['compact', 'completion']);
    expect(complete('varve', '--endpoint', '=', ...endpoint.slice(1), 'lease', 'g')).toEqual([
      'grant',
    ]);
    expect(complete('varve', ...endpoint, 'range', '--sort', 'c')).toEqual(['create']);
    expect(complete('varve', '--endpoint', 'ht')).toEqual(['']);
  });

  it('knows three shells', async () => {
    const { code, err } = await varve(['completion', 'sh']);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('Allowed choices are bash, zsh, fish');
  });
});

it('a table is as wide as its widest cells', () => {
  const columns = [{ title: 'n', isRight: true }, { title: 'name' }, { title: 'x' }];
  expect(
    tableLines(columns, [
      ['1', 'a', ''],
      ['100', 'long', 'y'],
    ]),
  ).toEqual(['  n  name  x', '  1  a', '100  long  y']);
});
