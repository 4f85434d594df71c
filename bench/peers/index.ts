/** The peers that are installed; for each of the others, why it is left out. */
import { betterSqlite3 } from './better-sqlite3.ts';
import { classicLevel } from './classic-level.ts';
import type { Contender } from './contender.ts';
import { lmdb } from './lmdb.ts';

export function installedPeers(): {
  readonly peers: readonly Contender[];
  readonly skipped: readonly string[];
} {
  const peers: Contender[] = [];
  const skipped: string[] = [];
  for (const [name, load] of Object.entries({ lmdb, classicLevel, betterSqlite3 })) {
    try {
      peers.push(load());
    } catch (error) {
      const [why] = (error as Error).message.split('\n');
      skipped.push(`${name} is left out (npm run bench:peers installs it): ${why}`);
    }
  }
  return { peers, skipped };
}
