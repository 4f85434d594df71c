/** Whether what the backend keeps in memory is right: the count of bytes, alive and dead, segment by segment. */
import { RECORD_HEADER_BYTES } from '../log/format.ts';
import type { Report } from '../log/verify-segment.ts';
import { type BackendState, entryBytes } from './backend-state.ts';

export type { Report };

/** Between two slices the store may change; then it is counted again, but not for ever. */
const ATTEMPTS = 4;
const SLICE_ORDINALS = 16 * 1024;

interface Sums {
  readonly live: number[];
  readonly dead: number[];
}

/** Yields between slices. */
export function* verifySpace(state: BackendState, report: Report): Generator<void, void, void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = fingerprint(state);
    const sums = yield* recount(state);
    if (fingerprint(state) !== before) continue;
    compare(state, sums, report);
    return;
  }
}

/** Changes with everything that changes a sum. */
function fingerprint({ table, removals, space }: BackendState): string {
  const slots = Array.from(space.slots, (slot) => [space.liveIn(slot), space.deadIn(slot)]);
  return JSON.stringify([table.count, removals, slots]);
}

function* recount({ table, buckets }: BackendState): Generator<void, Sums, void> {
  const sums: Sums = { live: [], dead: [] };
  let slice = 0;
  for (let at = table.nextLeft(0); at < table.count; at = table.nextLeft(at + 1)) {
    add(table.isBuried(at) ? sums.dead : sums.live, table.slotOf(at), table.sizeOf(at));
    if (++slice % SLICE_ORDINALS === 0) yield;
  }
  for (const [key, entry] of buckets.all()) add(sums.live, entry.slot, entryBytes(key, entry));
  return sums;
}

function add(sums: number[], slot: number, bytes: number): void {
  sums[slot] = (sums[slot] ?? 0) + bytes;
}

/** Entries of small buckets that were overtaken are dead and nowhere listed: so dead is a lower bound. */
function compare({ space }: BackendState, { live, dead }: Sums, report: Report): void {
  let total = 0;
  for (const slot of space.slots) {
    const [counted, found] = [space.liveIn(slot), live[slot] ?? 0];
    total += found;
    if (counted !== found) {
      report(
        `segment slot ${slot}: ${found} bytes are alive and ${counted} are counted: open the store again, which counts anew`,
      );
    }
    const extra = space.deadIn(slot) - (dead[slot] ?? 0);
    if (extra < 0 || (extra > 0 && extra < RECORD_HEADER_BYTES)) {
      report(
        `segment slot ${slot}: ${dead[slot] ?? 0} bytes are dead and ${space.deadIn(slot)} are counted: open the store again, which counts anew`,
      );
    }
  }
  if (total !== space.liveBytes) {
    report(
      `${total} bytes are alive in all and ${space.liveBytes} are counted: open the store again, which counts anew`,
    );
  }
}
