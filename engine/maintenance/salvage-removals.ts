/** Which revisions the records that survived say are gone: by compactions, as runs, or one by one. */
import { compareRevisions, type RevisionParts } from '../base/revision.ts';

interface Run {
  readonly first: RevisionParts;
  last: RevisionParts;
}

/**
 * A removal speaks of revisions that existed when it was made, and none comes back: so it does not matter
 * where in the log it stands.
 */
export class SalvagedRemovals {
  #runs: Run[] = [];
  #isSorted = true;

  /** The value of a compaction's record: runs of four varints each, as `docs/format.md` says. */
  addRuns(value: Uint8Array): void {
    let at = 0;
    let main = 0;
    const integer = (): number => {
      let result = 0;
      for (let scale = 1; ; scale *= 0x80) {
        const byte = value[at++] ?? 0;
        result += (byte & 0x7f) * scale;
        if (byte < 0x80) return result;
      }
    };
    while (at < value.length) {
      const first = { main: main + integer(), sub: integer() };
      main = first.main + integer();
      this.add(first, { main, sub: integer() });
    }
  }

  add(first: RevisionParts, last: RevisionParts): void {
    this.#runs.push({ first, last });
    this.#isSorted = false;
  }

  has(revision: RevisionParts): boolean {
    if (!this.#isSorted) this.#sort();
    let lower = 0;
    let upper = this.#runs.length;
    while (lower < upper) {
      const middle = (lower + upper) >>> 1;
      if (compareRevisions(this.#runs[middle]!.first, revision) <= 0) lower = middle + 1;
      else upper = middle;
    }
    const run = this.#runs[lower - 1];
    return run !== undefined && compareRevisions(revision, run.last) <= 0;
  }

  /** Runs that overlap become one. */
  #sort(): void {
    const merged: Run[] = [];
    for (const run of this.#runs.sort((a, b) => compareRevisions(a.first, b.first))) {
      const before = merged.at(-1);
      if (before === undefined || compareRevisions(run.first, before.last) > 0) {
        merged.push({ ...run });
      } else if (compareRevisions(run.last, before.last) > 0) {
        before.last = run.last;
      }
    }
    this.#runs = merged;
    this.#isSorted = true;
  }
}
