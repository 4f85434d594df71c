/** The part of the file system contract that is about locks. Called by fs.contract.ts. */
import { expect, it } from 'vitest';
import { type CurrentPlayground, withCode } from './fs-playground.contract.ts';

export function lockContract(current: CurrentPlayground): void {
  it('lets one hold a lock and tells the other who does', () => {
    const { fs, directory } = current();
    const lock = fs.lock(`${directory}/LOCK`);
    expect(() => fs.lock(`${directory}/LOCK`)).toThrow(withCode('ERR_LOCKED'));
    expect(() => fs.lock(`${directory}/LOCK`)).toThrow(
      new RegExp(`LOCK is locked.* this very process .*${process.pid}`),
    );
    lock.release();
  });

  it('can be taken again after release, and released twice', () => {
    const { fs, directory } = current();
    const first = fs.lock(`${directory}/LOCK`);
    first.release();
    first.release();
    const second = fs.lock(`${directory}/LOCK`);
    first.release();
    expect(() => fs.lock(`${directory}/LOCK`)).toThrow(withCode('ERR_LOCKED'));
    second.release();
    expect(fs.list(directory)).toEqual([]);
  });

  it('keeps locks of different paths apart', () => {
    const { fs, directory } = current();
    fs.makeDirectory(`${directory}/d`);
    const paths = ['LOCK', 'LOCK2', 'd/LOCK'].map((name) => `${directory}/${name}`);
    for (const lock of paths.map((path) => fs.lock(path))) lock.release();
  });

  it('locks nothing in a directory that is missing: ENOENT', () => {
    const { fs, directory } = current();
    expect(() => fs.lock(`${directory}/missing/LOCK`)).toThrow(withCode('ENOENT'));
  });
}
