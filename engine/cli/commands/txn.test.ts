/** `varve txn`: from standard input to what etcdctl would print. */
import { describe, expect, it } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, type Outcome, varve } from '../cli-playground.contract.ts';

const directory = freshDirectory();
const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');
const ok = (...all: string[]): Outcome => ({ code: EXIT.ok, out: lines(...all), err: '' });

/** Revision 3: a=1, b=2. */
async function filled(): Promise<string> {
  const path = directory();
  await varve(['put', path, 'a', '1']);
  await varve(['put', path, 'b', '2']);
  return path;
}

const txn = (path: string, stdin: string | Uint8Array, ...flags: string[]): Promise<Outcome> =>
  varve(['txn', path, ...flags], { stdin });

describe('txn', () => {
  it('does what stands in the branch that its compares choose', async () => {
    const path = await filled();
    const text = 'value("a") = "1"\n\nput a 5 --prev-kv\nget a\ndel b\n\nput c 1\n';
    expect(await txn(path, text)).toEqual(ok('SUCCESS', '', 'OK', 'a', '1', '', 'a', '5', '', '1'));
    expect(await txn(path, text)).toEqual(ok('FAILURE', '', 'OK'));
    expect((await varve(['range', path])).out).toBe('a\t5\nc\t1\n');
    expect((await varve(['log', path, '--oneline', '-n', '2'])).out).toBe('5 A c\n4 M a, D b\n');
  });

  it('without compares succeeds, and prints bytes escaped', async () => {
    const path = await filled();
    expect(await txn(path, '\nput "k\\n" "\\xff"\nget "k\\n"\nget a z --keys-only\n')).toEqual(
      ok('SUCCESS', '', 'OK', '', 'k\\n', '\\xff', '', 'a', 'b', 'k\\n'),
    );
  });

  it('makes no revision if nothing is written', async () => {
    const path = await filled();
    expect(await txn(path, '\nget a\ndel none\n', '--json')).toMatchObject({
      code: EXIT.ok,
      out: expect.stringContaining('"revision":3'),
    });
    expect(await txn(path, '')).toEqual(ok('SUCCESS'));
    expect((await varve(['status', path, '--json'])).out).toContain('"revision":3');
  });

  it('answers in JSON', async () => {
    const path = await filled();
    const { out } = await txn(path, '\nput a 9 --prev-kv\nget a\ndel b --prev-kv\n', '--json');
    const kv = { key: 'a', createRevision: 2 };
    expect(JSON.parse(out)).toEqual({
      succeeded: true,
      revision: 4,
      responses: [
        { revision: 4, prevKv: { ...kv, value: '1', modRevision: 2, version: 1 } },
        {
          revision: 4,
          count: 1,
          more: false,
          kvs: [{ ...kv, value: '9', modRevision: 4, version: 2 }],
        },
        {
          revision: 4,
          deleted: 1,
          prevKvs: [{ key: 'b', value: '2', createRevision: 3, modRevision: 3, version: 1 }],
        },
      ],
    });
  });

  it('takes JSON in the shape of the API, nested too', async () => {
    const path = await filled();
    const request = {
      if: [
        { selector: { prefix: 'a' }, target: 'version', result: '=', operand: 1 },
        { selector: 'b', target: 'lease', result: '=', operand: '0' },
        { selector: 'b', target: 'value', result: '!=', operand: { base64: '/w==' } },
      ],
      then: [
        { op: 'put', key: { base64: '/w==' }, value: 'x' },
        { op: 'put', key: 'a', options: { ignoreValue: true } },
        {
          op: 'txn',
          txn: { then: [{ op: 'range', selector: { gte: 'a' }, options: { limit: 1 } }] },
        },
      ],
      else: [{ op: 'deleteRange', selector: { all: true } }],
    };
    expect(await txn(path, `\n ${JSON.stringify(request)}`)).toEqual(
      ok('SUCCESS', '', 'OK', '', 'OK', '', 'SUCCESS', '', 'a', '1'),
    );
    expect((await varve(['range', path, '-k'])).out).toBe('a\nb\n\\xff\n');
    const out = (await txn(path, JSON.stringify(request), '--json', '--json-input')).out;
    expect(JSON.parse(out)).toMatchObject({ succeeded: false, responses: [{ deleted: 3 }] });
  });

  it('prompts on standard error when it is interactive', async () => {
    const path = await filled();
    const { out, err } = await txn(path, '\nget a\n\nget b\n', '-i');
    expect(out).toBe(lines('SUCCESS', '', 'a', '1'));
    expect(err).toBe(
      lines('compares:', 'success requests (get, put, del):', 'failure requests (get, put, del):'),
    );
  });
});

describe('txn refuses', () => {
  it.each([
    ['mod("a") ? 1', /line 1, column 10: .*\(ERR_USAGE\)\n {2}hint: a compare is /],
    ['\nput a', /line 2, column 6: the value is missing \(ERR_USAGE\)\n {2}hint: put <key>/],
    ['{"then":', /the transaction is no JSON: .*\(ERR_USAGE\)\n$/],
    ['{"the":[]}', /no such field: the \(ERR_USAGE\)\n {2}hint: if, then, else\n$/],
    ['{"then":[{"op":"add"}]}', /then\[0\]\.op is one of put, range, deleteRange, txn, not "add"/],
    ['{"then":[{"op":"put","key":"a"}]}', /then\[0\]\.value is missing: text or /],
    ['{"then":[{"op":"put","key":1,"value":""}]}', /then\[0\]\.key is text or .* not 1 /],
    ['{"then":[{"op":"txn","txn":{"if":{}}}]}', /then\[0\]\.txn\.if is a list, not \{\} /],
    [
      '{"if":[{"selector":"a","target":"mod","result":"=","operand":"1"}]}',
      /if\[0\]\.operand is a/,
    ],
    ['{"if":[{"selector":{"pre":"a"}}]}', /if\[0\]\.selector: no such field: pre /],
  ])('%j', async (stdin, message) => {
    const path = await filled();
    const { code, out, err } = await txn(path, stdin);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toMatch(message);
    expect((await varve(['status', path, '--json'])).out).toContain('"revision":3');
  });

  it('bytes that are not UTF-8', async () => {
    const { code, err } = await txn(await filled(), Buffer.from('\nput a \xff', 'latin1'));
    expect({ code, err }).toEqual({ code: EXIT.usage, err: expect.stringContaining('\\xNN') });
  });

  it('what the store refuses, with nothing done', async () => {
    const path = await filled();
    const { code, out, err } = await txn(path, '\nput c 1\nput c 2\n');
    expect({ code, out }).toEqual({ code: EXIT.store, out: '' });
    expect(err).toContain('(ERR_DUPLICATE_KEY)');
    expect((await txn(path, '\nput c 1\nget a --rev=99\n')).err).toContain('(ERR_FUTURE_REVISION)');
    expect((await varve(['range', path, '-k'])).out).toBe('a\nb\n');
  });

  it('a directory without a store', async () => {
    const { code, err } = await txn(directory('none'), '\nput a 1\n');
    expect({ code, err }).toEqual({
      code: EXIT.store,
      err: expect.stringContaining('(ERR_NOT_FOUND)'),
    });
  });
});
