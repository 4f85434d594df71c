/**
 * Time for a store whose leases are to expire when the test says so, and whose housekeeping is to go on
 * meanwhile: what is to happen in a fraction of a second happens in the next turns of the event loop, and
 * all else when time is moved on.
 */
import { SteppedClock } from './stepped-clock.ts';

/** Delays below this are housekeeping: batches, rests, marks. */
const SHORT_MS = 100;

export class VirtualClock extends SteppedClock {
  override setTimer(delayMs: number, run: () => void): Disposable {
    if (delayMs >= SHORT_MS) return super.setTimer(delayMs, run);
    const turn = setImmediate(run);
    return { [Symbol.dispose]: () => clearImmediate(turn) };
  }
}
