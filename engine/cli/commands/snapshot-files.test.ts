/** export-snapshot and import-snapshot: there and back, and what they refuse. */
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, varve } from '../cli-playground.contract.ts';

const directory = freshDirectory();

async function filled(): Promise<string> {
  const path = directory();
  for (const value of ['1', '2', '3']) await varve(['put', path, 'a', value]);
  await varve(['put', path, 'b', '4']);
  await varve(['del', path, 'b']);
  await varve(['compact', path, '3', '--physical']);
  return path;
}

const json = async (...argv: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await varve([...argv, '--json'])).out) as Record<string, unknown>;

describe('export-snapshot and import-snapshot', () => {
  it('bring a store there and back', async () => {
    const [source, file, target] = [await filled(), directory('file'), directory('target')];
    const hash = String((await json('hash', source))['hash']);
    const exported = await varve(['export-snapshot', source, file]);
    expect(exported.code).toBe(EXIT.ok);
    expect(exported.out).toMatch(
      new RegExp(
        `^revision   6\ncompacted  up to revision 3\nhash       ${hash}\nsize       .* KiB\nsha256     [0-9a-f]{64}\n$`,
      ),
    );
    expect((await varve(['import-snapshot', file, target])).out).toBe(
      `revision   6\ncompacted  up to revision 3\nhash       ${hash}\nimported   1 key, 4 records, 0 leases\nleft out   cluster\n`,
    );
    expect((await varve(['log', target])).out).toBe((await varve(['log', source])).out);
  });

  it('say so as JSON', async () => {
    const [source, file, target] = [await filled(), directory('file'), directory('target')];
    const { hash } = await json('hash', source);
    const bytes = expect.any(Number) as number;
    const checksum = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    const all = { revision: 6, compactRevision: 3, hash };
    expect(await json('export-snapshot', source, file)).toEqual({ ...all, bytes, checksum });
    expect(await json('import-snapshot', file, target)).toEqual({
      ...all,
      keys: 1,
      leases: 0,
      records: 4,
      alarms: [],
      leftOut: ['cluster'],
    });
  });

  it('take a file without a hash only if told to', async () => {
    const [source, file, target] = [await filled(), directory('file'), directory('target')];
    await varve(['export-snapshot', source, file]);
    truncateSync(file, readFileSync(file).length - 32);
    const refused = await varve(['import-snapshot', file, target]);
    expect(refused).toMatchObject({ code: EXIT.store, out: '' });
    expect(refused.err).toContain('(ERR_CORRUPT)');
    const taken = await varve(['import-snapshot', file, target, '--skip-hash-check']);
    expect(taken).toMatchObject({ code: EXIT.ok, err: '' });
  });

  it('refuse files that exist, that do not, and that are none', async () => {
    const [source, file] = [await filled(), directory('file')];
    writeFileSync(file, 'something else');
    expect((await varve(['export-snapshot', source, file])).err).toContain(
      '(ERR_INVALID_ARGUMENT)',
    );
    expect(readFileSync(file, 'utf8')).toBe('something else');
    const target = directory('target');
    expect((await varve(['import-snapshot', file, target])).err).toContain('(ERR_CORRUPT)');
    expect((await varve(['import-snapshot', `${file}.not`, target])).err).toContain(
      '(ERR_NOT_FOUND)',
    );
    expect(existsSync(target)).toBe(false);
    expect((await varve(['import-snapshot', file, source])).code).toBe(EXIT.store);
  });
});
