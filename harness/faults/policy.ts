/** What a store may say when its disk fails, by what the disk did to it. */
import { VarveError } from '../../engine/index.ts';
import type { Effect, FaultPlan } from '../disk/fault-plan.ts';

/**
 * - 'harmless': the call did what it was to do. Nothing may be refused.
 * - 'honest': the call said that it failed. Something may be refused, and nothing may be lost.
 * - 'silent': the disk did not tell the truth. What is damaged may be refused, and what nothing that is
 *   intact speaks for may be lost.
 */
export type Honesty = 'harmless' | 'honest' | 'silent';

const HARMLESS: ReadonlySet<Effect['does']> = new Set(['slow', 'clock']);
const SILENT: ReadonlySet<Effect['does']> = new Set(['lost', 'shift', 'short', 'flip', 'rot']);

/** A sync that lies shows only when the power fails. */
export function honestyOf(plan: FaultPlan, powerFails: boolean): Honesty {
  const effects = plan.flatMap((fault) => (fault.about === 'space' ? [] : [fault.effect.does]));
  if (effects.some((does) => SILENT.has(does) || (powerFails && does === 'lie'))) return 'silent';
  const isHarmless = effects.length > 0 && effects.every((does) => HARMLESS.has(does));
  return isHarmless ? 'harmless' : 'honest';
}

/** What went wrong with a store, not with its disk. */
export class Complaint extends Error {
  override readonly name = 'Complaint';
}

/** Whether it belongs to the fault is not asked: a later call may fail for what an earlier one met. */
const CODES: Readonly<Record<Honesty, readonly string[]>> = {
  harmless: [],
  honest: ['ERR_POISONED', 'ERR_UNAVAILABLE', 'ERR_NO_SPACE', 'ERR_READ_ONLY', 'ERR_CLOSED'],
  silent: ['ERR_POISONED', 'ERR_UNAVAILABLE', 'ERR_CLOSED', 'ERR_CORRUPT'],
};

const ADVICE = /\b(close|free|check|restore|salvage|open|look after|try|take another|copy)\b/;

/** Complains if this is no error that a caller can do something about. */
export function checkRefusal(what: string, error: unknown, honesty: Honesty): void {
  if (!(error instanceof VarveError)) {
    throw new Complaint(`${what} throws what is no VarveError: ${String(error)}`, { cause: error });
  }
  const { code, message } = error;
  if (!CODES[honesty].includes(code) && !isForeign(error, honesty)) {
    throw new Complaint(`${what} is refused with ${code}, which does not fit: ${message}`, {
      cause: error,
    });
  }
  if (!ADVICE.test(message)) {
    throw new Complaint(`${what} is refused without a word of what to do: ${message}`);
  }
  if (code === 'ERR_CORRUPT' && !PLACE.test(message)) {
    throw new Complaint(`${what} is refused without a place: ${message}`);
  }
}

const PLACE = /\.seg\b|MANIFEST|CHECKPOINT|backups\//;

/** Damage to what says which version a file is of. */
function isForeign({ code, message }: VarveError, honesty: Honesty): boolean {
  const isCode = honesty === 'silent' && code === 'ERR_INVALID_ARGUMENT';
  return isCode && /format version|not a Varve store/.test(message);
}
