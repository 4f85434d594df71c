/** Departures that only the wire shows, beside those of `harness/cases/departures.ts`. */
import { type Departure, departures as departuresOfStores } from '../cases/departures.ts';

const departuresOfServers: Readonly<Record<string, Departure>> = {
  'MAINT-008': {
    rule: 'R154',
    reason: 'the puts of nested transactions count against the quota',
    answers: {
      1: {
        error: {
          code: 8,
          status: 'RESOURCE_EXHAUSTED',
          message: 'etcdserver: mvcc: database space exceeded',
        },
      },
      2: { header: { revision: { $rev: 0 } } },
    },
  },
  'WATCH-042': {
    rule: 'R107',
    reason: 'a stream without watchers has nobody to tell of progress',
    answers: { 2: { none: true } },
  },
};

export const departures: Readonly<Record<string, Departure>> = {
  ...departuresOfStores,
  ...departuresOfServers,
};
