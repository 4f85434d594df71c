/**
 * Pictures of a disk at every operation: what a power cut might leave there and then. Many are alike, since
 * what one operation leaves in doubt mostly still is at the next one; each disk is kept once.
 */
import { posix } from 'node:path';
import { choicesOf } from '../disk/choices.ts';
import type { FileFate } from '../disk/fates.ts';
import { type DigestedImage, digested, nameOfDigested } from '../disk/image.ts';
import { type Choice, type DiskOperation, SimulatedDisk } from '../disk/simulated-disk.ts';
import type { Place } from './place.ts';

/** One way in which the power may fail at one operation, or a process that is killed there. */
export interface Picture {
  /** A disk that is left, to be opened once. */
  readonly left: () => SimulatedDisk;
  /** The same for disks that are the same. */
  readonly name: string;
  /** Undefined for a process that was killed: what is in doubt on such a disk has a history. */
  readonly image: DigestedImage | undefined;
  /** Number of the operation that was about to be done, from 0. */
  readonly operation: number;
  readonly choice: Place['choice'];
  /** How many facts had been told. */
  readonly facts: number;
  /** Of a replay. */
  readonly fates?: readonly FileFate[] | undefined;
}

export interface CameraInit {
  readonly disk: SimulatedDisk;
  /** How many facts have been told by now. */
  readonly facts: () => number;
  /** At one operation. */
  readonly statesMax: number;
  readonly random: () => number;
  /** At one operation in so many the process is killed as well; 0: never. */
  readonly killEvery: number;
  /** Of a replay: this one alone. */
  readonly only?: Place | undefined;
}

export class Camera {
  readonly pictures: Picture[] = [];
  /** How often each kind of operation was reached. */
  readonly operations: Map<string, number> = new Map();
  readonly #init: CameraInit;
  readonly #seen = new Set<string>();
  #operation = 0;

  constructor(init: CameraInit) {
    this.#init = init;
    init.disk.onOperation = (operation) => this.#before(operation);
  }

  /** After the last operation as well, and then no more. */
  stop(): void {
    this.#take();
    this.#init.disk.onOperation = () => {};
  }

  #before(operation: DiskOperation): void {
    const kind = kindOf(operation);
    this.operations.set(kind, (this.operations.get(kind) ?? 0) + 1);
    this.#take();
    this.#operation++;
  }

  #take(): void {
    const { disk, statesMax, random, only, killEvery } = this.#init;
    const operation = this.#operation;
    if (only !== undefined) {
      if (operation === only.operation) this.#add(only.choice);
      return;
    }
    const doubts = disk.doubts();
    for (const choice of choicesOf(doubts, { atMost: statesMax, random })) this.#add(choice);
    // Where nothing is in doubt a kill is a power cut.
    if (doubts.length > 0 && random() * killEvery < Math.min(1, killEvery)) this.#add('killed');
  }

  #add(choice: Place['choice']): void {
    const facts = this.#init.facts();
    const operation = this.#operation;
    const { name, left, image } = choice === 'killed' ? this.#killed() : this.#cut(choice);
    // With the same facts it would be judged the same.
    const key = `${facts}\n${name}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const { disk, only } = this.#init;
    const fates = only === undefined ? undefined : disk.fates(optionsOf(disk, choice));
    this.pictures.push({ left, name, image, operation, choice, facts, fates });
  }

  #cut(choice: Choice): Left {
    const bytes = this.#init.disk.crash(choice);
    const image = digested(bytes);
    return { name: nameOfDigested(image), image, left: () => new SimulatedDisk({ image: bytes }) };
  }

  /** No two of them are the same. */
  #killed(): Left {
    const disk = this.#init.disk.killed();
    return { name: `killed ${kills++}`, image: undefined, left: () => disk.killed() };
  }
}

/** The process saw the last option of each. */
function optionsOf(disk: SimulatedDisk, choice: Place['choice']): Choice {
  return choice === 'killed' ? disk.doubts().map(({ options }) => options - 1) : choice;
}

type Left = Pick<Picture, 'name' | 'image' | 'left'>;

let kills = 0;

/** "write 0000000001.seg" and "write 0000000002.seg" are of one kind: "write #.seg". */
function kindOf({ kind, path }: DiskOperation): string {
  return kind === 'sync names' ? kind : `${kind} ${posix.basename(path).replace(/\d+/g, '#')}`;
}
