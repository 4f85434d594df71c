/**
 * What a store is asked in one life: few steps, of every kind that writes, with values so large that
 * segments of 4 KiB roll, are compacted and cleaned. Seed and number of the run alone decide.
 */
import type { Model } from '../../spec/model.ts';
import { type Numbers, numbersOf } from './numbers.ts';
import type { Request } from './requests.ts';

type Draft = (model: Model) => Request;

export type Step =
  | {
      readonly step: 'ask';
      /** Of a model that is at this point. */
      readonly draft: Draft;
      /** The next step does not wait for the answer, so that one commit may carry both. */
      readonly joined: boolean;
    }
  | { readonly step: 'backup'; readonly name: string }
  | { readonly step: 'reopen' }
  /** Whatever wants to happen when nothing else does. */
  | { readonly step: 'idle' };

const STEPS_MIN = 10;
const STEPS_MORE = 8;
const TTL_SECONDS = 100_000;

const KINDS = [
  ...Array<'put'>(7).fill('put'),
  'write',
  'write',
  'txn',
  'delete',
  'delete',
  'grant',
  'attach',
  'revoke',
  'compact',
  'compact',
  'defragment',
  'backup',
  'reopen',
  'reopen',
  'idle',
] as const;

export function workloadOf(seed: number, run: number): readonly Step[] {
  const numbers = numbersOf(seed, run, 'workload');
  const count = STEPS_MIN + numbers.below(STEPS_MORE);
  return Array.from({ length: count }, (_, number) => stepOf(numbers, number));
}

function stepOf(numbers: Numbers, number: number): Step {
  const kind = numbers.oneOf<string>(KINDS);
  if (kind === 'reopen' || kind === 'idle') return { step: kind };
  if (kind === 'backup') return { step: 'backup', name: `backup-${number}` };
  const draft = draftOf(kind, numbers, number);
  return { step: 'ask', draft, joined: numbers.oneIn(3) };
}

function draftOf(kind: string, numbers: Numbers, number: number): Draft {
  const [key, value, share] = [keyOf(numbers), valueOf(numbers), numbers.below(8)];
  const put = { op: 'put', key, value } as const;
  switch (kind) {
    case 'write': {
      const other = { op: 'put', key: keyOf(numbers), value: valueOf(numbers) } as const;
      const gone = { op: 'delete', selector: { key: keyOf(numbers) } } as const;
      return () => ({ op: 'write', steps: [put, gone, other] });
    }
    case 'txn': {
      const compare = { selector: { key }, target: 'version', result: '>', operand: 0 } as const;
      const gone = { op: 'delete', selector: { key } } as const;
      return () => ({ op: 'txn', if: [compare], then: [gone, { ...put, key: 'd' }], else: [put] });
    }
    case 'delete':
      return () => ({ op: 'delete', selector: share === 0 ? { all: true } : { key } });
    case 'grant':
      return () => grant(number);
    case 'attach':
      return ({ leases }) => {
        const lease = leases[share % leases.length];
        return lease === undefined ? grant(number) : { ...put, lease: lease.id };
      };
    case 'revoke':
      return ({ leases }) => {
        const lease = leases[share % leases.length];
        return lease === undefined ? grant(number) : { op: 'revoke', id: lease.id };
      };
    case 'compact':
      return ({ revision, compactRevision }) => {
        const least = Math.max(1, compactRevision + 1);
        if (revision < least) return put;
        const at = least + Math.floor(((revision - least + 1) * share) / 8);
        return { op: 'compact', revision: at, physical: true };
      };
    case 'defragment':
      return () => ({ op: 'defragment' });
    default:
      return () => put;
  }
}

const grant = (number: number): Request => ({
  op: 'grant',
  id: BigInt(number + 1),
  ttl: TTL_SECONDS,
});

const keyOf = (numbers: Numbers): string => numbers.oneOf(['a', 'b', 'c', 'd']);

const valueOf = (numbers: Numbers): string => {
  const letter = numbers.oneOf(['v', 'w', 'x', 'y', 'z']);
  return letter.repeat(numbers.oneOf([0, 1, 40, 300, 700, 1200]));
};
