/**
 * Looks at everything that an open store shows, and compares it with what it must show. A read that is
 * refused as corrupt is counted, anything else that is not as expected is a problem.
 */
import type { EmbeddedStore, KeyValue, WatchEvent } from '../../engine/index.ts';
import { hashKv } from '../../spec/hash-kv.ts';
import type { Change } from '../../spec/history.ts';
import type { Event } from '../../spec/maintenance-types.ts';
import { bytesOf, type Expected, type ExpectedKeyValue, isSame } from './expected.ts';
import { isCorrupt, problemOfRead, textOf } from './refusal.ts';
import type { Moment } from './victim.ts';

export class Inspection {
  readonly problems: string[] = [];
  /** Reads that were refused. */
  refused = 0;
  readonly #store: EmbeddedStore;
  readonly #expected: Expected;
  readonly #moment: Moment;
  readonly #touched: readonly string[];

  constructor(
    store: EmbeddedStore,
    expected: Expected,
    moment: Moment,
    touched: readonly string[],
  ) {
    this.#store = store;
    this.#expected = expected;
    this.#moment = moment;
    this.#touched = touched;
  }

  /** Every key at every revision. */
  ranges(): void {
    const { revision, compactRevision } = this.#moment;
    for (let at = Math.max(1, compactRevision); at <= revision; at++) {
      this.#guarded(() => {
        const { kvs } = this.#store.rangeSync({ all: true }, { revision: at });
        this.#compare(at, kvs, this.#expected.at(at));
      });
    }
  }

  /** The same, one by one. */
  gets(): void {
    const { revision, compactRevision } = this.#moment;
    for (let at = Math.max(1, compactRevision); at <= revision; at++) {
      const state = this.#expected.at(at);
      for (const key of this.#expected.keys) {
        this.#guarded(() => {
          const kv = this.#store.getSync(key, { revision: at });
          const should = state.filter((one) => key.equals(one.key));
          this.#compare(at, kv === undefined ? [] : [kv], should);
        });
      }
    }
  }

  async history(): Promise<void> {
    const should = this.#expected.history(this.#moment);
    let next = 0;
    try {
      for await (const event of this.#store.history({ all: true })) {
        if (!isSameEvent(event, should[next++])) {
          this.problems.push(`event ${next} of history is ${event.type} at ${event.revision}`);
          return;
        }
      }
      if (next < should.length) this.problems.push(`history ends after ${next} events`);
    } catch (error) {
      this.#refuse(error);
    }
  }

  async hash(changes: readonly Change[]): Promise<void> {
    const { revision, compactRevision } = this.#moment;
    try {
      const { hash } = await this.#store.hashKv();
      const left = changes.filter((change) => change.revision <= revision);
      const should = hashKv(left, compactRevision, revision);
      if (hash !== should) this.problems.push(`the hash is ${hash} and should be ${should}`);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #compare(at: number, kvs: readonly KeyValue[], should: readonly ExpectedKeyValue[]): void {
    let isRight = kvs.length === should.length;
    for (let i = 0; isRight && i < kvs.length; i++) isRight = isSame(kvs[i]!, should[i]!);
    if (isRight) return;
    const does = kvs.map((kv) => describe(kv.keyBytes, kv.value, kv)).join(', ');
    const words = should.map(({ key, value, plain }) => describe(key, value, plain)).join(', ');
    this.problems.push(`at ${at} there is ${does || 'nothing'}, should be ${words || 'nothing'}`);
  }

  #guarded(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    const problem = problemOfRead(error, this.#touched);
    if (problem !== undefined) this.problems.push(problem);
    this.refused++;
  }
}

/** Undefined if it is none that the store has gone through. */
export async function momentOf(
  store: EmbeddedStore,
  moments: readonly Moment[],
): Promise<number | undefined> {
  const { revision, compactRevision } = store;
  const leases = [...(await store.leases.list())].sort((a, b) => (a < b ? -1 : 1));
  const found = moments.findLastIndex(
    (moment) =>
      moment.revision === revision &&
      moment.compactRevision === compactRevision &&
      moment.leases.length === leases.length &&
      moment.leases.every((id, i) => id === leases[i]),
  );
  return found < 0 ? undefined : found;
}

/**
 * One more write, a restart, and all that was there must be there still: what was cut must not come back.
 * Returns the store to go on with.
 */
export async function goOn(
  store: EmbeddedStore,
  reopen: () => Promise<EmbeddedStore>,
  defragments: boolean,
): Promise<EmbeddedStore> {
  await store.put('after', '1');
  if (defragments) {
    try {
      await store.defragment();
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    }
  }
  await store.close();
  return reopen();
}

/** What `goOn` wrote. */
export function problemOfGoingOn(store: EmbeddedStore, { revision }: Moment): string | undefined {
  try {
    const kv = store.getSync('after');
    const isThere = kv?.text() === '1' && kv.modRevision === revision + 1 && kv.version === 1;
    const isLast = store.revision === revision + 1;
    return isThere && isLast ? undefined : `what was written afterwards is ${String(kv?.text())}`;
  } catch (error) {
    return `what was written afterwards cannot be read: ${textOf(error)}`;
  }
}

function isSameEvent(event: WatchEvent, should: Event | undefined): boolean {
  if (should === undefined || event.type !== should.type) return false;
  if (should.type === 'delete') {
    const isSameKey = Buffer.compare(event.kv.keyBytes, bytesOf(should.key)) === 0;
    return event.revision === should.revision && isSameKey;
  }
  const { kv: plain, isCreate } = should;
  const [key, value] = [bytesOf(plain.key), bytesOf(plain.value)];
  const isSameKv = isSame(event.kv, { key, value, plain });
  return event.revision === plain.modRevision && event.isCreate === isCreate && isSameKv;
}

function describe(
  key: Uint8Array,
  value: Uint8Array,
  { createRevision, modRevision, version, lease }: Omit<KeyValue, 'key' | 'value'> | Plain,
): string {
  const numbers = `create ${createRevision} mod ${modRevision} version ${version} lease ${lease}`;
  return `${printable(key)}=${printable(value)} (${numbers})`;
}

type Plain = ExpectedKeyValue['plain'];

function printable(bytes: Uint8Array): string {
  const text = JSON.stringify(Buffer.from(bytes).toString('latin1'));
  return text.length > 40 ? `${text.slice(0, 30)}…{${bytes.length}}` : text;
}
