/** doctor and repair, as they are typed. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { open } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import { freshDirectory, varve } from '../cli-playground.contract.ts';

const directory = freshDirectory();

/** Revisions 2 to 9, each in a frame of its own. */
async function filled(): Promise<string> {
  const path = directory();
  const store = await open(path);
  for (let i = 2; i < 10; i++) await store.put(`key${i % 3}`, `value ${i}`);
  await store.close();
  return path;
}

function damage(path: string, value: string): void {
  const name = join(path, '0000000001.seg');
  const bytes = readFileSync(name);
  bytes[bytes.indexOf(value)]! ^= 1;
  writeFileSync(name, bytes);
}

const filesOf = (path: string): string[] =>
  readdirSync(path).map((name) => `${name} ${readFileSync(join(path, name), 'base64')}`);

describe('doctor', () => {
  it('has nothing to say of a sound store, and changes nothing', async () => {
    const path = await filled();
    const before = filesOf(path);
    const { code, out, err } = await varve(['doctor', path]);
    expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
    expect(out).toMatch(/^closed cleanly, after frame \d+ \(revision 9\)\n/);
    expect(out).toContain('sound: there is nothing to do');
    expect(filesOf(path)).toEqual(before);
  });

  it('names what is damaged, and ends with 1', async () => {
    const path = await filled();
    damage(path, 'value 5');
    const { code, out } = await varve(['doctor', path]);
    expect(code).toBe(1);
    expect(out).toContain(': revision 5\n');
    expect(out).toContain(`varve repair ${path} --salvage`);
    const json = await varve(['doctor', path, '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      state: 'damaged',
      opens: false,
      damage: [{ file: join(path, '0000000001.seg'), revisions: { from: 5, to: 5 } }],
    });
  });

  it('ends with 0 where the next open does what is to be done', async () => {
    const path = await filled();
    writeFileSync(join(path, 'MANIFEST.tmp'), '');
    const { code, out } = await varve(['doctor', path]);
    expect(code).toBe(EXIT.ok);
    expect(out).toContain('the next open for writing removes it');
  });

  it('refuses what is no store', async () => {
    const { code, err } = await varve(['doctor', directory('nothing')]);
    expect(code).toBe(EXIT.store);
    expect(err).toContain('ERR_NOT_FOUND');
  });
});

describe('repair', () => {
  it('copies what is readable, lists what is lost, and ends with 1', async () => {
    const path = await filled();
    damage(path, 'value 8');
    const before = filesOf(path);
    const out = directory('rescued');
    const ran = await varve(['repair', path, '--salvage', out]);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain(': revision 8\n');
    expect(ran.out).toMatch(/^history +from revision 8 on$/m);
    expect(filesOf(path)).toEqual(before);
    expect((await varve(['range', out])).out).toBe('key0\tvalue 9\nkey1\tvalue 7\nkey2\tvalue 5\n');
    expect((await varve(['verify', out])).out).toBe('no problems\n');
    expect((await varve(['put', out, 'key', 'again'])).out).toBe('revision 10\n');
  });

  it('copies what comes before the damage, with its history', async () => {
    const path = await filled();
    damage(path, 'value 8');
    const out = directory('early');
    const ran = await varve(['repair', path, '--salvage', out, '--before-damage', '--json']);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject({ complete: false, revision: 9, changes: 6 });
    expect((await varve(['get', out, 'key1', '-r', '4'])).out).toBe('value 4\n');
    expect((await varve(['put', out, 'key', 'again'])).out).toBe('revision 10\n');
  });

  it('ends with 0 if nothing was lost', async () => {
    const path = await filled();
    rmSync(join(path, 'MANIFEST'));
    const out = directory('rescued');
    const ran = await varve(['repair', path, '--salvage', out]);
    expect(ran.code).toBe(EXIT.ok);
    expect(ran.out).toContain(`nothing is lost: ${out} has all of it`);
    expect((await varve(['hash', out])).out).toContain('9');
  });

  it('does nothing in place, and overwrites nothing', async () => {
    const path = await filled();
    const inPlace = await varve(['repair', path]);
    expect(inPlace.code).toBe(EXIT.usage);
    expect(inPlace.err).toContain('never repaired in place: --salvage names');
    const onto = await varve(['repair', path, '--salvage', path]);
    expect(onto.code).toBe(EXIT.store);
    expect(onto.err).toContain('ERR_INVALID_ARGUMENT');
  });
});
