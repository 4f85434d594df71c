/** Bugs in the client: what it asks for, and what it makes of the answers. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'grpc', profile: 'uniform', without: 'watches' } as const;
const ofLeases = { target: 'grpc', profile: 'locks', without: 'watches' } as const;
const REQUESTS = 'engine/client/requests.ts';
const RESPONSES = 'engine/client/responses.ts';
const TXN = 'engine/client/txn-messages.ts';
const COMPACTION = 'engine/client/compaction.ts';
const VIEW = 'engine/client/remote-read-view.ts';

const requests: readonly Mutant[] = [
  {
    name: 'a sorted range is sent without an order',
    file: REQUESTS,
    find: 'reverse ? SortOrder.DESCEND : SortOrder.ASCEND',
    replace: 'reverse ? SortOrder.DESCEND : SortOrder.NONE',
    caughtBy,
    rule: 'R29',
    runs: 40,
  },
  {
    name: 'the client forgets that only keys are wanted',
    file: REQUESTS,
    find: 'keysOnly: options.keysOnly === true,',
    replace: 'keysOnly: false,',
    caughtBy,
    rule: 'R25',
    runs: 20,
  },
  {
    name: 'the client forgets the highest mod revision',
    file: REQUESTS,
    find: 'maxModRevision: BigInt(options.maxModRevision ?? 0),',
    replace: '',
    caughtBy,
    rule: 'R26',
    runs: 40,
  },
  {
    name: 'the client forgets that a put tells what was there',
    file: REQUESTS,
    find: 'lease: wireLease(leaseIdOf(options.lease)),\n    prevKv: options.prevKv === true,',
    replace: 'lease: wireLease(leaseIdOf(options.lease)),',
    caughtBy,
    rule: 'R41',
    runs: 20,
  },
  {
    name: 'the client forgets that a put keeps the lease',
    file: REQUESTS,
    find: 'ignoreLease: options.ignoreLease === true,',
    replace: '',
    caughtBy: ofLeases,
    rule: 'R42',
    runs: 40,
  },
  {
    name: 'what takes as long as it takes is sent with 25 days, which are none for the server',
    file: 'engine/client/calls.ts',
    find: 'const NEVER_MS = 2 ** 30;',
    replace: 'const NEVER_MS = 2 ** 31 - 1;',
    caughtBy,
    rule: 'R81',
    runs: 20,
  },
];

const transactions: readonly Mutant[] = [
  {
    name: 'the client sends not equal as equal',
    file: TXN,
    find: "'!=': CompareResult.NOT_EQUAL,",
    replace: "'!=': CompareResult.EQUAL,",
    caughtBy,
    rule: 'R62',
    runs: 40,
  },
  {
    name: 'the client sends what leases are compared with as a version',
    file: TXN,
    find: "const union = { case: 'lease', value: int64(operand) } as const;",
    replace: "const union = { case: 'version', value: int64(operand) } as const;",
    caughtBy: ofLeases,
    rule: 'R65',
    runs: 40,
  },
  {
    name: 'a compare of a range is sent as one of its first key',
    file: TXN,
    find: 'const compared = { key, rangeEnd, result: RESULTS[result] };',
    replace: 'const compared = { key, result: RESULTS[result], ...(!rangeEnd && { rangeEnd }) };',
    caughtBy,
    rule: 'R64',
    runs: 40,
  },
  {
    name: 'the second branch is sent in the place of the first',
    file: TXN,
    find: 'failure: branchOf(request, false).map(opInit),',
    replace: 'failure: branchOf(request, true).map(opInit),',
    caughtBy,
    rule: 'R61',
    runs: 20,
  },
  {
    name: 'a put on a condition that fails puts all the same',
    file: 'engine/client/remote-writes.ts',
    find: "failure: [{ request: { case: 'requestRange', value: { key } } }],",
    replace: 'failure: [op],',
    caughtBy,
    rule: 'R46',
    runs: 40,
  },
];

const answers: readonly Mutant[] = [
  {
    name: 'the id of a lease goes through a number',
    file: RESPONSES,
    find: '    wire.lease,\n',
    replace: '    BigInt(Number(wire.lease)),\n',
    caughtBy: ofLeases,
    rule: 'R120',
    runs: 40,
  },
  {
    name: 'version and create revision of a key change places in the client',
    file: RESPONSES,
    find: 'Number(wire.createRevision),\n    Number(wire.modRevision),\n    Number(wire.version),',
    replace:
      'Number(wire.version),\n    Number(wire.modRevision),\n    Number(wire.createRevision),',
    caughtBy,
    rule: 'R10',
    runs: 10,
  },
  {
    name: 'how many keys a range holds is how many were shown',
    file: RESPONSES,
    find: 'count: Number(count), more, revision',
    replace: 'count: kvs.length, more, revision',
    caughtBy,
    rule: 'R22',
    runs: 20,
  },
  {
    name: 'a page in reverse begins with the last key of the one before',
    file: VIEW,
    find: 'isReverse ? { key, end: last }',
    replace: 'isReverse ? { key, end: `${last}\\0` }',
    caughtBy,
    rule: 'R22',
    runs: 40,
  },
  {
    name: 'the client tells of a lease that is unknown as of one without time',
    file: 'engine/client/remote-leases.ts',
    find: 'ttlSeconds: Number(TTL),',
    replace: 'ttlSeconds: Math.max(0, Number(TTL)),',
    caughtBy: ofLeases,
    rule: 'R124',
    runs: 20,
  },
];

const refusals: readonly Mutant[] = [
  {
    name: 'the client does not say what a condition found',
    file: 'engine/client/remote-writes.ts',
    find: 'current && keyValueOf(current)',
    replace: 'undefined',
    caughtBy,
    rule: 'R3',
    runs: 40,
  },
  {
    name: 'the client does not look how far it is compacted',
    file: COMPACTION,
    find: 'await this.revision(asked);',
    replace: 'void asked;',
    caughtBy,
    rule: 'R20',
    runs: 60,
  },
  {
    name: 'the client takes what is refused for compacted',
    file: COMPACTION,
    find: 'if (await this.#isCompacted(at)) await this.#find(at);',
    replace: 'if (await this.#isCompacted(at)) await this.#find(at);\n    else this.note(at);',
    caughtBy,
    rule: 'R70',
    runs: 60,
  },
];

export const clientMutants: readonly Mutant[] = [
  ...requests,
  ...transactions,
  ...answers,
  ...refusals,
];
