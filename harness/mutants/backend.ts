/** Bugs in what keeps the records: buffers that are shared, places that are wrong, what cleaning drops. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'disk', profile: 'uniform' } as const;
const inMemory = { target: 'memory', profile: 'uniform' } as const;
const SURVIVORS = 'engine/backend/survivors.ts';
const REMOVALS = 'engine/backend/removals.ts';

const buffers: readonly Mutant[] = [
  {
    name: 'the value that a caller gave is kept and not copied',
    file: 'engine/backend/memory-backend.ts',
    find: ': new Uint8Array(record.value);',
    replace: ': record.value;',
    caughtBy: inMemory,
    rule: 'arguments are the caller’s',
    runs: 300,
  },
  {
    name: 'the value that a caller gave is kept if it is a Buffer',
    file: 'engine/backend/memory-backend.ts',
    find: ': new Uint8Array(record.value);',
    replace: ': record.value.slice();',
    caughtBy: { target: 'mvcc', profile: 'uniform' },
    rule: 'arguments are the caller’s',
    runs: 300,
  },
  {
    name: 'the store hands out the value that it keeps',
    file: 'engine/backend/memory-backend.ts',
    find: 'return new Uint8Array(this.#value);',
    replace: 'return this.#value;',
    caughtBy: inMemory,
    rule: 'answers are the caller’s',
    runs: 300,
  },
  {
    name: 'values read from the log share their last bytes',
    file: 'engine/log/record.ts',
    find: 'slabUsed = (slabUsed + length + 7) & ~7;',
    replace: 'slabUsed = (slabUsed + length) & ~7;',
    caughtBy,
    rule: 'answers are the caller’s',
    runs: 300,
  },
  {
    name: 'a value that is read is a view of the log',
    file: 'engine/log/record.ts',
    find: 'return copyOut(this.buffer, end - this.valueBytes, end);',
    replace: 'return this.buffer.subarray(end - this.valueBytes, end);',
    caughtBy,
    rule: 'answers are the caller’s',
    runs: 300,
  },
  {
    name: 'a unit of one segment is taken for the same place in another',
    file: 'engine/log/segment-cache.ts',
    find: 'if (segment === this.#asideSegment && start === this.#asideStart) return;',
    replace: 'if (this.#asideSegment !== null && start === this.#asideStart) return;',
    caughtBy,
    rule: 'reads are of what was written',
    runs: 300,
  },
];

const places: readonly Mutant[] = [
  {
    name: 'a transaction that moves to the next segment takes the places of others along',
    file: 'engine/backend/log-backend.ts',
    find: '    this.#firstOrdinal = this.#state.table.count;\n',
    replace: '',
    caughtBy,
    rule: 'reads are of what was written',
    runs: 300,
  },
  {
    name: 'a transaction that moves to the next segment is looked for at its old offset',
    file: 'engine/backend/log-backend.ts',
    find: 'table.move(ordinal, to.slot, table.placeOf(ordinal) + shift);',
    replace: 'table.move(ordinal, to.slot, table.placeOf(ordinal));',
    caughtBy,
    rule: 'reads are of what was written',
    runs: 300,
  },
  {
    name: 'the bytes of a transaction that was taken back stay in the log',
    file: 'engine/log/log-writer.ts',
    find: '    this.#active.tail = this.#txnAt;\n',
    replace: '',
    caughtBy,
    rule: 'R69',
    runs: 300,
  },
  {
    name: 'a segment full to its last sector cannot be followed by another',
    file: 'engine/log/log-writer.ts',
    find: 'if (moved > 0) old.buffer!.copy(fresh.buffer!, txnAt, this.#txnAt, old.tail);',
    replace: 'old.buffer!.copy(fresh.buffer!, txnAt, this.#txnAt, old.tail);',
    caughtBy,
    rule: 'R74',
    runs: 300,
  },
  {
    name: 'what was taken back is still counted as alive',
    file: 'engine/backend/batch-tx.ts',
    find: '    this.#state.space.takeBack(this.#storage.activeSlot, this.#revisionBytes);\n',
    replace: '',
    caughtBy: inMemory,
    rule: 'verify',
    runs: 300,
  },
];

const cleaning: readonly Mutant[] = [
  {
    name: 'a rewrite drops tombstones',
    file: SURVIVORS,
    find: 'if (this.#state.isNeeded(ordinal)) {',
    replace: 'if (this.#state.isNeeded(ordinal) && record.kind === RECORD_PUT) {',
    caughtBy,
    rule: 'defragment changes nothing',
    runs: 1000,
  },
  {
    name: 'a rewrite drops what says which records were removed before',
    file: SURVIVORS,
    find: 'if (kind === RECORD_COMPACT) return !this.#nothingDeadBefore;',
    replace: 'if (kind === RECORD_COMPACT) return false;',
    caughtBy,
    rule: 'defragment changes nothing',
    runs: 5000,
  },
  {
    name: 'a rewrite keeps the old entries of the small buckets and drops the newest',
    file: SURVIVORS,
    find: 'entry.slot !== segment.slot || entry.at !== at',
    replace: 'entry.slot !== segment.slot || entry.at === at',
    caughtBy,
    rule: 'R89a',
    runs: 300,
  },
  {
    name: 'a record that was moved is looked for at the place of the one before',
    file: SURVIVORS,
    find: 'table.move(ordinal, slot, this.#movedTo[i]!);',
    replace: 'table.move(ordinal, slot, this.#movedTo[Math.max(0, i - 1)]!);',
    caughtBy,
    rule: 'defragment changes nothing',
    runs: 300,
  },
  {
    name: 'what died while it was copied counts as alive in the copy',
    file: SURVIVORS,
    find: 'table.sizeOf(ordinal), table.isBuried(ordinal));',
    replace: 'table.sizeOf(ordinal), false);',
    caughtBy,
    rule: 'verify',
    runs: 3000,
  },
  {
    name: 'the space of what a compaction removes counts as alive for ever',
    file: 'engine/backend/removals.ts',
    find: 'buried(first + (ordinals === null ? row : ordinals[row]!));',
    replace: 'if (row > 2) buried(first + (ordinals === null ? row : ordinals[row]!));',
    caughtBy,
    rule: 'verify',
    runs: 1000,
  },
  {
    name: 'a segment of which something is left goes without being read',
    file: 'engine/backend/backend-state.ts',
    find: 'if (space.liveIn(slot) > 0 || space.isMixed(slot)) return false;',
    replace: 'if (space.liveIn(slot) > 40 || space.isMixed(slot)) return false;',
    caughtBy,
    rule: 'defragment changes nothing',
    runs: 1000,
  },
  {
    name: 'cleaning memory moves a record to the place of its neighbour',
    file: 'engine/backend/memory-backend.ts',
    find: 'table.move(at, 0, alive.push(this.#revisions[table.placeOf(at)]!) - 1);',
    replace: 'table.move(at, 0, Math.max(0, alive.push(this.#revisions[table.placeOf(at)]!) - 2));',
    caughtBy: inMemory,
    rule: 'defragment changes nothing',
    runs: 300,
  },
];

const removals: readonly Mutant[] = [
  {
    name: 'a restart removes more of a transaction than the compaction did',
    file: REMOVALS,
    find: '      if (main === firstMain && table.subOf(ordinal) < firstSub) continue;\n',
    replace: '',
    caughtBy,
    rule: 'R82',
    runs: 3000,
  },
  {
    name: 'a run of removed records is written down with one too many',
    file: REMOVALS,
    find: 'writer.run(main[begin]!, sub[begin]!, main[last]!, sub[last]!);',
    replace: 'writer.run(main[begin]!, sub[begin]!, main[last]!, sub[last]! + 1);',
    caughtBy,
    rule: 'R82',
    runs: 3000,
  },
  {
    name: 'what was removed is in the index again after a restart',
    file: 'engine/backend/log-restore.ts',
    find: 'hasRemovals ? (ordinal) => state.table.isDead(ordinal) : undefined',
    replace: 'undefined',
    caughtBy,
    rule: 'verify',
    runs: 1000,
  },
];

export const backendMutants: readonly Mutant[] = [...buffers, ...places, ...cleaning, ...removals];
