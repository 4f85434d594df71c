/**
 * Puts a subject through every crash: its work is done once, with a picture of all that a power cut might
 * leave taken at every operation of the disk; then each of those disks is opened and judged. Recovery works
 * on the disk as well, and the power may fail during it, and again during the next: a share of the disks is
 * followed that far.
 *
 *     run      op 0 ── op 1 ── op 2 ── …            a picture of each crash at each
 *                        │
 *     recover            └─ op 0 ── op 1 ── …       and of each crash while recovering from it
 *                                     │
 *     recover                         └─ op 0 ── …  twice
 */
import { randomOf } from '../runner/random.ts';
import type { FileFate } from '../disk/fates.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { Memory } from './memory.ts';
import { placeOf, type Place, placesIn } from './place.ts';
import { Camera, type Picture } from './pictures.ts';
import type { CrashSubject } from './subject.ts';

export interface ExploreOptions {
  /** 31-bit integer: which states are tried, where there are too many to try all. Default 1. */
  readonly seed?: number | undefined;
  /** Of one operation. Default 32. */
  readonly statesMax?: number | undefined;
  /** How often the power fails again while recovering. Default 2. */
  readonly depth?: number | undefined;
  /** One disk in so many is followed into its recovery. Default 12. */
  readonly deepEvery?: number | undefined;
  /** Of a replay: the one place that failed, as `CrashFailure.at` names it. */
  readonly at?: string | undefined;
}

export interface CrashReport {
  /** Crash states that were judged: disks with the facts told by then. */
  readonly states: number;
  /** Disks that were opened for that: the others differ in what nobody reads. */
  readonly disks: number;
  readonly operations: ReadonlyMap<string, number>;
  readonly failure: CrashFailure | undefined;
}

export interface CrashFailure {
  /** Operation and choice, for each crash in turn: "17:0.2.1/3:1". */
  readonly at: string;
  readonly problems: readonly string[];
  readonly story: readonly string[];
  /** Of a replay: what became of each file in the last crash. */
  readonly fates?: readonly FileFate[] | undefined;
}

/**
 * Ends at the first failure. Throws only what the work itself throws.
 * @public
 */
export async function crash<Fact, Found>(
  subject: CrashSubject<Fact, Found>,
  options: ExploreOptions = {},
): Promise<CrashReport> {
  return new Explorer(subject, options).explore();
}

/** What came of opening one disk. */
interface Opened<Fact, Found> {
  readonly found: Found | undefined;
  /** Why it could not be opened, or could not go on. */
  readonly trouble: string | undefined;
  readonly digest: string;
  readonly told: readonly Fact[];
  readonly pictures: readonly Picture[];
}

const STATES_MAX = 32;
const DEEP_STATES_MAX = 4;
const DEPTH = 2;
const DEEP_EVERY = 12;
const KILL_EVERY = 12;

/** What had been told by the crash before, and how it is known. */
interface Past<Fact> {
  readonly all: readonly Fact[];
  readonly key: string;
  readonly at: string;
}

class Explorer<Fact, Found> {
  readonly #subject: CrashSubject<Fact, Found>;
  readonly #options: ExploreOptions;
  readonly #random: () => number;
  /** What is opened once need not be opened again: what comes of it depends on the disk alone. */
  readonly #opened = new Memory<Opened<Fact, Found>>();
  /** Facts with the disks, and facts with what was found, that have been judged. */
  readonly #judged = new Set<string>();
  readonly #cleared = new Set<string>();
  readonly #operations = new Map<string, number>();
  #disks = 0;

  constructor(subject: CrashSubject<Fact, Found>, options: ExploreOptions) {
    this.#subject = subject;
    this.#options = options;
    this.#random = randomOf(options.seed ?? 1);
  }

  async explore(): Promise<CrashReport> {
    const { statesMax = STATES_MAX, depth = DEPTH, at } = this.#options;
    const facts: Fact[] = [];
    const places = at === undefined ? [] : placesIn(at);
    const subject = this.#subject;
    const disk = new SimulatedDisk({
      syncTurns: subject.syncTurns && (() => subject.syncTurns!()),
    });
    const camera = this.#camera(disk, facts, statesMax, places[0]);
    await this.#subject.run(disk.fs, (fact) => facts.push(fact));
    camera.stop();
    this.#count(camera);
    const left = at === undefined ? depth : places.length - 1;
    const failure = await this.#judgeAll(camera.pictures, { all: facts, key: '', at: '' }, left);
    return {
      states: this.#judged.size,
      disks: this.#disks,
      operations: this.#operations,
      failure,
    };
  }

  async #judgeAll(
    pictures: readonly Picture[],
    past: Past<Fact>,
    depth: number,
  ): Promise<CrashFailure | undefined> {
    for (const picture of pictures) {
      const failure = await this.#judge(picture, past, depth);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** The picture, and what comes of crashes during the recovery from it. */
  async #judge(
    picture: Picture,
    past: Past<Fact>,
    depth: number,
  ): Promise<CrashFailure | undefined> {
    const facts = past.all.slice(0, picture.facts);
    const key = `${past.key}${picture.facts}`;
    const at = past.at + placeOf(picture);
    const judged = `${key}\n${picture.name}`;
    if (this.#judged.has(judged)) return undefined;
    this.#judged.add(judged);
    const opened = await this.#open(picture, at, depth);
    const problems = this.#problems(facts, key, opened);
    if (problems.length > 0) {
      const story = this.#subject.story?.(facts) ?? facts.map(textOf);
      return { at, problems, story, fates: picture.fates };
    }
    if (depth === 0) return undefined;
    const { told, pictures } = opened;
    // One that was taken before anything was done shows the same disk.
    const others = pictures.filter((deep) => deep.name !== picture.name);
    const deeper = others.map((deep) => ({ ...deep, facts: facts.length + deep.facts }));
    // What was told meanwhile differs from disk to disk.
    const later = { all: [...facts, ...told], key: `${key} ${textOf(told)} `, at: `${at}/` };
    return this.#judgeAll(deeper, later, depth - 1);
  }

  #problems(
    facts: readonly Fact[],
    key: string,
    { found, trouble, digest }: Opened<Fact, Found>,
  ): readonly string[] {
    if (trouble !== undefined) return [trouble];
    const verdict = `${key}\n${digest}`;
    if (this.#cleared.has(verdict)) return [];
    const problems = this.#subject.judge(facts, found as Found);
    if (problems.length === 0) this.#cleared.add(verdict);
    return problems;
  }

  async #open(picture: Picture, at: string, depth: number): Promise<Opened<Fact, Found>> {
    const { image, choice } = picture;
    const { deepEvery = DEEP_EVERY, at: only } = this.#options;
    // A replay may come by the same disk twice, and goes on from it elsewhere.
    let opened = only === undefined && image ? this.#opened.recall(image) : undefined;
    if (opened === undefined) {
      const place = only === undefined ? undefined : placesIn(only)[placesIn(at).length];
      const isDeep =
        only === undefined
          ? choice === 'killed' || this.#random() * deepEvery < 1
          : place !== undefined;
      const disk = picture.left();
      opened = await this.#openNow(disk, depth > 0 && isDeep, place);
      this.#disks++;
      if (image !== undefined) this.#opened.remember(image, disk.readPaths(), opened);
    }
    return opened;
  }

  async #openNow(
    disk: SimulatedDisk,
    isDeep: boolean,
    place: Place | undefined,
  ): Promise<Opened<Fact, Found>> {
    const told: Fact[] = [];
    const camera = isDeep ? this.#camera(disk, told, DEEP_STATES_MAX, place) : undefined;
    const opened = { told, pictures: camera?.pictures ?? [] };
    try {
      const found = await this.#subject.recover(disk.fs, (fact) => told.push(fact));
      camera?.stop();
      if (camera !== undefined) this.#count(camera);
      await this.#subject.goOn?.(disk.fs, found);
      const digest = this.#subject.digest?.(found) ?? textOf(found);
      return { ...opened, found, trouble: undefined, digest };
    } catch (error) {
      const trouble = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { ...opened, found: undefined, trouble, digest: '' };
    }
  }

  #camera(
    disk: SimulatedDisk,
    facts: readonly Fact[],
    statesMax: number,
    only: Place | undefined,
  ): Camera {
    return new Camera({
      disk,
      facts: () => facts.length,
      statesMax,
      random: this.#random,
      killEvery: only === undefined ? KILL_EVERY : 0,
      only,
    });
  }

  #count({ operations }: Camera): void {
    for (const [kind, times] of operations) {
      this.#operations.set(kind, (this.#operations.get(kind) ?? 0) + times);
    }
  }
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
