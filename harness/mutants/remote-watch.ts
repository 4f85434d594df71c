/** Bugs in watching over the wire, at both ends. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'grpc', profile: 'uniform' } as const;
const HUB = 'engine/client/watch-hub.ts';
const WATCHER = 'engine/client/watcher.ts';
const SESSION = 'engine/v3rpc/watch-session.ts';
const ENCODER = 'engine/v3rpc/watch-encoder.ts';

const asking: readonly Mutant[] = [
  {
    name: 'a watch that is made again begins one revision late',
    file: HUB,
    find: 'nextRevision <= this.#calls.horizon.revision ? nextRevision : 0);',
    replace: 'nextRevision <= this.#calls.horizon.revision ? nextRevision + 1 : 0);',
    caughtBy,
    rule: 'Reliable',
    runs: 40,
  },
  {
    name: 'a watch whose start has passed meanwhile is not made again',
    file: HUB,
    find: 'if (startRevision === 0 && nextRevision > 0 && nextRevision <= current) {',
    replace: 'if (startRevision > 0 && nextRevision > startRevision) {',
    caughtBy,
    rule: 'Reliable',
    runs: 40,
  },
  {
    name: 'the client forgets that a watch tells the state before',
    file: HUB,
    find: '      prevKv,\n      filters,',
    replace: '      filters,',
    caughtBy,
    rule: 'R104',
    runs: 40,
  },
  {
    name: 'the server hides the deletes of who wants no puts',
    file: SESSION,
    find: 'noPut: filters.includes(FilterType.NOPUT),\n    noDelete: filters.includes(FilterType.NODELETE),',
    replace:
      'noPut: filters.includes(FilterType.NODELETE),\n    noDelete: filters.includes(FilterType.NOPUT),',
    caughtBy,
    rule: 'R105',
    runs: 40,
  },
  {
    name: 'the server takes a watch of all keys from one on for one of that key',
    file: SESSION,
    find: 'rangeEnd[0] === 0 ? AFTER_ALL_KEYS : keyStringOf(rangeEnd);',
    replace: 'rangeEnd[0] === 0 ? undefined : keyStringOf(rangeEnd);',
    caughtBy,
    rule: 'R11',
    runs: 40,
  },
  {
    name: 'a write does not wait for who watches from now on',
    file: 'engine/client/remote-writes.ts',
    find: '{ signal, after: this.#hub.registered() });',
    replace: '{ signal });',
    caughtBy,
    rule: 'R91',
    runs: 40,
  },
  {
    name: 'revoking a lease does not wait for who watches from now on',
    file: 'engine/client/remote-leases.ts',
    find: 'const after = this.#hub.registered();',
    replace: 'const after = undefined;',
    caughtBy,
    rule: 'R91',
    runs: 60,
  },
];

const told: readonly Mutant[] = [
  {
    name: 'a watch goes on with the revision that it had last',
    file: WATCHER,
    find: 'this.nextRevision = revision + 1;\n    this.#queue.push({ revision, events: fresh,',
    replace: 'this.nextRevision = revision;\n    this.#queue.push({ revision, events: fresh,',
    caughtBy,
    rule: 'Unique',
    runs: 40,
  },
  {
    name: 'the next revision of a watch counts as seen',
    file: WATCHER,
    find: 'this.nextRevision = revision + 1;\n    this.#queue.push({ revision, events: fresh,',
    replace: 'this.nextRevision = revision + 2;\n    this.#queue.push({ revision, events: fresh,',
    caughtBy,
    rule: 'Reliable',
    runs: 40,
  },
  {
    name: 'a watch that is compacted away is not told up to where',
    file: SESSION,
    find: '? { compactRevision: BigInt(ending.compactRevision) }',
    replace: '? {}',
    caughtBy,
    rule: 'R97',
    runs: 40,
  },
  {
    name: 'the answer to a request for progress is one of the first watch',
    file: SESSION,
    find: 'const id = watcher?.id ?? NO_WATCH;',
    replace: 'const id = watcher?.id ?? 0;',
    caughtBy,
    rule: 'R107',
    runs: 40,
  },
  {
    name: 'the header of a watch stays at its first revision',
    file: ENCODER,
    find: 'if (revision !== this.#headerRevision) {',
    replace: 'if (this.#headerRevision < 0) {',
    caughtBy,
    rule: 'R107',
    runs: 40,
  },
  {
    name: 'a delete is sent as a put',
    file: ENCODER,
    find: "const typeBytes = type === 'delete' ? DELETE.length : 0;",
    replace: 'const typeBytes = 0;',
    caughtBy,
    rule: 'R103',
    runs: 40,
  },
  {
    name: 'the server sends the state after an event as the one before it',
    file: ENCODER,
    find: 'prevKv === undefined ? undefined : new KeyValuePieces(prevKv);',
    replace: 'prevKv === undefined ? undefined : new KeyValuePieces(kv);',
    caughtBy,
    rule: 'R104',
    runs: 40,
  },
  {
    name: 'who asks for progress hears of the revision before',
    file: HUB,
    find: 'this.#progress.answered(current);',
    replace: 'this.#progress.answered(current - 1);',
    caughtBy,
    rule: 'R107',
    runs: 40,
  },
  {
    name: 'a key that is put again is a new one for who watches',
    file: 'engine/client/responses.ts',
    find: 'const isCreate = kv!.createRevision === kv!.modRevision;',
    replace: 'const isCreate = prevKv === undefined;',
    caughtBy,
    rule: 'R103',
    runs: 40,
  },
];

export const remoteWatchMutants: readonly Mutant[] = [...asking, ...told];
