/**
 * Alarms that somebody raised by hand, or for another member (R153): each is a member's id and a type, kept
 * in bucket `alarm` as etcd keeps them, the key being an AlarmMember message. They stay until somebody lifts them.
 */
import { ALARM_BUCKET, type Backend } from '../backend/backend.ts';

export type AlarmType = 'NOSPACE' | 'CORRUPT';

export interface Alarm {
  readonly memberId: bigint;
  readonly type: AlarmType;
}

/** The protocol's numbers. */
const NUMBERS: Readonly<Record<AlarmType, number>> = { NOSPACE: 1, CORRUPT: 2 };
const NO_VALUE: Uint8Array = new Uint8Array(0);

export class Alarms {
  readonly #backend: Backend;
  readonly #raised = new Map<string, Alarm>();
  readonly #counts: Record<AlarmType, number> = { NOSPACE: 0, CORRUPT: 0 };

  constructor(backend: Backend) {
    this.#backend = backend;
    backend.readTx().forEach(ALARM_BUCKET, (key) => {
      const alarm = decodeAlarm(key);
      if (alarm !== undefined) this.#add(alarm);
    });
  }

  /** In the order in which they were raised. */
  get raised(): readonly Alarm[] {
    return [...this.#raised.values()];
  }

  has(type: AlarmType): boolean {
    return this.#counts[type] > 0;
  }

  /** No error if it is raised already. Not in a transaction; on disk after a flush. */
  raise(alarm: Alarm): void {
    if (!this.#add(alarm)) return;
    this.#backend.batchTx().put(ALARM_BUCKET, encodeAlarm(alarm), NO_VALUE);
    this.#backend.requestCommit();
  }

  /** False if it was not raised. Not in a transaction; on disk after a flush. */
  lift(alarm: Alarm): boolean {
    if (!this.#raised.delete(nameOf(alarm))) return false;
    this.#counts[alarm.type]--;
    this.#backend.batchTx().delete(ALARM_BUCKET, encodeAlarm(alarm));
    this.#backend.requestCommit();
    return true;
  }

  #add(alarm: Alarm): boolean {
    const name = nameOf(alarm);
    if (this.#raised.has(name)) return false;
    this.#raised.set(name, alarm);
    this.#counts[alarm.type]++;
    return true;
  }
}

const nameOf = ({ memberId, type }: Alarm): string => `${type} ${memberId}`;

/** AlarmMember: 1 memberID (uint64, left out if it is 0), 2 alarm. */
function encodeAlarm({ memberId, type }: Alarm): Uint8Array {
  const bytes: number[] = [];
  if (memberId !== 0n) {
    bytes.push(1 << 3);
    let rest = BigInt.asUintN(64, memberId);
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
  }
  bytes.push(2 << 3, NUMBERS[type]);
  return Uint8Array.from(bytes);
}

/** Undefined: it is none of these; the quota keeps its own alarm under another key. */
function decodeAlarm(key: Uint8Array): Alarm | undefined {
  const [tag, number] = key.subarray(-2);
  const type = number === 1 ? 'NOSPACE' : number === 2 ? 'CORRUPT' : undefined;
  if (tag !== 2 << 3 || type === undefined) return undefined;
  if (key.length === 2) return { memberId: 0n, type };
  if (key[0] !== 1 << 3) return undefined;
  let memberId = 0n;
  for (const [i, byte] of key.subarray(1, -2).entries()) {
    memberId |= BigInt(byte & 0x7f) << BigInt(7 * i);
  }
  return { memberId, type };
}
