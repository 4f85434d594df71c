/** etcdctl's transaction syntax: what lines mean, and where errors are said to be. */
import { describe, expect, it } from 'vitest';
import type { TxnRequest } from '../../types.ts';
import { PROMPTS, textTxn } from './txn-text.ts';

async function* lines(text: string): AsyncGenerator<string, void, undefined> {
  yield* text.split('\n');
}

const parsed = async (text: string): Promise<TxnRequest> => await textTxn(lines(text));

/** Bytes as latin1 text, to compare with. */
const shown = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, part: unknown) => {
      if (typeof part === 'bigint') return `${part}n`;
      const isBuffer = typeof part === 'object' && part !== null && 'data' in part;
      return isBuffer ? Buffer.from(part.data as number[]).toString('latin1') : part;
    }),
  );

describe('compares', () => {
  it.each([
    ['mod("key1") > "0"', 'mod', 'key1', '>', 0],
    ['m(key1) > 0', 'mod', 'key1', '>', 0],
    ['  create ( "a b" )!= 7 ', 'create', 'a b', '!=', 7],
    ['c("a")<"-1"', 'create', 'a', '<', -1],
    ['version("a") = "3"', 'version', 'a', '=', 3],
    ['ver("a") = 3', 'version', 'a', '=', 3],
    ['value("a") = "x y"', 'value', 'a', '=', 'x y'],
    ["val('a)') = '\\x'", 'value', 'a)', '=', '\\x'],
    ['value("\\xff\\n\\"") < "\\\\"', 'value', '\xff\n"', '<', '\\'],
    ['value("a") = ""', 'value', 'a', '=', ''],
    ['lease("a") = "7fff"', 'lease', 'a', '=', '32767n'],
  ])('%s', async (text, target, selector, result, operand) => {
    const { if: compares } = await parsed(text);
    expect(shown(compares)).toEqual([{ selector, target, result, operand }]);
  });

  it.each([
    ['mode("a") = 1', /^line 1, column 1: a compare begins with .* not "mode"$/],
    ['toString("a") = 1', /^line 1, column 1: a compare begins/],
    ['mod "a" = 1', /^line 1, column 5: \( is missing$/],
    ['mod("a" = 1', /^line 1, column 9: \) is missing$/],
    ['mod() = 1', /^line 1, column 5: the key is missing$/],
    ['mod("a") 1', /^line 1, column 10: =, !=, > or < is missing$/],
    ['mod("a") == 1', /^line 1, column 10: == is none of/],
    ['mod("a") =', /^line 1, column 11: what to compare with is missing$/],
    ['mod("a") = x', /^line 1, column 12: mod is compared with a whole number$/],
    ['mod("a") = ""', /^line 1, column 12: mod is compared/],
    ['mod("a") = 9007199254740992', /^line 1, column 12: mod is compared/],
    ['lease("a") = xyz', /^line 1, column 14: a lease is a hexadecimal number$/],
    ['mod("a") = 1 2', /^line 1, column 14: a compare ends here$/],
    ['value("a") = "x', /^line 1, column 14: the quote " is not closed$/],
    ['value("a\\q") = 1', /^line 1, column 9: no such escape: \\q$/],
    ['put a 1', /^line 1, column 1: a compare begins/],
  ])('%s is refused', async (text, message) => {
    await expect(parsed(text)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringMatching(message) }),
    );
  });
});

describe('requests', () => {
  it.each([
    ['put a 1', { op: 'put', key: 'a', value: '1' }],
    ['put "a b" ""', { op: 'put', key: 'a b', value: '' }],
    ["put a it's", { op: 'put', key: 'a', value: "it's" }],
    ['put a -- --b', { op: 'put', key: 'a', value: '--b' }],
    ['put a "--b"', { op: 'put', key: 'a', value: '--b' }],
    ['put a 1 --prev-kv', { op: 'put', key: 'a', value: '1', options: { prevKv: true } }],
    ['put --lease ff a 1', { op: 'put', key: 'a', value: '1', options: { lease: '255n' } }],
    ['put a --ignore-value', { op: 'put', value: '', options: { ignoreValue: true } }],
    ['get a', { op: 'range', selector: 'a', options: { limit: 0, revision: 0, sort: 'key' } }],
    ['get a b', { op: 'range', selector: { gte: 'a', lt: 'b' } }],
    ['get a --prefix', { op: 'range', selector: { prefix: 'a' } }],
    ['get "" --prefix', { op: 'range', selector: { prefix: '' } }],
    ['get a --from-key --limit=2', { selector: { gte: 'a' }, options: { limit: 2 } }],
    ['get "" --from-key', { op: 'range', selector: { all: true } }],
    ['get a --rev 5 --keys-only', { options: { revision: 5, keysOnly: true } }],
    [
      'get a --sort-by=MODIFY --order=DESCEND',
      { op: 'range', options: { sort: 'mod', reverse: true } },
    ],
    ['del a', { op: 'deleteRange', selector: 'a' }],
    ['del a c --prev-kv', { selector: { gte: 'a', lt: 'c' }, options: { prevKv: true } }],
  ])('%s', async (text, op) => {
    expect(shown(await parsed(`\n${text}`))).toMatchObject({ if: [], then: [op], else: [] });
  });

  it.each([
    ['Put a 1', /^line 2, column 1: put, get or del, not "Put"$/],
    ['constructor a', /^line 2, column 1: put, get or del/],
    ['put', /^line 2, column 4: the key is missing$/],
    ['put a', /^line 2, column 6: the value is missing$/],
    ['put a 1 2', /^line 2, column 9: one word too many: 2$/],
    ['put a 1 --prefix', /^line 2, column 9: no such flag: --prefix$/],
    ['put a 1 --prev-kv=yes', /^line 2, column 9: --prev-kv takes no value$/],
    ['get a --limit', /^line 2, column 7: --limit needs a value$/],
    ['get a --limit=some', /^line 2, column 7: --limit takes a whole number, not some$/],
    ['get a --sort-by=age', /^line 2, column 7: --sort-by takes KEY, VERSION/],
    ['get a b --prefix', /^line 2, column 5: an end and --prefix do not go together$/],
    ['del a --from-key --prefix', /^line 2, column 5: --prefix and --from-key do not/],
    ['get a b c', /^line 2, column 9: one word too many: c$/],
    ["put a 'b", /^line 2, column 7: the quote ' is not closed$/],
  ])('%s is refused', async (text, message) => {
    await expect(parsed(`\n${text}`)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringMatching(message) }),
    );
  });
});

describe('blocks', () => {
  it('are three, each ended by an empty line, the last by the end of the input', async () => {
    const text = 'mod(a) = 1\nmod(b) = 2\n\nget a\n\nget b\nget c';
    const request = shown(await parsed(text)) as Record<string, unknown[]>;
    expect(Object.values(request).map((block) => block.length)).toEqual([2, 1, 2]);
  });

  it.each(['', '\n', '\n\n', '\n\n\n', ' \n\t\n'])('may all be empty: %j', async (text) => {
    expect(await parsed(text)).toEqual({ if: [], then: [], else: [] });
  });

  it('are not four', async () => {
    await expect(parsed('\n\n\n\nget a')).rejects.toThrow('line 5, column 1: a transaction has');
  });

  it('are prompted for when somebody types, who need not end the input', async () => {
    const prompts: string[] = [];
    let isAsked = false;
    async function* typed(): AsyncGenerator<string, void, undefined> {
      yield* ['mod(a) = 0', '', 'get a', '', ''];
      isAsked = true;
    }
    const request = await textTxn(typed(), async (text) => {
      prompts.push(text);
    });
    expect(request.then).toHaveLength(1);
    expect(prompts).toEqual([...PROMPTS]);
    expect(isAsked).toBe(false);
  });
});
