/**
 * What goes wrong with a disk, as plain data, and as a short expression without blanks: faults with commas
 * between them. Each says which call it hits and what becomes of that call.
 *
 *     write:3=EIO               the third write fails
 *     write:3+=EIO              so do all later ones
 *     read:5@*.seg=flip:17      the fifth read of a segment; a pattern is for the last name of the path
 *     call:40=clock:+3600000    the fortieth call of any kind: the clock jumps by an hour
 *     space=8192                ENOSPC for whatever would make all files together longer than that
 *
 * | what         | of          | what becomes of the call                                             |
 * |--------------|-------------|----------------------------------------------------------------------|
 * | EIO, ENOSPC… | any         | fails, and nothing is done                                           |
 * | cut:K:CODE   | write       | the first K bytes get to the disk, then it fails                     |
 * | lost         | write       | reported as done, and nothing is written                             |
 * | shift:B      | write       | reported as done, and lands B bytes further on, or before with -B    |
 * | short:K      | read        | K bytes are read at most                                             |
 * | flip:B       | read        | bit B of what is read, modulo its length, is wrong this once         |
 * | rot:B        | read        | the same bit is wrong on the disk from now on                        |
 * | lie          | sync…       | fails with EIO; later ones of this file report success, do nothing   |
 * | slow:T       | sync        | takes T turns of the event loop; in place the clock moves on by T ms |
 * | clock:±MS    | any         | done as always, after the clock has jumped                           |
 *
 * A sync or a removal in the background is a sync or a removal; size and close never fail. `sync…`: of
 * the names of a directory as well, which is a `syncdir`.
 */
export type CallKind = (typeof CALL_KINDS)[number];
export type DiskErrorCode = (typeof DISK_ERROR_CODES)[number];

export type Effect =
  | { readonly does: 'fail'; readonly code: DiskErrorCode }
  | { readonly does: 'cut'; readonly bytes: number; readonly code: DiskErrorCode }
  | { readonly does: 'lost' }
  | { readonly does: 'shift'; readonly by: number }
  | { readonly does: 'short'; readonly bytes: number }
  | { readonly does: 'flip'; readonly bit: number }
  | { readonly does: 'rot'; readonly bit: number }
  | { readonly does: 'lie' }
  | { readonly does: 'slow'; readonly turns: number }
  | { readonly does: 'clock'; readonly ms: number };

export interface CallFault {
  readonly about: CallKind | 'call';
  /** The number of the call that is hit, from 1, of those that the fault is about. */
  readonly from: number;
  /** All later ones are hit, too. */
  readonly forever: boolean;
  /** Of the last name in the path, `*` for anything; absent: all files. */
  readonly files?: string;
  readonly effect: Effect;
}

export interface SpaceFault {
  readonly about: 'space';
  readonly bytes: number;
}

export type Fault = CallFault | SpaceFault;
export type FaultPlan = readonly Fault[];

export const CALL_KINDS = [
  'open',
  'read',
  'write',
  'sync',
  'truncate',
  'rename',
  'remove',
  'list',
  'syncdir',
  'makedir',
  'lock',
] as const;

export const DISK_ERROR_CODES = [
  'EIO',
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EACCES',
  'EPERM',
  'EROFS',
  'EINTR',
  'EAGAIN',
] as const;

/** The calls that an effect can befall; absent: any. */
export const CALLS_OF: Readonly<Partial<Record<Effect['does'], readonly CallFault['about'][]>>> = {
  cut: ['write'],
  lost: ['write'],
  shift: ['write'],
  short: ['read'],
  flip: ['read'],
  rot: ['read'],
  lie: ['sync', 'syncdir'],
  slow: ['sync'],
};

export function printFaultPlan(plan: FaultPlan): string {
  return plan.map(printFault).join(',');
}

export function printFault(fault: Fault): string {
  if (fault.about === 'space') return `space=${fault.bytes}`;
  const { about, from, forever, files, effect } = fault;
  const of = files === undefined ? '' : `@${files}`;
  return `${about}:${from}${forever ? '+' : ''}${of}=${printEffect(effect)}`;
}

export function printEffect(effect: Effect): string {
  switch (effect.does) {
    case 'fail':
      return effect.code;
    case 'cut':
      return `cut:${effect.bytes}:${effect.code}`;
    case 'shift':
      return `shift:${effect.by}`;
    case 'short':
      return `short:${effect.bytes}`;
    case 'flip':
    case 'rot':
      return `${effect.does}:${effect.bit}`;
    case 'slow':
      return `slow:${effect.turns}`;
    case 'clock':
      return `clock:${effect.ms < 0 ? '' : '+'}${effect.ms}`;
    case 'lost':
    case 'lie':
    default:
      return effect.does;
  }
}
