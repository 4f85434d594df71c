/** What the model does with leases keeps every promise; a lie in one respect breaks that one alone. */
import { describe, expect, test } from 'vitest';
import type { Change } from '../history.ts';
import { Model } from '../model.ts';
import { eventually, type LeaseAct, type LeaseStory, noEarlyExpiry, together } from './lease.ts';

const GRACE_MS = 1000;

/** The model, told what to do, and what became of it. */
function storyOf(tell: (teller: Teller) => void, untilMs: number): LeaseStory {
  const teller = new Teller();
  tell(teller);
  teller.advance(untilMs / 1000 - teller.model.now);
  const { acts, changes, byClients } = teller;
  return { acts, changes, byClients, until: untilMs };
}

class Teller {
  readonly model = new Model();
  readonly acts: LeaseAct[] = [];
  readonly changes: (Change & { readonly at: number })[] = [];
  readonly byClients = new Set<number>();

  grant(id: bigint, ttl: number): void {
    this.model.step({ op: 'grant', id, ttl });
    this.acts.push({ act: 'grant', id, ttlMs: ttl * 1000, at: this.#at });
  }

  renew(id: bigint, ttl: number): void {
    this.model.step({ op: 'keepalive', id });
    this.acts.push({ act: 'renew', id, ttlMs: ttl * 1000, at: this.#at });
  }

  revoke(id: bigint): void {
    this.model.step({ op: 'revoke', id });
    this.acts.push({ act: 'revoke', id, at: this.#at });
    this.#note();
  }

  put(key: string, lease: bigint): void {
    this.model.step({ op: 'put', key, value: '1', lease });
    this.byClients.add(this.model.revision);
    this.#note();
  }

  /** A second at a time, so that it is known when a key went. */
  advance(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.model.step({ op: 'advance', seconds: 1 });
      this.#note();
    }
  }

  get #at(): number {
    return this.model.now * 1000;
  }

  #note(): void {
    for (const change of this.model.changes.slice(this.changes.length)) {
      this.changes.push({ ...change, at: this.#at });
    }
  }
}

/** a and b hang on 7, which is renewed; c hangs on 8, which is revoked; a is moved off and put back. */
const story = storyOf((teller) => {
  teller.grant(7n, 10);
  teller.grant(8n, 20);
  teller.put('b', 7n);
  teller.put('c', 8n);
  teller.put('a', 8n);
  teller.advance(4);
  teller.put('a', 7n);
  teller.renew(7n, 10);
  teller.advance(2);
  teller.revoke(8n);
}, 20_000);

const ENDING = 7;

function broken(told: LeaseStory): string[] {
  const problems = {
    NoEarlyExpiry: noEarlyExpiry(told),
    Together: together(told),
    Eventually: eventually(told, GRACE_MS),
  };
  return Object.entries(problems).flatMap(([name, found]) => (found.length > 0 ? [name] : []));
}

/** The story with the changes of its last revision told otherwise. */
const otherwise = (
  change: (ending: LeaseStory['changes']) => LeaseStory['changes'],
): LeaseStory => ({
  ...story,
  changes: [
    ...story.changes.filter(({ revision }) => revision < ENDING),
    ...change(story.changes.filter(({ revision }) => revision === ENDING)),
  ],
});

test('the model keeps all of them', () => {
  expect(story.changes.slice(-3)).toEqual([
    { type: 'delete', revision: 6, key: 'c', at: 6000 },
    { type: 'delete', revision: ENDING, key: 'a', at: 14_000 },
    { type: 'delete', revision: ENDING, key: 'b', at: 14_000 },
  ]);
  expect(broken(story)).toEqual([]);
});

describe('NoEarlyExpiry', () => {
  test('a renewal that is forgotten', () => {
    const early = otherwise((ending) => ending.map((change) => ({ ...change, at: 10_000 })));
    expect(broken(early)).toEqual(['NoEarlyExpiry']);
    expect(noEarlyExpiry(early)[0]).toBe('7 deleted a at 10000, and lease 7 lives until 14000');
  });

  test('a revoke takes keys at any time, as long as it is of their lease', () => {
    const acts = story.acts.filter(({ act }) => act !== 'revoke');
    expect(broken({ ...story, acts })).toEqual(['NoEarlyExpiry']);
  });
});

test('an id that is granted again in the moment of its end, or of its revoke', () => {
  const again = storyOf((teller) => {
    for (let i = 0; i < 2; i++) {
      teller.grant(7n, 5);
      teller.put('a', 7n);
      teller.advance(5);
    }
    teller.grant(7n, 5);
    teller.put('a', 7n);
    teller.revoke(7n);
    teller.grant(7n, 5);
    teller.put('a', 7n);
  }, 20_000);
  expect(again.changes.filter(({ type }) => type === 'delete')).toHaveLength(4);
  expect(broken(again)).toEqual([]);
});

describe('Together', () => {
  test('one key now, one key later', () => {
    const apart = otherwise(([a, b]) => [a!, { ...b!, revision: ENDING + 1 }]);
    expect(broken(apart)).toEqual(['Together']);
  });

  test('keys in another order', () => {
    expect(broken(otherwise((ending) => ending.toReversed()))).toEqual(['Together']);
  });

  test('keys of no lease along with them', () => {
    const more: Change & { at: number } = {
      type: 'delete',
      revision: ENDING,
      key: 'z',
      at: 14_000,
    };
    expect(broken(otherwise((ending) => [...ending, more]))).toEqual(['Together']);
  });
});

describe('Eventually', () => {
  test('keys that stay', () => {
    const kept = otherwise(() => []);
    expect(broken(kept)).toEqual(['Eventually']);
    expect(eventually(kept, 7000)).toEqual([]);
  });

  test('keys that go late', () => {
    const late = otherwise((ending) => ending.map((change) => ({ ...change, at: 15_001 })));
    expect(broken(late)).toEqual(['Eventually']);
  });

  test('a revoke that deletes nothing', () => {
    const changes = story.changes.filter(({ revision }) => revision !== 6);
    expect(broken({ ...story, changes })).toEqual(['Eventually']);
  });
});
