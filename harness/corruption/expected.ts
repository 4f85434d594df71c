/** What a store must show, made ready so that comparing costs little: by revision, in key order, as bytes. */
import type { KeyValue } from '../../engine/index.ts';
import { type Change, stateAt } from '../../spec/history.ts';
import type { Event } from '../../spec/maintenance-types.ts';
import { history } from '../../spec/model-history.ts';
import type * as spec from '../../spec/types.ts';
import type { Moment } from './victim.ts';

export interface ExpectedKeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly plain: spec.KeyValue;
}

export class Expected {
  /** Every key there ever was. */
  readonly keys: readonly Buffer[];
  readonly #states: readonly (readonly ExpectedKeyValue[])[];
  readonly #changes: readonly Change[];
  readonly #histories = new Map<string, readonly Event[]>();

  constructor(changes: readonly Change[]) {
    const last = changes.at(-1)?.revision ?? 1;
    this.#changes = changes;
    this.keys = [...new Set(changes.map(({ key }) => key))].map((key) => bytesOf(key));
    this.#states = Array.from({ length: last + 1 }, (_, revision) =>
      stateAt(changes, revision).map((plain) => ({
        key: bytesOf(plain.key),
        value: bytesOf(plain.value),
        plain,
      })),
    );
  }

  at(revision: number): readonly ExpectedKeyValue[] {
    return this.#states[revision]!;
  }

  /** All that is left, oldest first. */
  history({ revision, compactRevision }: Moment): readonly Event[] {
    const name = `${revision} ${compactRevision}`;
    let events = this.#histories.get(name);
    if (events === undefined) {
      const changes = this.#changes.filter((change) => change.revision <= revision);
      const answer = history(changes, compactRevision, { op: 'history', selector: { all: true } });
      events = answer.kind === 'history' ? answer.events : [];
      this.#histories.set(name, events);
    }
    return events;
  }
}

export const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

export function isSame(kv: KeyValue, { key, value, plain }: ExpectedKeyValue): boolean {
  return (
    kv.modRevision === plain.modRevision &&
    kv.createRevision === plain.createRevision &&
    kv.version === plain.version &&
    kv.lease === plain.lease &&
    Buffer.compare(kv.value, value) === 0 &&
    Buffer.compare(kv.keyBytes, key) === 0
  );
}
