/**
 * Where Varve answers otherwise than etcd 3.4.23, on purpose: it follows a newer etcd there. Each names the
 * step (from 0) and what is answered instead; a departure from an answer that is given after all is wrong.
 */
import type { Fields } from './recorded.ts';

export interface Departure {
  readonly rule: string;
  readonly reason: string;
  readonly step: number;
  readonly answer: Fields;
}

const AT_THE_COMPACTED_REVISION = {
  rule: 'R140, R145a',
  reason: 'HashKV at exactly the compacted revision is allowed',
};

export const departures: Readonly<Record<string, Departure>> = {
  'HASH-005': {
    ...AT_THE_COMPACTED_REVISION,
    step: 8,
    answer: { header: { revision: 7 }, hash: 1514356665, compact_revision: 4 },
  },
  'HASH-006': {
    ...AT_THE_COMPACTED_REVISION,
    step: 7,
    answer: { header: { revision: 5 }, hash: 2587454935, compact_revision: 4 },
  },
  'HASH-011': {
    ...AT_THE_COMPACTED_REVISION,
    step: 7,
    answer: { header: { revision: { $rev: 6 } }, compact_revision: { $rev: 3 } },
  },
  'RANGE-056': {
    rule: 'R30',
    reason: 'a sort order that does not exist is refused',
    step: 3,
    answer: {
      error: {
        code: 3,
        status: 'INVALID_ARGUMENT',
        message: 'etcdserver: invalid sort option',
      },
    },
  },
};
