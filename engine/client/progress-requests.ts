/**
 * Asking how far the watches of a stream are. An answer is for all of them: everything up to its revision
 * was sent. Servers before etcd 3.4.25 and 3.5.8 answer at once, whatever is still to come (R107); there an
 * answer counts for a watch only after many in a row with no event between them, and later than it takes
 * such a server to look after those that start in the past.
 */
import { Maintenance } from '../wire/generated/rpc_pb.ts';
import type { Calls } from './calls.ts';
import type { Endpoint } from './endpoint.ts';
import type { Watcher } from './watcher.ts';

/** An old server picks what it sends next at random from answers and events. */
const ROUNDS = 16;
/** It looks after those that were held up every 10 ms, and after those in the past every 100. */
const HELD_UP_MS = 15;
const IN_THE_PAST_MS = 120;
/** While a watch is behind there is no answer at all: another request may find it caught up. */
const REPEAT_MS = 25;
/** An answer that has not come by then never will. */
const LOST_MS = 2000;

interface Asking {
  /** Its consumer wants to know. */
  isAsked: boolean;
  /** Answers that may have been given before the watch was there. */
  stale: number;
  /** An old server may have something for it until then. */
  settlesAtMs: number;
  /** In a row, from an old server, and what the first of them said. */
  rounds: number;
  revision: number;
}

export class ProgressRequests {
  readonly #calls: Calls;
  readonly #send: () => void;
  readonly #askings = new Map<Watcher, Asking>();
  /** When those were sent that have no answer. */
  #sentMs: number[] = [];
  #endpoint: Endpoint | undefined;
  /** What an answer is worth, once it is known. */
  #isOrdered: boolean | undefined;
  #isLooking = false;
  #timer: Disposable | undefined;

  constructor(calls: Calls, send: () => void) {
    this.#calls = calls;
    this.#send = send;
  }

  opened(endpoint: Endpoint): void {
    this.reset();
    if (this.#endpoint !== endpoint) this.#isOrdered = undefined;
    this.#endpoint = endpoint;
  }

  /** The stream is gone. Who wanted to know still does. */
  reset(): void {
    this.#sentMs = [];
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const asking of this.#askings.values()) asking.rounds = 0;
  }

  bound(watcher: Watcher, isInThePast: boolean): void {
    const settleMs = isInThePast ? IN_THE_PAST_MS : 0;
    const isAsked = this.#askings.get(watcher)?.isAsked === true;
    const asking: Asking = {
      isAsked,
      stale: this.#outstanding().length,
      settlesAtMs: performance.now() + settleMs,
      rounds: 0,
      revision: 0,
    };
    this.#askings.set(watcher, asking);
    if (isAsked) this.#request();
  }

  forget(watcher: Watcher): void {
    this.#askings.delete(watcher);
  }

  /** Events came for it. */
  disturbed(watcher: Watcher): void {
    const asking = this.#askings.get(watcher);
    if (asking === undefined) return;
    asking.rounds = 0;
    asking.settlesAtMs = Math.max(asking.settlesAtMs, performance.now() + HELD_UP_MS);
  }

  ask(watcher: Watcher): void {
    const asking = this.#askings.get(watcher);
    // It is not on the stream yet: it would not be meant.
    if (asking === undefined) return;
    asking.isAsked = true;
    this.#request();
  }

  answered(revision: number): void {
    this.#sentMs.shift();
    for (const [watcher, asking] of this.#askings) {
      if (asking.stale > 0) asking.stale--;
      else if (this.#isOrdered === true) this.#tell(watcher, asking, revision);
      else if (asking.isAsked) this.#count(watcher, asking, revision);
    }
    this.#goOn();
  }

  /** Whoever wants to know and was not told needs another answer: now, or when it may be believed. */
  #goOn(): void {
    const asked = [...this.#askings.values()].filter(({ isAsked }) => isAsked);
    if (asked.length === 0) return;
    const now = performance.now();
    const waitsMs = asked.map(({ rounds, settlesAtMs }) =>
      rounds > ROUNDS ? settlesAtMs - now : 0,
    );
    const waitMs = Math.min(...waitsMs);
    if (waitMs <= 0) return this.#request();
    this.#timer ??= this.#calls.options.clock.setTimer(waitMs, () => {
      this.#timer = undefined;
      this.#request();
    });
  }

  #tell(watcher: Watcher, asking: Asking, revision: number): void {
    const { isAsked } = asking;
    asking.isAsked = false;
    asking.rounds = 0;
    watcher.progress(revision, isAsked, this.#isOrdered !== true);
  }

  #count(watcher: Watcher, asking: Asking, revision: number): void {
    if (asking.rounds === 0) asking.revision = revision;
    asking.rounds++;
    const isSettled = performance.now() >= asking.settlesAtMs;
    if (isSettled && asking.rounds > ROUNDS) this.#tell(watcher, asking, asking.revision);
  }

  #request(): void {
    const sentMs = this.#outstanding();
    const now = performance.now();
    if (sentMs.length > 0 && now - sentMs.at(-1)! < REPEAT_MS) return;
    if (this.#isOrdered === undefined) void this.#look();
    sentMs.push(now);
    this.#send();
  }

  #outstanding(): number[] {
    const since = performance.now() - LOST_MS;
    if (this.#sentMs.length > 0 && this.#sentMs[0]! < since) {
      this.#sentMs = this.#sentMs.filter((sent) => sent >= since);
    }
    return this.#sentMs;
  }

  /** Which server it is. Until that is known it counts as an old one. */
  async #look(): Promise<void> {
    const endpoint = this.#endpoint;
    if (this.#isLooking || endpoint === undefined) return;
    this.#isLooking = true;
    try {
      const { version } = await this.#calls.unary(
        Maintenance.method.status,
        {},
        { endpoint, isRepeatable: true },
      );
      if (this.#endpoint === endpoint) this.#isOrdered = answersInOrder(version);
    } catch {
      // The next request looks again.
    } finally {
      this.#isLooking = false;
    }
  }
}

/** Whether a server of this version answers in order with events, and not while one is behind. */
export function answersInOrder(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.\-+]/).map(Number);
  if (major !== 3) return major > 3;
  if (minor === 4) return patch >= 25;
  if (minor === 5) return patch >= 8;
  return minor > 5;
}
