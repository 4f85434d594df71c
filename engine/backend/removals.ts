/**
 * What a compaction removed, as the value of its record: runs of revisions between which nothing is alive.
 * A run may cover revisions that were dead before, so neighbours melt into one:
 *
 *     alive   2     4           9 …        (r = 10)
 *     dead      3     5 6 7 8
 *     runs     [3]   [5 … 8]
 *
 * A run is four varints: its first main revision less the last one of the run before, its first sub, its
 * last main less its first, its last sub. Whoever reads the log applies it to the revisions read so far.
 */
import { CHUNK_ORDINALS, DEAD, FRESH } from './revision-chunk.ts';
import type { RevisionTable } from './revision-table.ts';

/** Chunks looked at before the caller may rest. */
const SLICE_CHUNKS = 2;

/** Writes down everything fresh, which then is fresh no longer, telling of each ordinal. Yields between slices. */
export function* encodeRemovals(
  table: RevisionTable,
  buried: (ordinal: number) => void,
): Generator<void, Buffer, void> {
  const writer = new RunWriter();
  for (const [number, chunk] of table.chunks.entries()) {
    if (number % SLICE_CHUNKS === SLICE_CHUNKS - 1) yield;
    if (chunk.fresh === 0) continue;
    const { main, sub, flags, ordinals } = chunk;
    const first = number * CHUNK_ORDINALS;
    const rows = flags.length;
    for (let row = 0; row < rows; row++) {
      if ((flags[row]! & FRESH) === 0) continue;
      const begin = row;
      let last = row;
      for (; row < rows && (flags[row]! & DEAD) !== 0; row++) {
        last = row;
        if ((flags[row]! & FRESH) === 0) continue;
        flags[row]! &= ~FRESH;
        buried(first + (ordinals === null ? row : ordinals[row]!));
      }
      writer.run(main[begin]!, sub[begin]!, main[last]!, sub[last]!);
    }
    chunk.fresh = 0;
  }
  return writer.take();
}

class RunWriter {
  #bytes: Buffer = Buffer.alloc(1024);
  #end = 0;
  #lastMain = 0;

  run(firstMain: number, firstSub: number, lastMain: number, lastSub: number): void {
    this.#integer(firstMain - this.#lastMain);
    this.#integer(firstSub);
    this.#integer(lastMain - firstMain);
    this.#integer(lastSub);
    this.#lastMain = lastMain;
  }

  take(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  #integer(value: number): void {
    if (this.#end + 8 > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes], 2 * this.#bytes.length);
    }
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#end++] = (rest % 0x80) | 0x80;
    }
    this.#bytes[this.#end++] = rest;
  }
}

/** Calls `kill` with each ordinal below `count` that lies in a run and is not dead yet. */
export function applyRemovals(
  table: RevisionTable,
  runs: Uint8Array,
  kill: (ordinal: number) => void,
): void {
  let at = 0;
  let lastMain = 0;
  const integer = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = runs[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < runs.length) {
    const firstMain = lastMain + integer();
    const firstSub = integer();
    lastMain = firstMain + integer();
    const lastSub = integer();
    let ordinal = table.nextLeft(table.floor(firstMain - 1) + 1);
    for (; ordinal < table.count; ordinal = table.nextLeft(ordinal + 1)) {
      const main = table.mainOf(ordinal);
      if (main > lastMain || (main === lastMain && table.subOf(ordinal) > lastSub)) break;
      if (main === firstMain && table.subOf(ordinal) < firstSub) continue;
      if (!table.isDead(ordinal)) kill(ordinal);
    }
  }
}
