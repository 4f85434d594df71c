/**
 * Opens a damaged store and judges what comes of it. Right is:
 *
 * - to refuse, with an error that says where;
 * - to open with the whole of history, or with a prefix of it if nothing that is intact says there was more,
 *   and then to answer every read rightly, or with ERR_CORRUPT and the place;
 * - for `verify` to find whatever made open or a read refuse, and anything that was lost.
 *
 * Never a wrong value, never another kind of error, never silence.
 */
import { type EmbeddedStore, open, restore, verify, VarveError } from '../../engine/index.ts';
import type { FileSystem } from '../../engine/vfs/index.ts';
import { whyInexcusable } from './excuse.ts';
import type { Expected } from './expected.ts';
import { BACKUP, diskOf, DIRECTORY, type Image } from './image.ts';
import { goOn, Inspection, momentOf, problemOfGoingOn } from './inspection.ts';
import { isCorrupt, problemOfRefusal, problemOfRestore, textOf } from './refusal.ts';
import { shape, type Victim } from './victim.ts';

/** 'repaired': something is gone, and may be. 'told by reads': it opens, and some reads are refused. */
export type Outcome = 'refused' | 'told by reads' | 'repaired' | 'unharmed';

export interface Verdict {
  readonly outcome: Outcome;
  readonly problems: readonly string[];
}

/** What is on trial, door by door. */
export interface Doors {
  readonly disk: (image: Image) => FileSystem;
  readonly open: typeof open;
  readonly verify: typeof verify;
  readonly restore: typeof restore;
  /** Whoever takes longer hangs. */
  readonly patienceMs: number;
}

export const realDoors: Doors = { disk: diskOf, open, verify, restore, patienceMs: 5000 };

/** Which of the checks that take longer are made. */
export interface Depth {
  readonly verify: boolean;
  /** Every key by itself, the past as events, the hash. */
  readonly everyWay: boolean;
  /** Write once more, close, open and read. */
  readonly goOn: boolean;
  readonly defragment: boolean;
  readonly cacheSizeBytes: number;
}

export interface Case {
  readonly victim: Victim;
  readonly expected: Expected;
  readonly damaged: Image;
  /** The files that are not as they were. */
  readonly touched: readonly string[];
}

const RESTORED = '/restored';

/** Of the store, or of the backup if nothing else was touched. */
export async function judge(trial: Case, depth: Depth, doors: Doors = realDoors): Promise<Verdict> {
  const { touched, victim } = trial;
  const { patienceMs } = doors;
  const one = new Trial(trial, depth, doors);
  try {
    const isOfBackup = victim.backupStep >= 0 && touched.includes(BACKUP);
    const ofBackup = isOfBackup ? await within(patienceMs, one.backup()) : undefined;
    if (ofBackup !== undefined && touched.length === 1) return one.verdict(ofBackup);
    return one.verdict(await within(patienceMs, one.store()));
  } catch (error) {
    one.problems.push(textOf(error));
    return one.verdict('unharmed');
  }
}

class Trial {
  readonly problems: string[] = [];
  readonly #case: Case;
  readonly #depth: Depth;
  readonly #doors: Doors;

  constructor(trial: Case, depth: Depth, doors: Doors) {
    this.#case = trial;
    this.#depth = depth;
    this.#doors = doors;
  }

  verdict(outcome: Outcome): Verdict {
    return { outcome, problems: this.problems };
  }

  async store(): Promise<Outcome> {
    const { damaged, touched } = this.#case;
    const options = { ...shape(this.#depth.cacheSizeBytes), fs: this.#doors.disk(damaged) };
    let outcome: Outcome;
    try {
      const store = await this.#doors.open(DIRECTORY, options);
      const reopen = (): Promise<EmbeddedStore> => this.#doors.open(DIRECTORY, options);
      outcome = await this.#opened(store, reopen);
    } catch (error) {
      this.#note(problemOfRefusal(error, touched));
      outcome = 'refused';
    }
    // The few that are told by reads, always: open did not look there.
    if (this.#depth.verify || outcome === 'told by reads') await this.#verify(outcome);
    return outcome;
  }

  async #opened(store: EmbeddedStore, reopen: () => Promise<EmbeddedStore>): Promise<Outcome> {
    const { victim, damaged } = this.#case;
    let current = store;
    try {
      const step = await momentOf(store, victim.moments);
      if (step === undefined) {
        const { revision, compactRevision } = store;
        const leases = await store.leases.list();
        this.#note(
          `it was never like this: revision ${revision}, compacted at ${compactRevision}, leases ${leases.join(' ')}`,
        );
        return 'unharmed';
      }
      const lost = victim.moments.length - 1 - step;
      if (lost > 0) {
        const why = whyInexcusable(victim, damaged, step + 1);
        if (why !== undefined) {
          this.#note(
            `the last ${lost} steps are gone without a word, from step ${step + 1}: ${why}`,
          );
        }
      }
      let refused = await this.#inspect(store, step, this.#depth.everyWay);
      if (this.#depth.goOn || lost > 0) {
        const { defragment } = this.#depth;
        try {
          current = await goOn(store, reopen, defragment);
          refused += await this.#inspect(current, step, false);
          this.#note(problemOfGoingOn(current, victim.moments[step]!));
        } catch (error) {
          // What open did not look at before, it may have to look at now.
          if (refused === 0 || !isCorrupt(error)) this.#note(`going on: ${textOf(error)}`);
        }
      }
      if (lost > 0) return 'repaired';
      return refused > 0 ? 'told by reads' : 'unharmed';
    } finally {
      await current.close();
    }
  }

  /** Returns how many reads were refused. */
  async #inspect(store: EmbeddedStore, step: number, everyWay: boolean): Promise<number> {
    const { victim, expected, touched } = this.#case;
    const moment = victim.moments[step]!;
    const inspection = new Inspection(store, expected, moment, touched);
    inspection.ranges();
    if (everyWay) {
      inspection.gets();
      await inspection.history();
      await inspection.hash(victim.changes);
    }
    this.problems.push(...inspection.problems);
    return inspection.refused;
  }

  /** Silence is right only where all is well, or what is lost may be. */
  async #verify(outcome: Outcome): Promise<void> {
    try {
      const fs = this.#doors.disk(this.#case.damaged);
      const { ok, problems } = await this.#doors.verify(DIRECTORY, { fs });
      if (ok !== (problems.length === 0)) this.#note(`verify says ${ok}: ${problems.join(', ')}`);
      const vague = problems.find((problem) => !/ at offset \d+|revision|key/.test(problem));
      if (vague !== undefined) this.#note(`verify does not say where: ${vague}`);
      if (ok && (outcome === 'refused' || outcome === 'told by reads')) {
        this.#note(`verify finds nothing, and it is ${outcome}`);
      }
    } catch (error) {
      const code = error instanceof VarveError ? error.code : undefined;
      // A store in which nothing was ever written is as good as none.
      const isTold =
        code === 'ERR_NOT_FOUND' || (code === 'ERR_INVALID_ARGUMENT' && outcome === 'refused');
      if (!isTold) this.#note(`verify throws ${textOf(error)}`);
    }
  }

  async backup(): Promise<Outcome> {
    const { victim, expected, damaged, touched } = this.#case;
    const fs = this.#doors.disk(damaged);
    const options = { ...shape(), fs };
    try {
      await this.#doors.restore(BACKUP, RESTORED, { ...options, segmentSizeBytes: 4096 });
    } catch (error) {
      this.#note(problemOfRestore(error, damaged));
      return 'refused';
    }
    const store = await this.#doors.open(RESTORED, options);
    try {
      const step = await momentOf(store, [victim.moments[victim.backupStep]!]);
      if (step === undefined) this.#note(`restored to revision ${store.revision}`);
      else {
        const moment = victim.moments[victim.backupStep]!;
        const inspection = new Inspection(store, expected, moment, touched);
        inspection.ranges();
        this.problems.push(...inspection.problems);
        if (inspection.refused > 0) this.#note('a restored store refuses reads');
      }
    } finally {
      await store.close();
    }
    return 'unharmed';
  }

  #note(problem: string | undefined): void {
    if (problem !== undefined) this.problems.push(problem);
  }
}

function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer for ${ms} ms`)), ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
