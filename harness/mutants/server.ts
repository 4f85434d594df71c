/** Bugs in the server: what it makes of requests, and what it answers. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'grpc', profile: 'uniform', without: 'watches' } as const;
const ofLeases = { target: 'grpc', profile: 'locks', without: 'watches' } as const;
const REQUESTS = 'engine/v3rpc/requests.ts';
const RESPONSES = 'engine/v3rpc/responses.ts';
const LEASE = 'engine/v3rpc/lease.ts';

const requests: readonly Mutant[] = [
  {
    name: 'the server forgets the limit of a range',
    file: REQUESTS,
    find: 'const options = { revision, limit: numberOf(limit), keysOnly, serializable, reverse, sort };',
    replace: 'const options = { revision, keysOnly, serializable, reverse, sort };',
    caughtBy,
    rule: 'R23',
    runs: 20,
  },
  {
    name: 'the server counts what there is now',
    file: REQUESTS,
    find: 'if (countOnly) return { revision, limit: 1,',
    replace: 'if (countOnly) return { limit: 1,',
    caughtBy,
    rule: 'R24',
    runs: 20,
  },
  {
    name: 'a bound of create revisions alone is no filter for the server',
    file: REQUESTS,
    find: ' ||\n  message.minCreateRevision !== 0n ||\n  message.maxCreateRevision !== 0n;',
    replace: ';',
    caughtBy,
    rule: 'R26',
    runs: 40,
  },
  {
    name: 'the lowest mod revision is taken for the lowest create revision',
    file: REQUESTS,
    find: 'minCreateRevision: numberOf(message.minCreateRevision),',
    replace: 'minCreateRevision: numberOf(message.minModRevision),',
    caughtBy,
    rule: 'R26',
    runs: 40,
  },
  {
    name: 'the server sorts by mod revision who asked for create revision',
    file: REQUESTS,
    find: "[SortTarget.CREATE]: 'create',",
    replace: "[SortTarget.CREATE]: 'mod',",
    caughtBy,
    rule: 'R28',
    runs: 40,
  },
  {
    name: 'the server sorts the other way round',
    file: REQUESTS,
    find: 'message.sortOrder === Order.DESCEND;',
    replace: 'message.sortOrder === Order.ASCEND;',
    caughtBy,
    rule: 'R28',
    runs: 20,
  },
  {
    name: 'the server forgets that a put keeps the value',
    file: REQUESTS,
    find: 'return { lease, prevKv, ignoreValue, ignoreLease };',
    replace: 'return { lease, prevKv, ignoreLease };',
    caughtBy,
    rule: 'R42',
    runs: 40,
  },
  {
    name: 'a delete within a transaction does not tell what it deleted',
    file: REQUESTS,
    find: 'options: deleteOptionsOf(request.value),',
    replace: 'options: {},',
    caughtBy,
    rule: 'R50',
    runs: 40,
  },
  {
    name: 'the server compares create revisions with mod revisions',
    file: REQUESTS,
    find: "[Target.CREATE]: ['create',",
    replace: "[Target.CREATE]: ['mod',",
    caughtBy,
    rule: 'R62',
    runs: 60,
  },
  {
    name: 'the server takes greater for less',
    file: REQUESTS,
    find: "[Result.GREATER]: '>',",
    replace: "[Result.GREATER]: '<',",
    caughtBy,
    rule: 'R62',
    runs: 60,
  },
];

const responses: readonly Mutant[] = [
  {
    name: 'create and mod revision of a key change places on the wire',
    file: RESPONSES,
    find: 'writer.integer(2, kv.createRevision);\n  writer.integer(3, kv.modRevision);',
    replace: 'writer.integer(3, kv.createRevision);\n  writer.integer(2, kv.modRevision);',
    caughtBy,
    rule: 'R10',
    runs: 10,
  },
  {
    name: 'a key without its value has no lease either',
    file: RESPONSES,
    find: 'writer.int64(6, kv.lease);',
    replace: 'if (withValue) writer.int64(6, kv.lease);',
    caughtBy: ofLeases,
    rule: 'R25',
    runs: 100,
  },
  {
    name: 'the header of a transaction bears the revision before',
    file: RESPONSES,
    find: 'this.#header(writer, result.revision);\n    writeTxn(',
    replace: 'this.#header(writer, result.revision - 1);\n    writeTxn(',
    caughtBy,
    rule: 'R72',
    runs: 10,
  },
  {
    name: 'the answers within a nested transaction come in reverse',
    file: RESPONSES,
    find: 'writeTxn(writer, request.value as TxnRequest, result as TxnResult);',
    replace: `{
        const { succeeded, revision, responses } = result as TxnResult;
        const { success, failure } = request.value as TxnRequest;
        const turned = { success: success.toReversed(), failure: failure.toReversed() };
        writeTxn(writer, turned, { succeeded, revision, responses: responses.toReversed() });
      }`,
    caughtBy,
    rule: 'R72',
    runs: 40,
  },
  {
    name: 'of several deleted keys only the first is told',
    file: RESPONSES,
    find: 'for (const kv of prevKvs) writeKeyValue(writer, 3, kv, true);',
    replace: 'for (const kv of prevKvs.slice(0, 1)) writeKeyValue(writer, 3, kv, true);',
    caughtBy,
    rule: 'R50',
    runs: 40,
  },
  {
    name: 'only keys whose state before is told are counted as deleted',
    file: RESPONSES,
    find: 'writer.integer(2, deleted);',
    replace: 'writer.integer(2, prevKvs.length);',
    caughtBy,
    rule: 'R50',
    runs: 20,
  },
];

const leases: readonly Mutant[] = [
  {
    name: 'what is left of a lease over the wire is what was granted',
    file: LEASE,
    find: 'TTL: BigInt(status.ttlSeconds),',
    replace: 'TTL: BigInt(status.grantedTtlSeconds),',
    caughtBy: ofLeases,
    rule: 'R124',
    runs: 20,
  },
  {
    name: 'the server picks the id of a lease that has one',
    file: LEASE,
    find: 'leases.grant({ id, ttlSeconds',
    replace: 'leases.grant({ ttlSeconds',
    caughtBy: ofLeases,
    rule: 'R120',
    runs: 10,
  },
  {
    name: 'the server hashes what there is now',
    file: 'engine/v3rpc/maintenance.ts',
    find: 'await store.hashKv(numberOf(revision));',
    replace: 'await store.hashKv(revision < 0n ? numberOf(revision) : 0);',
    caughtBy,
    rule: 'R140',
    runs: 40,
  },
];

export const serverMutants: readonly Mutant[] = [...requests, ...responses, ...leases];
