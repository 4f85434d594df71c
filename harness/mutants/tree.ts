/** Bugs in the index of all keys: order, counting, the hash table beside the tree. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'tree', profile: 'uniform' } as const;
const TREE = 'engine/mvcc/tree-index.ts';
const TABLE = 'engine/mvcc/key-table.ts';

export const treeMutants: readonly Mutant[] = [
  {
    name: 'a reversed range includes its end',
    file: TREE,
    find: 'entriesReversed(end, pair, true)',
    replace: 'entriesReversed(end, pair, false)',
    caughtBy,
    rule: 'R11',
    runs: 100,
  },
  {
    name: 'a reversed range leaves out its first key',
    file: TREE,
    find: 'if (found < key) return;',
    replace: 'if (found <= key) return;',
    caughtBy,
    rule: 'R11',
    runs: 100,
  },
  {
    name: 'the count one revision ago is that of now',
    file: TREE,
    find: 'if (at >= this.#newest) {',
    replace: 'if (at >= this.#newest - 1) {',
    caughtBy,
    rule: 'R22',
    runs: 100,
  },
  {
    name: 'a put that is taken back leaves a deleted key counted',
    file: TREE,
    find: `    } else if (index.isDeleted) {
      this.#deleted.set(index.key, true);
    }
    this.#newest = newest;`,
    replace: '    }\n    this.#newest = newest;',
    caughtBy: { target: 'memory', profile: 'uniform' },
    rule: 'R22',
    runs: 1000,
  },
  {
    name: 'a key that left the index stays in the count of deleted ones',
    file: TREE,
    find: `    this.#tree.delete(index.key);
    this.#deleted.delete(index.key);`,
    replace: '    this.#tree.delete(index.key);',
    caughtBy,
    rule: 'R84',
    runs: 100,
  },
  {
    name: 'a key that left the index is still found by its hash',
    file: TREE,
    find: '    this.#table.remove(index);\n    this.#tree.delete(index.key);',
    replace: '    this.#tree.delete(index.key);',
    caughtBy,
    rule: 'R84',
    runs: 100,
  },
  {
    name: 'a key put again after a delete is still counted as deleted',
    file: TREE,
    find: 'if (index.isDeleted && this.#restoring === null) this.#deleted.delete(index.key);',
    replace: 'if (index.isDeleted && index.closed.length > 1) this.#deleted.delete(index.key);',
    caughtBy,
    rule: 'R22',
    runs: 100,
  },
  {
    name: 'removing a key from the hash table takes its neighbours along',
    file: TABLE,
    find: 'chunk[bucket & CHUNK_MASK] = index.next;',
    replace: 'chunk[bucket & CHUNK_MASK] = null;',
    caughtBy,
    rule: 'R85',
    runs: 1000,
  },
  {
    name: 'a limited range of the index is one key short',
    file: TREE,
    find: 'return revisions.length !== limit;',
    replace: 'return revisions.length + 1 !== limit;',
    caughtBy,
    rule: 'R23',
    runs: 100,
  },
];
