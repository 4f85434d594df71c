/** A store that is asked what a real etcd was asked: one step after another, in the protocol's words. */
import { type EmbeddedStore, open, openMemory } from '../../engine/index.ts';
import { type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { DIRECTORY, diskWith, imageOf } from '../stores/disk-image.ts';
import { SteppedClock } from '../stores/stepped-clock.ts';
import { errorAnswer } from './answers.ts';
import { CALLS } from './calls.ts';
import type { Fields, Step } from './recorded.ts';
import { WatchStream } from './watch-stream.ts';

/** Kinds of stores, and the model. */
export type Kind = StoreKind | 'model';
type StoreKind = 'memory' | 'directory';

/** A step, its request written out. */
export type Asked = Omit<Step, 'expect'>;

/** How long a response may take, unless the step says so. */
export const WAIT_MS = 500;
/** Time passes in steps, and after each what goes on in the background may go on. */
const STEP_MS = 50;
const TURNS_PER_STEP = 16;

export const OK: Fields = { ok: true };

const RESTARTS = new Set(['restart', 'kill']);
const OTHERS = new Set([
  'sleep',
  'watchOpen',
  'watchSend',
  'watchRecv',
  'watchNone',
  'watchCollect',
]);

/** Steps that a store of this kind understands. */
export function understands(kind: Kind, op: string): boolean {
  if (RESTARTS.has(op)) return kind !== 'memory';
  return Object.hasOwn(CALLS, op) || OTHERS.has(op);
}

export class Subject {
  readonly #kind: StoreKind;
  #fs: FileSystem = memoryFs();
  #store!: EmbeddedStore;
  /** A process begins with a clock of its own, and a killed one stays where it was. */
  #clock!: SteppedClock;
  readonly #streams = new Map<string, WatchStream>();
  /** Stores that were killed: what they go on writing nobody sees. */
  readonly #killed: EmbeddedStore[] = [];

  private constructor(kind: StoreKind) {
    this.#kind = kind;
  }

  static async open(kind: StoreKind): Promise<Subject> {
    const subject = new Subject(kind);
    await subject.#open();
    return subject;
  }

  get revision(): number {
    return this.#store.revision;
  }

  /** The response, or the error in the protocol's shape. */
  async ask({ op, req = {}, stream = '', events = 0, ms = WAIT_MS }: Asked): Promise<Fields> {
    switch (op) {
      case 'restart':
        await this.#store.close();
        await this.#open();
        return OK;
      case 'kill':
        this.#killed.push(this.#store);
        this.#fs = diskWith(imageOf(this.#fs));
        await this.#open();
        return OK;
      case 'sleep':
        await this.#wait(ms, () => false);
        return OK;
      case 'watchOpen':
        this.#streams.set(stream, new WatchStream(this.#store));
        return OK;
      case 'watchSend':
        await this.#stream(stream).send(req);
        return OK;
      case 'watchCollect':
        await this.#wait(ms, () => this.#stream(stream).eventCount >= events);
        return this.#stream(stream).collect(events);
      case 'watchRecv':
      case 'watchNone':
        await this.#wait(ms, () => this.#stream(stream).isReadable);
        return this.#stream(stream).take() ?? { none: true };
      default:
        return CALLS[op]!(this.#store, req).catch(errorAnswer);
    }
  }

  async close(): Promise<void> {
    for (const stream of this.#streams.values()) await stream.close();
    for (const store of [...this.#killed, this.#store]) await store.close();
  }

  async #open(): Promise<void> {
    this.#clock = new SteppedClock();
    const options = { clock: this.#clock, fs: this.#fs };
    const isMemory = this.#kind === 'memory';
    this.#store = isMemory ? await openMemory(options) : await open(DIRECTORY, options);
  }

  #stream(name: string): WatchStream {
    return this.#streams.get(name)!;
  }

  /** Lets time pass until it is done, at most so long. */
  async #wait(ms: number, isDone: () => boolean): Promise<void> {
    for (let leftMs = ms; ; leftMs -= STEP_MS) {
      for (let turns = 0; turns < TURNS_PER_STEP; turns++) {
        if (isDone()) return;
        await new Promise(setImmediate);
      }
      if (leftMs <= 0) return;
      this.#clock.advance(Math.min(STEP_MS, leftMs));
    }
  }
}
