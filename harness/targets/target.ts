/**
 * What is put on trial, at whatever level of a store: the index of one key, the tree of all keys, the
 * multi-version store, or anything with the Store interface. A target says what it can be asked, as a
 * fast-check arbitrary of programs, and runs one program beside the model of its level.
 */
import type { Arbitrary } from 'fast-check';
import type { Features } from '../traffic/features.ts';
import type { Profile } from '../traffic/profiles.ts';
import type { Ledger } from './ledger.ts';

export interface Target<Program = unknown> {
  readonly name: string;
  /** R-numbers that its programs can exercise; a run in which one of them never was has failed. */
  readonly rules: readonly string[];
  /** What else is counted, and told at the end. */
  readonly tallies?: readonly string[];
  /** How many may be at work at once, unless somebody asks for more; default one for each core. */
  readonly workers?: number;
  /** A program that takes longer hangs. Default 20 000. */
  readonly programMsMax?: number;
  /** Programs that every run begins with, whatever the seed. */
  readonly opening?: readonly Program[];
  /** Programs for this kind of traffic, with the features that are off left out. */
  programs(profile: Profile, features: Features): Arbitrary<Program>;
  /**
   * Runs one program from a fresh start. Throws a Divergence when an answer is not the model's; anything
   * else that is thrown is a failure of the target, too. What was checked is entered in the ledger.
   */
  run(program: Program, ledger: Ledger): void | Promise<void>;
  /** Ends what it keeps running beside its programs. */
  close?(): Promise<void>;
}
