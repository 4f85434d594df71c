/**
 * Anything that keeps what it was told on a `FileSystem`, to be put through crashes: Varve's store, or a toy
 * of a hundred lines. `docs/testing.md` has an example.
 *
 * `Fact` is a thing told while it works, in order: "I was asked for this", "I have promised that". `Found` is
 * what is there when it is opened again. The judge sees nothing else, and must be a function of the two.
 */
import type { FileSystem } from '../../engine/vfs/index.ts';

/** Told at once: what is told before an operation of the disk holds if the power fails at it. */
export type Tell<Fact> = (fact: Fact) => void;

export interface CrashSubject<Fact, Found> {
  /** The work. Whatever it opens it closes; the same for each call. */
  run(fs: FileSystem, tell: Tell<Fact>): Promise<void>;
  /**
   * Opens what a crash left, says what is there, and closes it. What it has shown to anybody it tells, since from
   * then on it must stay. Throws if it cannot be opened: a crash alone is no reason.
   */
  recover(fs: FileSystem, tell: Tell<Fact>): Promise<Found>;
  /** What is wrong with it, a line each, if these facts had been told by the moment of the crash. */
  judge(facts: readonly Fact[], found: Found): readonly string[];
  /** Two that say the same have the same verdict for the same facts. Default: JSON. */
  digest?(found: Found): string;
  /** Works on after the recovery, on the same disk. Throws if that goes wrong. */
  goOn?(fs: FileSystem, found: Found): Promise<void>;
  /** What was done, a line each, for whoever reads of a failure. */
  story?(facts: readonly Fact[]): readonly string[];
  /** How many turns of the event loop the next sync in the background takes. */
  syncTurns?(): number;
}
