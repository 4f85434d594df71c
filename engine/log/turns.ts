/**
 * When the group commit runs: after everything that is runnable now, so that one batch takes all of it,
 * but never so often that syncing in place, from tick to tick, would starve timers and sockets.
 */
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';

export class Turns {
  readonly #clock: Clock;
  readonly #run: () => void;
  #scheduled = false;
  #lastTurnMs = 0;

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
  }

  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#clock.now() - this.#lastTurnMs < limits.syncInPlaceStreakMsMax) {
      process.nextTick(this.#onTick);
    } else {
      setImmediate(this.#onTurn);
    }
  }

  readonly #onTurn = (): void => {
    this.#lastTurnMs = this.#clock.now();
    this.#onTick();
  };

  readonly #onTick = (): void => {
    this.#scheduled = false;
    this.#run();
  };
}
