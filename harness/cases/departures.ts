/**
 * Where Varve answers otherwise than etcd 3.4.23, on purpose: it follows a newer etcd there. Each names the
 * steps (from 0) and what is answered instead; a departure from an answer that is given after all is wrong.
 */
import type { Fields } from './recorded.ts';

export interface Departure {
  readonly rule: string;
  readonly reason: string;
  readonly answers: Readonly<Record<number, Fields>>;
}

const AT_THE_COMPACTED_REVISION = {
  rule: 'R140, R145a',
  reason: 'HashKV at exactly the compacted revision is allowed',
};

export const departures: Readonly<Record<string, Departure>> = {
  'HASH-005': {
    ...AT_THE_COMPACTED_REVISION,
    answers: { 8: { header: { revision: 7 }, hash: 1514356665, compact_revision: 4 } },
  },
  'HASH-006': {
    ...AT_THE_COMPACTED_REVISION,
    answers: { 7: { header: { revision: 5 }, hash: 2587454935, compact_revision: 4 } },
  },
  'HASH-011': {
    ...AT_THE_COMPACTED_REVISION,
    answers: { 7: { header: { revision: { $rev: 6 } }, compact_revision: { $rev: 3 } } },
  },
  'RANGE-056': {
    rule: 'R30',
    reason: 'a sort order that does not exist is refused',
    answers: {
      3: {
        error: {
          code: 3,
          status: 'INVALID_ARGUMENT',
          message: 'etcdserver: invalid sort option',
        },
      },
    },
  },
  'WATCH-020': {
    rule: 'R83, R99',
    reason: 'a watch from the compacted revision sees a deletion at it',
    answers: {
      7: {
        events: [
          { type: 'DELETE', kv: { key: 'b', mod_revision: { $rev: 2 } } },
          {
            kv: {
              key: 'c',
              create_revision: { $rev: 3 },
              mod_revision: { $rev: 3 },
              version: 1,
              value: '1',
            },
          },
        ],
        revisionSplitAcrossResponses: false,
      },
    },
  },
  'WATCH-052': {
    rule: 'R98',
    reason: 'a watch from a negative revision is refused',
    answers: {
      3: {
        header: { revision: 2 },
        watch_id: -1,
        created: true,
        canceled: true,
        cancel_reason: 'etcdserver: mvcc: required revision has been compacted',
      },
      6: { none: true },
    },
  },
};
