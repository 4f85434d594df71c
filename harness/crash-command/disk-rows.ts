/** A disk before something befell it and after, file by file, in signs and words that each report shows as it can. */
import type { PartName } from '../crash/part.ts';
import type { FileFate, SectorFate } from '../disk/fates.ts';
import { grouped } from '../report/text.ts';

/** 'there': nobody says how much of it was synced. */
export type Sector = SectorFate | 'there';

export interface FileRows {
  readonly path: string;
  /** What became of its name and its size. */
  readonly note: string;
  readonly before: readonly Sector[];
  readonly after: readonly Sector[];
}

export interface DiskRows {
  readonly harmed: readonly FileRows[];
  /** As they were: with all that was written, none of it in doubt. */
  readonly whole: readonly FileRows[];
}

export const SECTOR_BYTES = 512;

const WORDS: Readonly<Record<Sector, readonly [sign: string, meaning: string]>> = {
  synced: ['=', 'synced'],
  new: ['+', 'written since'],
  there: ['#', 'there, synced or not'],
  old: ['-', 'lost: as it was when it was synced'],
  between: ['~', 'an earlier one of several writes'],
  torn: ['/', 'half of it kept'],
  zeros: ['0', 'zeros instead'],
  damaged: ['x', 'damaged'],
  cut: ['.', 'beyond the end of the file'],
};

export const SECTORS = Object.keys(WORDS) as readonly Sector[];
export const signOf = (sector: Sector): string => WORDS[sector][0];
export const meaningOf = (sector: Sector): string => WORDS[sector][1];

/** What comes between before and after. */
export const eventOf = (part: PartName): string => (part === 'corruption' ? 'damage' : 'crash');

export function diskRows(part: PartName, disk: readonly FileFate[]): DiskRows {
  // Nothing is in doubt on the disk of a store that is closed.
  const isClosed = part === 'corruption';
  const rows = disk.map((file) => {
    const isWhole =
      file.name === 'kept' &&
      file.bytesBefore === file.bytesAfter &&
      file.sectors.every((fate) => fate === 'synced');
    return { isWhole, file: rowsOf(file, isClosed) };
  });
  const those = (whole: boolean): FileRows[] =>
    rows.filter(({ isWhole }) => isWhole === whole).map(({ file }) => file);
  return { harmed: those(false), whole: those(true) };
}

function rowsOf(file: FileFate, isClosed: boolean): FileRows {
  const { path, name, bytesBefore, bytesAfter, sectors } = file;
  const [countBefore, countAfter] = [bytesBefore, bytesAfter].map((bytes) =>
    Math.ceil(bytes / SECTOR_BYTES),
  ) as [number, number];
  const length = Math.max(countBefore, countAfter);
  const was = (index: number): Sector => {
    if (isClosed || sectors[index] === 'synced') return 'synced';
    return 'new';
  };
  const before = Array.from({ length }, (_, index): Sector => {
    if (index >= countBefore) return 'cut';
    return name === 'kept' || isClosed ? was(index) : 'there';
  });
  const after = Array.from(
    { length },
    (_, index): Sector => (index < countAfter ? (sectors[index] ?? 'cut') : 'cut'),
  );
  return { path, note: noteOf(file), before, after };
}

const NAMES: Readonly<Record<FileFate['name'], string>> = {
  kept: '',
  lost: 'the name is gone',
  older: 'the name leads to an older file again',
  back: 'was removed or renamed, and is back',
};

function noteOf({ name, bytesBefore, bytesAfter }: FileFate): string {
  const bytes =
    bytesBefore === bytesAfter
      ? `${grouped(bytesAfter)} bytes`
      : `${grouped(bytesBefore)} bytes, then ${grouped(bytesAfter)}`;
  return name === 'kept' ? bytes : `${NAMES[name]}; ${bytes}`;
}
