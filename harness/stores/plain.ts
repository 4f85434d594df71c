/**
 * Between the specification's plain data and the store's own types. Byte strings of the specification
 * are latin1; the store takes text or bytes, and both ways must come to the same.
 *
 * What goes in is overwritten as soon as the call is made, and what comes out as soon as it is read: a
 * store that keeps a caller's buffer, or hands out its own, answers nonsense from then on.
 */
import type { KeyValue as StoreKeyValue, Selector as StoreSelector } from '../../engine/index.ts';
import type { Bytes, KeyValue, Selector } from '../../spec/types.ts';

/** How keys and values are handed to the store: as text where they are UTF-8, or always as bytes. */
export type KeyForm = 'text' | 'bytes';

/** Makes one call with arguments that are spoiled as soon as it returns, promise or not. */
export function call<R>(form: KeyForm, run: (by: Arguments) => R): R {
  const by = new Arguments(form);
  try {
    return run(by);
  } finally {
    by.spoil();
  }
}

/** Makes the arguments of one call. */
export class Arguments {
  readonly #form: KeyForm;
  readonly #lent: Uint8Array[] = [];

  constructor(form: KeyForm) {
    this.#form = form;
  }

  bytes(bytes: Bytes): string | Uint8Array {
    if (this.#form === 'text') {
      const text = Buffer.from(bytes, 'latin1').toString('utf8');
      if (Buffer.from(text, 'utf8').toString('latin1') === bytes) return text;
    }
    // Both are Uint8Arrays, but their methods are not the same: `slice` of a Buffer copies nothing.
    const buffer = Buffer.from(bytes, 'latin1');
    const lent = this.#lent.length % 2 === 0 ? buffer : new Uint8Array(buffer);
    this.#lent.push(lent);
    return lent;
  }

  selector(selector: Selector): StoreSelector {
    if ('all' in selector) return selector;
    if ('key' in selector) return this.bytes(selector.key);
    const entries = Object.entries(selector) as [string, Bytes][];
    return Object.fromEntries(
      entries.map(([name, bound]) => [name, this.bytes(bound)]),
    ) as StoreSelector;
  }

  spoil(): void {
    for (const lent of this.#lent) lent.fill(SPOILED);
  }
}

const SPOILED = 0xee;

/** What a KeyValue of the store says, after which its bytes are spoiled. */
export function plainKeyValue(kv: StoreKeyValue): KeyValue {
  const { keyBytes, value } = kv;
  const plain: KeyValue = {
    key: latin1(keyBytes),
    value: latin1(value),
    createRevision: kv.createRevision,
    modRevision: kv.modRevision,
    version: kv.version,
    lease: kv.lease,
  };
  if (!isTextOf(kv.key, plain.key)) {
    throw new Error(`key text "${kv.key}" is not that of its bytes ${plain.key}`);
  }
  if (!isTextOf(kv.text(), plain.value)) {
    throw new Error(`text() of ${plain.key} is not that of the value's bytes`);
  }
  keyBytes.fill(SPOILED);
  value.fill(SPOILED);
  return plain;
}

/** UTF-8 decoded; ASCII is the same in both. */
function isTextOf(text: string, bytes: Bytes): boolean {
  if (text === bytes && !BEYOND_ASCII.test(text)) return true;
  return text === Buffer.from(bytes, 'latin1').toString('utf8');
}

const BEYOND_ASCII = /[\x80-\uffff]/;

export function latin1(bytes: Uint8Array): Bytes {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
