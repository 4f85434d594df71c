/**
 * Operations made of digits (`index-target-codes.ts`), when their turn comes: revisions are relative to
 * where the store is then.
 */
import type { Model } from '../../spec/model.ts';
import type { Bytes, Selector, WriteStep } from '../../spec/types.ts';
import type { Digits } from './index-target-codes.ts';
import type { Draft, Kind, Traffic } from './mvcc-target-program.ts';
import { BOUNDS } from './tree-target-keys.ts';

const VALUES: readonly Bytes[] = ['x', '', 'y', '\x00\xff', '\xc3\xa9', 'v'.repeat(60)];

type Moment = (model: Model) => number;

export function putOf(digits: Digits, { keys }: Traffic): Draft {
  const key = digits.pick(keys);
  const value = digits.pick(VALUES);
  return () => ({ op: 'put', key, value });
}

export function removalOf(digits: Digits, traffic: Traffic): Draft {
  const isOne = !digits.once(3);
  const selector = isOne ? { key: digits.pick(traffic.keys) } : selectorOf(digits, traffic);
  return () => ({ op: 'delete', selector });
}

/** Two to four calls; what is asked of the future is refused, and ends it unless it is lenient. */
export function writeOf(digits: Digits, traffic: Traffic): Draft {
  const lenient = digits.once(2);
  const keys = traffic.keys.slice(0, 8);
  const steps = Array.from({ length: 2 + digits.take(3) }, () => {
    const key = digits.pick(keys);
    return stepOf(digits.take(6), key, traffic);
  });
  return (model) => ({ op: 'write', steps: steps.map((step) => step(model)), lenient });
}

function stepOf(kind: number, key: Bytes, { deletes }: Traffic): (model: Model) => WriteStep {
  switch (kind) {
    case 1:
      return () => (deletes ? { op: 'delete', selector: { key } } : { op: 'get', key });
    case 2:
      return () => (deletes ? { op: 'delete', selector: { gte: key } } : { op: 'get', key });
    case 3:
      // The end of the key order: everything, or the present by its number.
      return key >= 'b'
        ? ({ revision }) => ({ op: 'get', key: 'a', revision })
        : () => ({ op: 'range', selector: { gte: key }, limit: 2 });
    case 4:
      if (key === 'ab') return () => ({ op: 'throw' });
      return ({ revision }) => ({ op: 'get', key, revision: key === 'a' ? 0 : revision + 1 });
    case 0:
    case 5:
    default:
      return () => ({ op: 'put', key, value: kind === 0 ? 'x' : '' });
  }
}

export function readOf(kind: 'get' | 'range' | 'count', digits: Digits, traffic: Traffic): Draft {
  const moment = momentOf(digits);
  if (kind === 'get') {
    const key = digits.pick(traffic.keys);
    const keysOnly = digits.once(4);
    return (model) => ({ op: 'get', key, revision: moment(model), keysOnly });
  }
  const selector = selectorOf(digits, traffic);
  if (kind === 'count') return (model) => ({ op: 'count', selector, revision: moment(model) });
  const limit = digits.take(4);
  const [reverse, keysOnly] = [digits.once(2), digits.once(4)];
  return (model) => ({ op: 'range', selector, revision: moment(model), limit, reverse, keysOnly });
}

export function maintenanceOf(
  kind: Extract<Kind, 'compact' | 'history' | 'diff' | 'snapshot' | 'hash'> | 'restart' | Cleaning,
  digits: Digits,
): Draft {
  switch (kind) {
    case 'compact':
      return compactOf(digits);
    case 'hash': {
      const moment = momentOf(digits);
      return (model) => ({ op: 'hashkv', revision: Math.max(moment(model), 0) });
    }
    case 'history':
    case 'diff': {
      const selector: Selector = digits.pick([{ all: true }, { gte: 'a', lt: 'b' }, { key: 'a' }]);
      const [from, to] = [momentOf(digits), momentOf(digits)];
      // What is still to come is not the store's to refuse: whoever asks has looked before.
      return (model) => {
        const known = (at: Moment): number => Math.min(Math.max(at(model), 0), model.revision);
        return { op: kind, selector, from: known(from), to: known(to) };
      };
    }
    case 'snapshot':
      return snapshotOf(digits);
    case 'restart':
    case 'defragment':
    default:
      return () => ({ op: kind });
  }
}

type Cleaning = 'defragment';

/** A little at a time: most of history in one go leaves nothing to be asked for. */
function compactOf(digits: Digits): Draft {
  const on = digits.take(8);
  const moment = digits.once(3) ? momentOf(digits) : undefined;
  return (model) => {
    const { revision, compactRevision } = model;
    const little = Math.min(Math.max(compactRevision, 0) + 1 + on, revision);
    return { op: 'compact', revision: moment?.(model) ?? little };
  };
}

/** Taken if there is none of this name, then read or released. */
function snapshotOf(digits: Digits): Draft {
  const name = digits.pick(['s', 't']);
  const share = digits.take(8);
  const key = digits.pick(['a', 'b', 'ab', 'a\xff']);
  const what = digits.take(4);
  return (model) => {
    if (!model.snapshots.has(name)) {
      const from = Math.max(model.compactRevision, 1);
      const revision = model.revision - Math.floor(((model.revision - from) * share) / 8);
      return { op: 'snapshot', name, revision };
    }
    if (what === 0) return { op: 'release', name };
    if (what === 1) return { op: 'in', name, read: { op: 'get', key } };
    if (what === 2) return { op: 'in', name, read: { op: 'count', selector: { gte: key } } };
    return { op: 'in', name, read: { op: 'range', selector: { all: true } } };
  };
}

/** The present, or a revision at the edges of history, or a share of the way through it. */
function momentOf(digits: Digits): Moment {
  const kind = digits.take(4);
  const which = digits.take(8);
  if (kind === 0) return () => 0;
  if (kind === 1) return ({ revision }) => revision + 1 - (which % 6);
  if (kind === 2) return ({ compactRevision }) => compactRevision + 2 - (which % 4);
  return ({ revision, compactRevision }) =>
    Math.ceil(compactRevision + ((revision - compactRevision) * which) / 8);
}

function selectorOf(digits: Digits, { keys }: Traffic): Selector {
  const kind = digits.take(8);
  const key = digits.pick(keys);
  const bound = BOUNDS[1 + digits.take(BOUNDS.length - 1)]!;
  switch (kind) {
    case 0:
      return { all: true };
    case 1:
      return { key };
    case 2:
      return { gte: key };
    case 3:
      return { prefix: key.slice(0, 2) };
    case 4:
      return { gt: key, lte: bound };
    case 5:
      return { lt: bound };
    default:
      return { gte: key, lt: bound };
  }
}
