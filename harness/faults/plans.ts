/** Which faults are tried: the n-th call of each kind, for every n, with everything that can befall it. */
import {
  CALL_KINDS,
  type CallFault,
  type CallKind,
  type DiskErrorCode,
  type Effect,
  type Fault,
} from '../disk/fault-plan.ts';
import type { Numbers } from './numbers.ts';

/** The errors that the operating system may have for a call. */
const ERRORS: Readonly<Record<CallKind, readonly DiskErrorCode[]>> = {
  open: ['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE', 'EACCES', 'EINTR'],
  read: ['EIO', 'EINTR', 'EAGAIN'],
  write: ['EIO', 'ENOSPC', 'EDQUOT', 'EINTR', 'EACCES'],
  sync: ['EIO', 'ENOSPC', 'EDQUOT', 'EINTR'],
  truncate: ['EIO', 'ENOSPC'],
  rename: ['EIO', 'ENOSPC', 'EACCES'],
  remove: ['EIO', 'EACCES'],
  list: ['EIO', 'EMFILE', 'EACCES'],
  syncdir: ['EIO', 'ENOSPC', 'EINTR'],
  makedir: ['EIO', 'ENOSPC', 'EACCES'],
  lock: ['EIO', 'EMFILE', 'EACCES', 'ENOSPC'],
};

/** Long enough that syncs go to the background. */
const SLOW_TURNS = 20;
const HOUR_MS = 3_600_000;

/** What can befall a call of this kind; where there are many of a sort, one of them. */
function effectsOf(kind: CallKind, numbers: Numbers): readonly Effect[] {
  const errors = ERRORS[kind].map((code): Effect => ({ does: 'fail', code }));
  switch (kind) {
    case 'read': {
      const bit = numbers.below(8 * 4096);
      return [...errors, { does: 'flip', bit }, { does: 'rot', bit }, short(numbers)];
    }
    case 'write': {
      const bytes = numbers.oneOf([0, 1, 48, 511, 512, 513, 1000]);
      const code = numbers.oneOf<DiskErrorCode>(['EIO', 'ENOSPC']);
      const by = numbers.oneOf([512, -512, 1024, 8, 3]);
      return [...errors, { does: 'cut', bytes, code }, { does: 'lost' }, { does: 'shift', by }];
    }
    case 'sync':
      return [...errors, { does: 'lie' }, { does: 'slow', turns: SLOW_TURNS }];
    case 'syncdir':
      return [...errors, { does: 'lie' }];
    case 'open':
    case 'truncate':
    case 'rename':
    case 'remove':
    case 'list':
    case 'makedir':
    case 'lock':
    default:
      return errors;
  }
}

const short = (numbers: Numbers): Effect => ({
  does: 'short',
  bytes: numbers.oneOf([0, 1, 40, 512, 600]),
});

/** All of them, once and for ever, for a life with so many calls of each kind and so many bytes. */
export function everyFault(
  calls: ReadonlyMap<CallKind, number>,
  bytes: number,
  numbers: Numbers,
): Fault[] {
  const faults: Fault[] = CALL_KINDS.flatMap((about) =>
    Array.from({ length: calls.get(about) ?? 0 }, (_, n) => n + 1).flatMap((from) =>
      effectsOf(about, numbers).flatMap((effect) => onceAndForEver(about, from, effect)),
    ),
  );
  const all = [...calls.values()].reduce((sum, count) => sum + count, 0);
  for (let from = 1; from <= all; from++) {
    const ms = numbers.oneOf([HOUR_MS, -HOUR_MS, 20]);
    faults.push({ about: 'call', from, forever: false, effect: { does: 'clock', ms } });
    const code = numbers.oneOf<DiskErrorCode>(['EIO', 'EACCES', 'EMFILE', 'ENOSPC']);
    faults.push({ about: 'call', from, forever: true, effect: { does: 'fail', code } });
  }
  for (let room = 0; room <= bytes; room += 256) faults.push({ about: 'space', bytes: room });
  return faults;
}

/** What a disk gets wrong once is told apart best; one that never tells the truth is none. */
const ONCE: ReadonlySet<Effect['does']> = new Set(['lost', 'shift', 'short', 'flip', 'rot', 'cut']);

function onceAndForEver(about: CallKind, from: number, effect: Effect): CallFault[] {
  const once = { about, from, forever: false, effect };
  return ONCE.has(effect.does) ? [once] : [once, { ...once, forever: true }];
}

/** Each sort of fault as likely as any other, however many places it has. */
export function sampled(faults: readonly Fault[], count: number, numbers: Numbers): Fault[] {
  if (faults.length <= count) return [...faults];
  const sorts = new Map<string, Fault[]>();
  for (const fault of faults) {
    const sort = sortOf(fault);
    sorts.set(sort, [...(sorts.get(sort) ?? []), fault]);
  }
  const bySort = [...sorts.values()];
  const chosen = new Set<Fault>();
  while (chosen.size < count) chosen.add(numbers.oneOf(numbers.oneOf(bySort)));
  return [...chosen];
}

/** "EIO on write", "EIO on write for ever". */
export function sortOf(fault: Fault): string {
  if (fault.about === 'space') return 'no space left';
  const { about, forever, effect } = fault;
  const on = about === 'call' ? 'any call' : about;
  const what = effect.does === 'fail' ? effect.code : WORDS[effect.does];
  return `${what} on ${on}${forever ? ' for ever' : ''}`;
}

const WORDS: Readonly<Record<Exclude<Effect['does'], 'fail'>, string>> = {
  cut: 'half done and failed',
  lost: 'lost',
  shift: 'misdirected',
  short: 'cut short',
  flip: 'a flipped bit',
  rot: 'a rotten bit',
  lie: 'failed and lying',
  slow: 'slow',
  clock: 'the clock jumps',
};
