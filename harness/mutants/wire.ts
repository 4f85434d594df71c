/** Bugs in what both ends of the wire share: ranges of keys, errors and messages. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'grpc', profile: 'uniform', without: 'watches' } as const;
const leases = { target: 'grpc', profile: 'locks', without: 'watches' } as const;
const RANGE = 'engine/wire/key-range.ts';
const ERRORS = 'engine/wire/errors.ts';
const WRITER = 'engine/wire/message-writer.ts';
const REQUESTS = 'engine/wire/requests.ts';

const ranges: readonly Mutant[] = [
  {
    name: 'a range below the NUL key is sent with the bound that stands for all keys',
    file: RANGE,
    find: 'if (end !== FIRST_KEY) return',
    replace: 'if (end !== AFTER_ALL_KEYS) return',
    caughtBy,
    rule: 'R12',
    runs: 40,
  },
  {
    name: 'the range end that stands for all keys is read as the NUL key',
    file: RANGE,
    find: 'if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { gte: key };',
    replace: '',
    caughtBy,
    rule: 'R11',
    runs: 10,
  },
  {
    name: 'all keys from one on are sent as that key alone',
    file: RANGE,
    find: 'return { key: keyBytesOf(key), rangeEnd: NUL };',
    replace: 'return { key: keyBytesOf(key), rangeEnd: NOTHING };',
    caughtBy,
    rule: 'R11',
    runs: 10,
  },
];

const errors: readonly Mutant[] = [
  {
    name: 'the text of a compacted revision is no error of its own for the client',
    file: ERRORS,
    find: '  if (details === COMPACTED) return new CompactedError(compactRevision);\n',
    replace: '',
    caughtBy,
    rule: 'R20',
    runs: 20,
  },
  {
    name: 'the text of an unknown lease is known by its status only',
    file: ERRORS,
    find: "  ['etcdserver: requested lease not found', 'ERR_LEASE_NOT_FOUND'],\n",
    replace: '',
    caughtBy: leases,
    rule: 'R122',
    runs: 10,
  },
];

const messages: readonly Mutant[] = [
  {
    name: 'the integers of 64 bits lose their sign',
    file: WRITER,
    find: 'let rest = BigInt.asUintN(64, value);',
    replace: 'let rest = value < 0n ? -value : value;',
    caughtBy: leases,
    rule: 'R120',
    runs: 40,
  },
  {
    name: 'a message within that is longer than was expected is written over its end',
    file: WRITER,
    find: '      this.#buffer.copyWithin(start - reserved + needed, start, this.#at);\n',
    replace: '',
    caughtBy,
    rule: 'R72',
    runs: 40,
  },
  {
    name: 'a buffer that grows forgets what was written',
    file: WRITER,
    find: '    this.#buffer.copy(larger, 0, 0, this.#at);\n',
    replace: '',
    caughtBy,
    rule: 'R72',
    runs: 40,
  },
];

/** Read by hand, field by field. */
const requests: readonly Mutant[] = [
  {
    name: 'a put that keeps the value is read as one that gives an empty one',
    file: REQUESTS,
    find: 'fields.ignoreValue = reader.small() !== 0;',
    replace: 'fields.ignoreValue = reader.small() > 1;',
    caughtBy,
    rule: 'R42',
    runs: 10,
  },
  {
    name: 'the lease of a put is not read',
    file: REQUESTS,
    find: 'fields.lease = BigInt(reader.varint());',
    replace: 'reader.varint();',
    caughtBy: leases,
    rule: 'R43',
    runs: 10,
  },
  {
    name: 'a greatest creation revision is read as a greatest modification revision',
    file: REQUESTS,
    find: 'fields.maxCreateRevision = BigInt(reader.varint());',
    replace: 'fields.maxModRevision = BigInt(reader.varint());',
    caughtBy,
    rule: 'R26',
    runs: 20,
  },
  {
    name: 'a number of more than 53 bits is read as the nearest that fits',
    file: REQUESTS,
    find: 'const VARINT_BYTES_MAX = 7;',
    replace: 'const VARINT_BYTES_MAX = 10;',
    caughtBy: leases,
    rule: 'R43',
    runs: 40,
  },
];

export const wireMutants: readonly Mutant[] = [...ranges, ...errors, ...messages, ...requests];
