/**
 * One run: a program of its own seed, and if it fails the smallest program that fails as well. Nothing but
 * the plan, the number of the run and, for a replay, the path decide what happens.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import { Divergence } from '../targets/divergence.ts';
import { Ledger } from '../targets/ledger.ts';
import type { Target } from '../targets/target.ts';
import { FEATURES, type Features, swarm } from '../traffic/features.ts';
import type { FoundFailure, RunPlan } from './plan.ts';
import { randomOf, seedOf } from './random.ts';
import { reduced } from './reduce.ts';

/** So that a program that hangs does not hang the run. */
const PROGRAM_MS_MAX = 20_000;

export class Runner {
  readonly #target: Target;
  readonly #plan: RunPlan;
  /** Arbitraries are costly to make, and the same for the same features. */
  readonly #programs = new Map<string, Arbitrary<unknown>>();

  constructor(target: Target, plan: RunPlan) {
    this.#target = target;
    this.#plan = plan;
  }

  /**
   * Numbers below 0 are the programs that the target begins with, -1 the last of them. `path`: of a failure
   * that is run again.
   */
  async run(number: number, ledger: Ledger, path?: string): Promise<FoundFailure | undefined> {
    const golden = number < 0 ? this.#target.opening?.at(number) : undefined;
    if (golden !== undefined) return this.#runGolden(number, golden as Golden, ledger, path);
    const { shrinkMs } = this.#plan;
    const { programMsMax = PROGRAM_MS_MAX } = this.#target;
    const seed = seedOf(this.#plan.seed, number);
    let first: unknown;
    const own = new Ledger();
    const property = fc.asyncProperty(this.#programsFor(this.#features(seed)), async (program) => {
      const isFirst = first === undefined;
      first ??= program;
      await this.#target.run(program, isFirst ? own : new Ledger());
    });
    const details = await fc.check(property, {
      seed,
      numRuns: 1,
      timeout: programMsMax,
      // The limit counts from the start of the program itself, which must have its time.
      ...(shrinkMs > 0
        ? { interruptAfterTimeLimit: programMsMax + shrinkMs }
        : { endOnFailure: true }),
      ...(path !== undefined && path !== '' && { path }),
    });
    ledger.add(own);
    return details.failed ? this.#failure(number, details, first) : undefined;
  }

  /** One that was written down is made smaller by leaving commands out; those that stay are its path. */
  async #runGolden(
    run: number,
    golden: Golden,
    ledger: Ledger,
    path: string | undefined,
  ): Promise<FoundFailure | undefined> {
    const length = golden.commands.length;
    const asked = path ? path.split(',').map(Number) : undefined;
    const first = await this.#errorOf(golden, asked, ledger);
    if (first === undefined) return undefined;
    const endMs = performance.now() + this.#plan.shrinkMs;
    let shrinks = 0;
    const fails = async (places: readonly number[]): Promise<boolean> => {
      const hasFailed = (await this.#errorOf(golden, places, new Ledger())) !== undefined;
      if (hasFailed) shrinks++;
      return hasFailed;
    };
    const kept = asked ?? (await reduced(length, fails, () => performance.now() > endMs));
    const last = (await this.#errorOf(golden, kept, new Ledger())) ?? first;
    const counts = { shrinks, commands: kept.length, commandsBefore: length };
    return { run, path: kept.join(), ...counts, ...told(last.error) };
  }

  async #errorOf(
    golden: Golden,
    places: readonly number[] | undefined,
    ledger: Ledger,
  ): Promise<{ readonly error: unknown } | undefined> {
    const { commands } = golden;
    const kept = places === undefined ? commands : places.map((place) => commands[place]);
    try {
      await this.#target.run({ ...golden, commands: kept }, ledger);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #features(seed: number): Features {
    const { swarm: isSwarm, without } = this.#plan;
    const random = randomOf(seed);
    const among = FEATURES.filter((feature) => !without.includes(feature));
    return isSwarm ? swarm(random, among) : new Set(among);
  }

  #programsFor(features: Features): Arbitrary<unknown> {
    const key = [...features].join();
    let programs = this.#programs.get(key);
    if (programs === undefined) {
      programs = this.#target.programs(this.#plan.profile, features);
      if (this.#programs.size >= PROGRAMS_MAX) this.#programs.clear();
      this.#programs.set(key, programs);
    }
    return programs;
  }

  #failure(run: number, details: fc.RunDetails<[unknown]>, first: unknown): FoundFailure {
    const { errorInstance: error, counterexample, counterexamplePath, numShrinks } = details;
    return {
      run,
      path: counterexamplePath ?? '',
      shrinks: numShrinks,
      commands: lengthOf(counterexample?.[0]),
      commandsBefore: lengthOf(first),
      ...told(error),
    };
  }
}

function told(error: unknown): Pick<FoundFailure, 'message' | 'evidence' | 'stack'> {
  if (!(error instanceof Error)) return { message: String(error), evidence: undefined, stack: '' };
  const evidence = error instanceof Divergence ? error.evidence : undefined;
  return { message: error.message, evidence, stack: stackOf(error) };
}

/** A program that was written down. */
interface Golden {
  readonly commands: readonly unknown[];
}

const PROGRAMS_MAX = 64;

/** How many commands, of what has some. */
function lengthOf(program: unknown): number {
  if (Array.isArray(program)) return program.length;
  const commands = (program as { readonly commands?: unknown } | undefined)?.commands;
  return Array.isArray(commands) ? commands.length : 0;
}

/** Where it was thrown first. */
function stackOf(error: Error): string {
  let deepest = error;
  while (deepest.cause instanceof Error) deepest = deepest.cause;
  const frames = (deepest.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [`${deepest.name}: ${deepest.message.split('\n').at(-1)}`, ...frames].join('\n');
}
