/**
 * Pictures of a disk at every operation: what a power cut might leave there and then. Many are alike, since
 * what one operation leaves in doubt mostly still is at the next one; each disk is kept once.
 */
import { posix } from 'node:path';
import { choicesOf } from '../disk/choices.ts';
import type { FileFate } from '../disk/fates.ts';
import { nameOf } from '../disk/image.ts';
import type { Choice, DiskOperation, Image, SimulatedDisk } from '../disk/simulated-disk.ts';

/** One way in which the power may fail at one operation. */
export interface Picture {
  readonly image: Image;
  /** The same for the same image. */
  readonly name: string;
  /** Number of the operation that was about to be done, from 0. */
  readonly operation: number;
  readonly choice: Choice;
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
  /** Of a replay: this one alone. */
  readonly only?: Pick<Picture, 'operation' | 'choice'> | undefined;
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
    const { disk, statesMax, random, only } = this.#init;
    const operation = this.#operation;
    if (only !== undefined) {
      if (operation === only.operation) this.#add(only.choice);
      return;
    }
    for (const choice of choicesOf(disk.doubts(), { atMost: statesMax, random })) this.#add(choice);
  }

  #add(choice: Choice): void {
    const facts = this.#init.facts();
    const { disk, only } = this.#init;
    const image = disk.crash(choice);
    const name = nameOf(image);
    // With the same facts it would be judged the same.
    const key = `${facts}\n${name}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const fates = only === undefined ? undefined : disk.fates(choice);
    this.pictures.push({ image, name, operation: this.#operation, choice, facts, fates });
  }
}

/** "write 0000000001.seg" and "write 0000000002.seg" are of one kind: "write #.seg". */
function kindOf({ kind, path }: DiskOperation): string {
  return kind === 'sync names' ? kind : `${kind} ${posix.basename(path).replace(/\d+/g, '#')}`;
}
