/**
 * What a store was asked and what it said, in order: all that the judge knows of the time before a crash.
 * A fact is told before the call, if it is a request, and after the answer, if it is one; so whatever
 * moment a crash picks, the facts told by then are those that hold.
 */
import type { BeforeCrash, LeaseLife } from '../../spec/crash.ts';
import type { Change } from '../../spec/history.ts';
import { wordOf } from '../../spec/syntax.ts';

export type Fact =
  /** Changes of one revision. */
  | { readonly fact: 'asked'; readonly changes: readonly Change[] }
  /** The write that made this revision was answered, and so must be durable. */
  | { readonly fact: 'answered'; readonly revision: number }
  /** A read or a watch told of it. */
  | { readonly fact: 'shown'; readonly revision: number }
  | { readonly fact: 'asked to compact'; readonly revision: number }
  | { readonly fact: 'compacted'; readonly revision: number }
  /** An id is granted once. */
  | { readonly fact: 'asked for lease'; readonly id: bigint }
  | { readonly fact: 'granted'; readonly id: bigint }
  /** `revision`: the one in which its keys go; undefined if it has none. */
  | {
      readonly fact: 'asked to revoke';
      readonly id: bigint;
      readonly revision: number | undefined;
    }
  | { readonly fact: 'revoked'; readonly id: bigint }
  /** Opened after a crash: what it lacks of what was asked before is gone, and its revisions are given again. */
  | { readonly fact: 'recovered'; readonly revision: number }
  /** `atLeast`: a revision that it holds. */
  | { readonly fact: 'backed up'; readonly path: string; readonly atLeast: number };

/** What they come to. */
export function beforeCrash(facts: readonly Fact[]): BeforeCrash {
  let requested: Change[] = [];
  const compaction = { requested: -1, acknowledged: -1 };
  const lives = new Map<bigint, LeaseLife>();
  let acknowledged = 1;
  let revealed = 1;
  for (const fact of facts) {
    switch (fact.fact) {
      case 'asked':
        requested.push(...fact.changes);
        break;
      case 'answered':
        acknowledged = Math.max(acknowledged, fact.revision);
        break;
      case 'shown':
        revealed = Math.max(revealed, fact.revision);
        break;
      case 'asked to compact':
        compaction.requested = Math.max(compaction.requested, fact.revision);
        break;
      case 'compacted':
        compaction.acknowledged = Math.max(compaction.acknowledged, fact.revision);
        break;
      case 'asked for lease':
        lives.set(fact.id, { id: fact.id, granted: 'requested', revoked: 'no' });
        break;
      case 'recovered':
        requested = requested.filter(({ revision }) => revision <= fact.revision);
        for (const life of lives.values()) lives.set(life.id, withoutLost(life, fact.revision));
        break;
      case 'granted':
      case 'asked to revoke':
      case 'revoked':
        live(lives, fact);
        break;
      case 'backed up':
      default:
      // A file of its own: whoever opens it judges it.
    }
  }
  return { requested, acknowledged, compaction, revealed, leases: [...lives.values()] };
}

/** A revoke goes with the revision in which it deletes keys. */
function withoutLost(life: LeaseLife, revision: number): LeaseLife {
  if (life.revokedAt === undefined || life.revokedAt <= revision) return life;
  const { revokedAt: _, ...kept } = life;
  return { ...kept, revoked: 'no' };
}

type LeaseFact = Extract<Fact, { readonly fact: 'granted' | 'asked to revoke' | 'revoked' }>;

function live(lives: Map<bigint, LeaseLife>, fact: LeaseFact): void {
  const life = lives.get(fact.id);
  if (life === undefined) return;
  const { id } = fact;
  if (fact.fact === 'granted') lives.set(id, { ...life, granted: 'acknowledged' });
  else if (fact.fact === 'revoked') lives.set(id, { ...life, revoked: 'acknowledged' });
  else {
    const revokedAt = fact.revision === undefined ? {} : { revokedAt: fact.revision };
    lives.set(id, { ...life, revoked: 'requested', ...revokedAt });
  }
}

/** In a few words: "asked for revision 5: put a 1". */
export function describeFact(fact: Fact): string {
  switch (fact.fact) {
    case 'asked': {
      const { changes } = fact;
      return `asked for revision ${changes[0]?.revision}: ${changes.map(textOf).join(', ')}`;
    }
    case 'answered':
    case 'shown':
      return `${fact.fact} ${fact.revision}`;
    case 'asked to compact':
    case 'compacted':
      return fact.revision < 0 ? 'nothing is compacted' : `${fact.fact} at ${fact.revision}`;
    case 'asked for lease':
      return `asked for lease ${fact.id}`;
    case 'asked to revoke': {
      const keys = fact.revision === undefined ? '' : `, its keys in revision ${fact.revision}`;
      return `asked to revoke lease ${fact.id}${keys}`;
    }
    case 'granted':
    case 'revoked':
      return `${fact.fact} lease ${fact.id}`;
    case 'recovered':
      return `opened after a crash, at revision ${fact.revision}`;
    case 'backed up':
    default:
      return `backed up to ${fact.path}, revision ${fact.atLeast} at least`;
  }
}

function textOf(change: Change): string {
  if (change.type === 'delete') return `delete ${wordOf(change.key)}`;
  const lease = change.lease === 0n ? '' : ` lease=${change.lease}`;
  return `put ${wordOf(change.key)} ${wordOf(change.value)}${lease}`;
}
