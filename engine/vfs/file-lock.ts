/**
 * The lock of a directory: a LOCK file that names its owner. Node has no flock(2), so a lock
 * outlives a killed process, and taking it over from the dead must be as exclusive as taking it.
 *
 *     LOCK             the owner's record; there is one owner because link(2) never replaces a name
 *     LOCK.<id>.tmp    a record while it is written: LOCK appears whole or not at all
 *     LOCK.<digest>    a claim: the right to remove the one stale record that has this digest
 *
 * Taking over needs the claim, because looking and removing are two steps:
 *
 *     A reads LOCK = X, dead         B reads LOCK = X, dead
 *     A removes LOCK
 *     A links LOCK = A: held
 *                                    B removes LOCK, which is A's by now
 *                                    B links LOCK = B: two owners
 *
 * (Renaming LOCK away and putting a wrong one back only narrows this: a third may link in between.)
 * With the claim on X, A alone may remove X, so LOCK stays X from A's second look at it until A
 * removes it. B, coming late with a claim on X, sees that LOCK is no longer X and starts again. A
 * claim is itself such a lock, and is taken over in the same way if its owner died holding it.
 *
 * Left out: file systems without hard links, where link throws and `open` with it; and sweeping up
 * the .tmp files of processes that were killed in the fraction of a millisecond that one exists.
 */
import { createHash } from 'node:crypto';
import { linkSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { VarveError } from '../base/errors.ts';
import type { Lock } from './fs.ts';
import { hasCode } from './fs-checks.ts';
import { judgeOwner, type LockOwner, ownerOfThisProcess, parseOwner } from './lock-owner.ts';

export function lockFile(path: string): Lock {
  const self = ownerOfThisProcess();
  const text = `${JSON.stringify(self)}\n`;
  const draft = `${path}.${self.id}.tmp`;
  try {
    writeFileSync(draft, text, { flag: 'wx' });
    take(path, { self, draft, lockPath: path });
  } finally {
    rmSync(draft, { force: true });
  }
  let isHeld = true;
  return {
    release(): void {
      if (!isHeld) return;
      isHeld = false;
      // Somebody may have removed the file by hand and another process taken the lock since.
      if (readIfPresent(path) === text) unlinkSync(path);
    },
  };
}

/**
 * Where the right to remove the record `text` at `path` is claimed. The digest is over the name and
 * not the path, since processes may reach one directory by different paths.
 */
export function claimPath(lockPath: string, path: string, text: string): string {
  const digest = createHash('sha256')
    .update(`${basename(path)}\n${text}`)
    .digest('hex');
  return `${lockPath}.${digest.slice(0, 16)}`;
}

/** One attempt to take the lock at `lockPath`, with the record that stands ready in `draft`. */
interface Attempt {
  readonly self: LockOwner;
  readonly draft: string;
  readonly lockPath: string;
}

/** `path` is the lock's, or that of a claim needed on the way to it. */
function take(path: string, attempt: Attempt): void {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    if (linkIfAbsent(attempt.draft, path)) return;
    const text = readIfPresent(path);
    if (text === undefined) continue;
    const owner = parseOwner(text);
    if (owner !== undefined) refuseUnlessDead(owner, attempt);
    removeStale(path, text, attempt);
  }
  throw new VarveError(
    'ERR_LOCKED',
    `${attempt.lockPath} went from hand to hand ${ROUNDS_MAX} times while this process tried to ` +
      'take it. See which processes keep opening this store, then try again.',
  );
}

/** Each further round means that another process took or released the lock in between. */
const ROUNDS_MAX = 100;

function removeStale(path: string, text: string, attempt: Attempt): void {
  const claim = claimPath(attempt.lockPath, path, text);
  take(claim, attempt);
  try {
    if (readIfPresent(path) === text) unlinkSync(path);
  } finally {
    unlinkSync(claim);
  }
}

function refuseUnlessDead(owner: LockOwner, { self, lockPath }: Attempt): void {
  const state = judgeOwner(owner, self);
  if (state === 'dead') return;
  const whose = `process ${owner.pid} on host ${owner.hostname}, since ${owner.since}`;
  if (state === 'elsewhere') {
    throw new VarveError(
      'ERR_LOCKED',
      `${lockPath} is locked by ${whose}. That is another machine or container, so it cannot be ` +
        'told from here whether it still runs: close the store there. If it is certainly gone, ' +
        `remove ${lockPath} and open again.`,
    );
  }
  if (owner.pid === self.pid) {
    throw new VarveError(
      'ERR_LOCKED',
      `${lockPath} is locked by this very process (${whose}), perhaps by another of its threads. ` +
        'Close the other store first, or use that one.',
    );
  }
  throw new VarveError(
    'ERR_LOCKED',
    `${lockPath} is locked by ${whose}. A store can be open in one process only: close it there ` +
      'or end that process, then open again. (If this directory is a copy of a store in use, ' +
      `remove ${lockPath} from the copy.)`,
  );
}

function linkIfAbsent(source: string, target: string): boolean {
  try {
    linkSync(source, target);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
