/** The disk on the page: a square for each sector, in two rows for each file. */
import type { PartName } from '../crash/part.ts';
import type { FileFate } from '../disk/fates.ts';
import { escaped, section } from '../report/html-text.ts';
import { counted, grouped } from '../report/text.ts';
import {
  diskRows,
  eventOf,
  type FileRows,
  meaningOf,
  type Sector,
  SECTOR_BYTES,
  SECTORS,
} from './disk-rows.ts';

/** More of one file nobody looks at one by one. */
const SQUARES_MAX = 1024;
/** As many files that nothing befell are shown unasked. */
const OPEN_MAX = 8;

export const DISK_STYLE = `
  .file { margin: 14px 0 } .file h3 { margin: 0 0 4px; overflow-wrap: anywhere }
  .file small { color: var(--dim); font-weight: 400 }
  .file > div { display: flex; gap: 10px; margin: 3px 0; align-items: baseline }
  .file > div > span { flex: none; width: 44px; font-size: 12px; color: var(--dim) }
  .sectors { display: flex; flex-wrap: wrap; gap: 2px; margin: 0; align-items: center }
  .sectors i { display: block; width: 15px; height: 15px; border-radius: 2px }
  .synced { background: var(--accent) } .there { background: var(--dim) }
  .new { background: var(--good) } .between { background: var(--warn) }
  .old { background: var(--accent-back); box-shadow: inset 0 0 0 2px var(--accent) }
  .torn { background: linear-gradient(135deg, var(--good) 50%, var(--accent-back) 50%);
       box-shadow: inset 0 0 0 1px var(--accent) }
  .zeros { box-shadow: inset 0 0 0 2px var(--bad) } .damaged { background: var(--bad) }
  .cut { box-shadow: inset 0 0 0 1px var(--line) }
  .key { display: flex; flex-wrap: wrap; gap: 6px 18px; font-size: 13px; color: var(--dim) }
  .key > span { display: flex; gap: 6px; align-items: center }
`;

export function diskSection(part: PartName, disk: readonly FileFate[]): string {
  const { harmed, whole } = diskRows(part, disk);
  const used = new Set([...harmed, ...whole].flatMap(({ before, after }) => [...before, ...after]));
  const key = SECTORS.filter((sector) => used.has(sector)).map(
    (sector) =>
      `<span><span class="sectors">${square(sector)}</span>${escaped(meaningOf(sector))}</span>`,
  );
  return section(
    `${part}-disk`,
    `${part}: the disk before the ${eventOf(part)} and after it`,
    `<p class="dim">A square for each ${SECTOR_BYTES} bytes.</p>`,
    `<div class="key">${key.join('')}</div>`,
    ...harmed.map(fileOf),
    ...(whole.length === 0
      ? []
      : [
          `<details${whole.length <= OPEN_MAX ? ' open' : ''}>`,
          `<summary>${counted(whole.length, 'file')} as before</summary>`,
          ...whole.map(fileOf),
          '</details>',
        ]),
  );
}

function fileOf({ path, note, before, after }: FileRows): string {
  return [
    `<div class="file"><h3><code>${escaped(path)}</code> <small>${escaped(note)}</small></h3>`,
    `<div><span>before</span>${squares(before)}</div>`,
    `<div><span>after</span>${squares(after)}</div></div>`,
  ].join('');
}

function squares(sectors: readonly Sector[]): string {
  const shown = sectors.slice(0, SQUARES_MAX).map((sector, i) => square(sector, `sector ${i}: `));
  const left = sectors.length - shown.length;
  const more = left > 0 ? `<small>and ${grouped(left)} more</small>` : '';
  return `<div class="sectors">${shown.join('')}${more}</div>`;
}

function square(sector: Sector, where = ''): string {
  return `<i class="${sector}" title="${where}${escaped(meaningOf(sector))}"></i>`;
}
