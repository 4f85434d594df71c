/**
 * A frame is claimed durable by the frames after it, so the last one is claimed by none: rot in it would
 * pass for a torn write. When the writer falls idle, an empty mark frame is appended that claims it.
 * The mark is written and not synced: it protects against rot, not against a power cut.
 */
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { LogWriter } from './log-writer.ts';

export class IdleMark {
  readonly #writer: LogWriter;
  readonly #clock: Clock;
  readonly #mark: () => void;
  #timer: Disposable | undefined;
  /** The last mark's sequence, or what was there at the start. */
  #markedSequence: number;

  /** `mark` appends the mark and writes it. */
  constructor(writer: LogWriter, clock: Clock, mark: () => void) {
    this.#writer = writer;
    this.#clock = clock;
    this.#mark = mark;
    this.#markedSequence = writer.lastSequence;
  }

  /** After every commit. One timer at a time: a busy writer only moves it on. */
  arm(): void {
    const seen = this.#writer.lastSequence;
    if (this.#timer !== undefined || seen === this.#markedSequence) return;
    this.#timer = this.#clock.setTimer(limits.idleMarkDelayMs, () => {
      this.#timer = undefined;
      const idle = this.#writer.lastSequence === seen && this.#writer.clean;
      if (!idle) this.arm();
      else if (this.#writer.durableSequence === seen) {
        this.#mark();
        this.#markedSequence = this.#writer.lastSequence;
      }
    });
  }

  /** Nobody has written since the last mark. */
  get isIdle(): boolean {
    return this.#timer === undefined;
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
  }
}
