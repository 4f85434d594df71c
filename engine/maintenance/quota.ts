/**
 * The quota (R154, R155): puts are refused once live bytes would reach it, and the alarm NOSPACE is on. Unlike
 * etcd's it goes by what is alive, and ends by itself at 95 %, so that it does not flutter at the edge. An
 * alarm that somebody raised by hand does not: it refuses puts until it is lifted, whatever is alive.
 */
import { ALARM_BUCKET, type Backend } from '../backend/backend.ts';
import { keyBytesOf } from '../base/bytes.ts';
import { VarveError } from '../base/errors.ts';
import { Alarms, type AlarmType } from './alarms.ts';

const NOSPACE: Uint8Array = keyBytesOf('NOSPACE');
const CLEARED_AT_SHARE = 0.95;

export class Quota {
  readonly #backend: Backend;
  /** 0: none. */
  readonly quotaBytes: number;
  /** Those that others than the quota have raised. */
  readonly raised: Alarms;
  #alarm: boolean;
  /** In the transaction that is open. */
  #refused = false;

  constructor(backend: Backend, quotaBytes: number) {
    this.#backend = backend;
    this.quotaBytes = quotaBytes;
    this.raised = new Alarms(backend);
    this.#alarm = backend.readTx().range(ALARM_BUCKET, NOSPACE).keys.length > 0;
  }

  get alarms(): readonly AlarmType[] {
    const alarms: AlarmType[] = [];
    if (this.#alarm || this.raised.has('NOSPACE')) alarms.push('NOSPACE');
    if (this.raised.has('CORRUPT')) alarms.push('CORRUPT');
    return alarms;
  }

  /** The quota itself has raised its alarm. */
  get isExceeded(): boolean {
    return this.#alarm;
  }

  /** Ends its own alarm, until the next put that finds no room. Not in a transaction. */
  disarm(): void {
    if (this.#alarm) this.#set(false);
  }

  /** Throws ERR_NO_SPACE if a put of this many bytes must be refused. */
  admit(putBytes: number): void {
    if (this.raised.has('NOSPACE')) throw this.#noSpace('until the alarm NOSPACE is disarmed');
    if (this.quotaBytes === 0) return;
    const isFull = this.#backend.sizeInUse() + putBytes >= this.quotaBytes;
    if (!isFull && (!this.#alarm || this.#hasRoom())) return;
    this.#refused = true;
    throw this.#noSpace(`the quota is ${this.quotaBytes}: delete and compact, or raise quotaBytes`);
  }

  /** `settle` has to be called at the end of a transaction. */
  get isUnsettled(): boolean {
    return this.#alarm || this.#refused;
  }

  /** Raises the alarm if a put was refused, clears it if there is room; on disk too. Not in a transaction. */
  settle(): void {
    const raise = this.#refused;
    this.#refused = false;
    if (raise === this.#alarm || (!raise && !this.#hasRoom())) return;
    this.#set(raise);
  }

  #set(raise: boolean): void {
    this.#alarm = raise;
    const batch = this.#backend.batchTx();
    if (raise) batch.put(ALARM_BUCKET, NOSPACE, new Uint8Array(0));
    else batch.delete(ALARM_BUCKET, NOSPACE);
    this.#backend.requestCommit();
  }

  #hasRoom(): boolean {
    if (this.quotaBytes === 0) return true;
    return this.#backend.sizeInUse() < this.quotaBytes * CLEARED_AT_SHARE;
  }

  #noSpace(why: string): VarveError {
    return new VarveError(
      'ERR_NO_SPACE',
      `etcdserver: mvcc: database space exceeded (${this.#backend.sizeInUse()} live bytes, ${why})`,
    );
  }
}
