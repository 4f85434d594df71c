/**
 * The life of one key (R85, R86), read off the list of its records. A **generation** is one life: it begins
 * with a put, gathers puts and ends with a tombstone; after it the next one is open and empty.
 *
 *     records          2.0 put   4.0 put   4.1 delete   6.0 put   7.0 put   9.0 delete
 *     generations      { 2.0, 4.0, 4.1 } created 2      { 6.0, 7.0, 9.0 } created 6      { }
 *
 *     seen at          1: nothing   2, 3: 2.0, version 1   4, 5: nothing   6: 6.0, version 1
 *                      7, 8: 7.0, version 2                from 9 on: nothing
 *
 *     compacted at 3   2.0 4.0 4.1 6.0 7.0 9.0             2.0 is what a read at 3 sees
 *                  4   4.1 6.0 7.0 9.0                     the tombstone of 4 itself stays (R83) …
 *                  5   6.0 7.0 9.0                         … and goes with the next compaction
 *                  7   7.0 9.0
 *                 10   nothing: the key is forgotten
 *
 * Records are in the order they were made, which is that of (main, sub); no tombstone follows another and
 * none comes first. Nothing here remembers anything: each answer is a walk over the whole list.
 */

/** The moment of one change: the revision of its transaction, and its place in it (R5). */
export interface Revision {
  readonly main: number;
  readonly sub: number;
}

export interface KeyRecord extends Revision {
  readonly tombstone: boolean;
}

export interface Generation<Record extends KeyRecord = KeyRecord> {
  /** Main revision of its first put. */
  readonly created: number;
  readonly records: readonly Record[];
}

/** What a read sees: a put, and what R10 says of it. */
export interface Seen<Record extends KeyRecord = KeyRecord> {
  readonly record: Record;
  readonly created: number;
  readonly version: number;
}

/** The end of a revision: everything that was made in it comes before. */
export function endOf(main: number): Revision {
  return { main, sub: Number.POSITIVE_INFINITY };
}

export function isAfter(a: Revision, b: Revision): boolean {
  return a.main > b.main || (a.main === b.main && a.sub > b.sub);
}

/** R85. The last one is open: empty right after a tombstone, and if there are no records. */
export function generationsOf<Record extends KeyRecord>(
  records: readonly Record[],
): Generation<Record>[] {
  const closed: { created: number; records: Record[] }[] = [];
  let open: Record[] = [];
  for (const record of records) {
    open.push(record);
    if (!record.tombstone) continue;
    closed.push({ created: open[0]!.main, records: open });
    open = [];
  }
  return [...closed, { created: open.at(0)?.main ?? 0, records: open }];
}

/** The newest put up to this moment, unless the key was deleted after it (R85). */
export function seenAt<Record extends KeyRecord>(
  records: readonly Record[],
  at: Revision,
): Seen<Record> | undefined {
  let seen: Record | undefined;
  let created = 0;
  let version = 0;
  for (const record of records) {
    if (isAfter(record, at)) break;
    if (record.tombstone) {
      seen = undefined;
      version = 0;
    } else {
      if (version === 0) created = record.main;
      seen = record;
      version++;
    }
  }
  return seen === undefined ? undefined : { record: seen, created, version };
}

/** R86: what a compaction at this revision keeps of what is not newer. A tombstone never counts. */
export function keep<Record extends KeyRecord>(
  records: readonly Record[],
  revision: number,
): Record | undefined {
  return seenAt(records, endOf(revision))?.record;
}

/**
 * R82, R83, R88: every record that is newer; of the others only the newest, if it is a put or was made in
 * this very revision. Newer and newest go by (main, sub).
 */
export function leftAfter<Record extends KeyRecord>(
  records: readonly Record[],
  revision: number,
): Record[] {
  const newest = records.filter(({ main }) => main <= revision).at(-1);
  return records.filter((record) => {
    if (record.main > revision) return true;
    return record === newest && (!record.tombstone || record.main === revision);
  });
}

/** R87: what was made in this revision or later; of several records of one revision the last. */
export function since<Record extends KeyRecord>(
  records: readonly Record[],
  revision: number,
): Record[] {
  const later = records.filter(({ main }) => main >= revision);
  return later.filter(({ main }, at) => later.at(at + 1)?.main !== main);
}
