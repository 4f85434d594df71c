/** Clients that fill a disk from within this process, and what is known of their writes. */
import type { EmbeddedStore } from '../../engine/index.ts';
import type { BeforeCrash } from '../../spec/crash.ts';
import { beforeCrash, type Fact } from '../crash/facts.ts';
import { patiently } from '../conformance/audit.ts';

const CLIENTS = 8;
const KEYS = 7;
const VALUE_BYTES = 1500;

/** Writes several at a time, and knows what came of it. */
export class Filler {
  readonly #facts: Fact[] = [];
  #revision = 1;
  #compactRevision = -1;
  #count = 0;

  get before(): BeforeCrash {
    return beforeCrash(this.#facts);
  }

  /** Of these in one batch: the codes of those that were refused. */
  async putSeveral(store: EmbeddedStore): Promise<string[]> {
    const puts = Array.from({ length: CLIENTS }, () => {
      const number = this.#count++;
      return { key: `key ${number % KEYS}`, value: `${number} `.padEnd(VALUE_BYTES, '.') };
    });
    const settled = await patiently(
      Promise.allSettled(puts.map(({ key, value }) => store.put(key, value))),
    );
    const refused: string[] = [];
    for (const [i, result] of settled.entries()) {
      const code = result.status === 'rejected' ? codeOf(result.reason) : undefined;
      if (code !== undefined) refused.push(code);
      // What the disk has failed at may be there or not; what it had no room for is not.
      if (code === 'ERR_NO_SPACE') continue;
      const revision = ++this.#revision;
      this.#facts.push({
        fact: 'asked',
        changes: [{ type: 'put', revision, ...puts[i]!, lease: 0n }],
      });
      if (result.status === 'rejected') continue;
      if (result.value.revision !== revision) throw new Error(`${result.value.revision} is made`);
      this.#facts.push({ fact: 'answered', revision });
    }
    return refused;
  }

  /** Until none of a batch is written; returns every code there was. */
  async fill(store: EmbeddedStore): Promise<Set<string>> {
    const codes = new Set<string>();
    for (;;) {
      const refused = await this.putSeveral(store);
      for (const code of refused) codes.add(code);
      if (refused.length === CLIENTS || codes.has('ERR_POISONED')) return codes;
    }
  }

  async deleteAndCompact(store: EmbeddedStore): Promise<void> {
    const keys = store.rangeSync({ all: true }, { keysOnly: true }).kvs.map(({ key }) => key);
    const revision = ++this.#revision;
    const changes = keys.map((key) => ({ type: 'delete', revision, key }) as const);
    this.#facts.push({ fact: 'asked', changes });
    await patiently(store.delete({ all: true }));
    this.#facts.push({ fact: 'answered', revision }, { fact: 'asked to compact', revision });
    await patiently(store.compact(revision, { physical: true }));
    this.#facts.push({ fact: 'compacted', revision });
    this.#compactRevision = revision;
    await patiently(store.defragment());
  }

  /** The store was opened again: what was recovered is all that was ever asked for. */
  recovered(store: EmbeddedStore): void {
    const { requested } = this.before;
    const { revision } = store;
    const changes = requested.filter((change) => change.revision <= revision);
    this.#facts.length = 0;
    this.#facts.push({ fact: 'asked', changes }, { fact: 'answered', revision });
    this.#facts.push({ fact: 'asked to compact', revision: this.#compactRevision });
    this.#facts.push({ fact: 'compacted', revision: this.#compactRevision });
    this.#revision = revision;
  }
}

export async function codeOfRefusal(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await patiently(asked);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'string') throw error;
  return code;
}
