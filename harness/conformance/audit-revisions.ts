/**
 * Every key at every revision that can be read, and all keys at once; a few revisions below the compacted one,
 * which are refused. A store in this process is asked in the shortest way there is, so that this costs little:
 * a part of it is done after each command, and all of it after every program.
 */
import { stateAt } from '../../spec/history.ts';
import type { Model } from '../../spec/model.ts';
import type { Bytes, KeyValue, Operation } from '../../spec/types.ts';
import type { Session } from '../stores/session.ts';
import { judgeAnswer } from './audit.ts';
import { isSame } from './same.ts';
import type { StoryLine } from './story.ts';

/** Refused revisions that are asked for: just below the compacted one, and the first. */
const REFUSED_MAX = 3;
/** Of a store that is far away. */
const REMOTE_KEYS = 8;

type State = ReadonlyMap<Bytes, KeyValue>;

export class RevisionAudit {
  readonly #model: Model;
  readonly #session: Session;
  readonly #story: readonly StoryLine[];
  /** Of revisions that are over: nothing changes them any more. */
  readonly #states = new Map<number, State>();
  readonly #keys = new Set<Bytes>();
  #changesSeen = 0;
  /** The past revision that was looked at last. */
  #past = 0;

  constructor(model: Model, session: Session, story: readonly StoryLine[]) {
    this.#model = model;
    this.#session = session;
    this.#story = story;
  }

  /** Returns how many answers were compared. */
  async all(): Promise<number> {
    if (this.#isQuick) return this.#all();
    const session = this.#session;
    const { isAlone } = session;
    // Through one door each: over a wire every answer takes its time.
    session.isAlone = false;
    try {
      return await this.#all();
    } finally {
      session.isAlone = isAlone;
    }
  }

  async #all(): Promise<number> {
    const { revision: current, compactRevision } = this.#model;
    let count = 0;
    for (let revision = 1; revision <= current; revision++) {
      const isRefused = revision < compactRevision;
      if (isRefused && revision > 1 && revision < compactRevision - REFUSED_MAX) continue;
      await this.#ask({ op: 'range', selector: { all: true }, revision });
      count++;
      if (!isRefused) count += await this.#everyKey(revision, revision);
    }
    return count;
  }

  /**
   * Every key there ever was, as it is now and at one revision of the past, each in its turn: what a command did
   * that it should not have done shows at once, and not only where somebody asks, or not at all because a
   * compaction took it away. Returns how many answers were compared.
   */
  async some(): Promise<number> {
    if (!this.#isQuick) return 0;
    const { revision: current, compactRevision } = this.#model;
    this.#past = this.#past < current ? this.#past + 1 : 1;
    this.#past = Math.max(this.#past, compactRevision);
    return (await this.#everyKey(current, 0)) + (await this.#everyKey(this.#past, this.#past));
  }

  /** `asked`: how that revision is asked for; 0 is now. */
  async #everyKey(revision: number, asked: number): Promise<number> {
    const state = this.#stateAt(revision);
    const keys = this.#allKeys();
    if (!this.#isQuick) return this.#fewKeys([...keys], revision);
    for (const key of keys) {
      if (this.#session.holds(key, asked, state.get(key))) continue;
      await this.#ask({ op: 'get', key, ...(asked > 0 && { revision: asked }) });
    }
    return keys.size;
  }

  /** All keys together were asked for already. Other ones are asked for by themselves at each revision, at once. */
  async #fewKeys(keys: readonly Bytes[], revision: number): Promise<number> {
    const count = Math.min(keys.length, REMOTE_KEYS);
    const asking = Array.from({ length: count }, (_, i) => {
      const key = keys[(revision * REMOTE_KEYS + i) % keys.length]!;
      return this.#ask({ op: 'get', key, revision });
    });
    await Promise.all(asking);
    return count;
  }

  async #ask(read: Operation): Promise<void> {
    const session = this.#session;
    const value = this.#isQuick ? session.answerSync(read) : await session.answer(read);
    const expected = this.#model.step(read);
    if (isSame(value, expected)) return;
    judgeAnswer(read, expected, { status: 'fulfilled', value }, [...this.#story, read]);
  }

  #stateAt(revision: number): State {
    let state = this.#states.get(revision);
    if (state === undefined) {
      state = new Map(stateAt(this.#model.changes, revision).map((kv) => [kv.key, kv]));
      this.#states.set(revision, state);
    }
    return state;
  }

  #allKeys(): ReadonlySet<Bytes> {
    const { changes } = this.#model;
    for (; this.#changesSeen < changes.length; this.#changesSeen++) {
      this.#keys.add(changes[this.#changesSeen]!.key);
    }
    return this.#keys;
  }

  get #isQuick(): boolean {
    return this.#session.store.getSync !== undefined;
  }
}
